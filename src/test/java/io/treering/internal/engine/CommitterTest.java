package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.format.Meta;
import io.treering.internal.format.MetaPage;
import io.treering.internal.format.SpaceLayout;
import io.treering.internal.freelist.MergeSpace;
import io.treering.internal.freelist.SpaceMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The commit of a large store: its account of pages is written in several rounds, and is as durable as the rest.
final class CommitterTest {
    private static final int PAGE_SIZE = 4096;
    private static final SpaceLayout LAYOUT = new SpaceLayout(PAGE_SIZE);

    private final Arena arena = Arena.ofAuto();
    private final SparseDevice device = new SparseDevice();

    /// One round takes 32 pages: a page for each region, and one that sums them up.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 31, 32, 33, 63, 70})
    void theAccountIsWholeOnTheMediumHoweverManyPagesItHas(int regions) {
        int filePages = LAYOUT.atLeast(regions * LAYOUT.regionPages());
        device.size = (long) filePages * PAGE_SIZE;
        SpaceMap map = SpaceMap.create("sparse", PAGE_SIZE, filePages);
        Space space = SpaceRig.over(device, map, PAGE_SIZE, 0);
        Meta formatted = Meta.builder(UUID.randomUUID(), PAGE_SIZE)
                .commit(1)
                .generations(1, 2)
                .build();
        Committer committer = new Committer(device, space, this::allocate, formatted, 0);
        for (long generation = 2; generation < 5; generation++) {
            MergeSpace merge = space.beginMerge(generation, true);
            for (int region = 0; region < regions; region++) {
                int page = LAYOUT.regionPages() * (region + 1) - (int) generation;
                assertTrue(map.claim(page, 1));
                merge.adopt(page, 1);
            }
            space.change(merge::complete);
            committer.commit(
                    new Root(0, 0, generation, HeadRange.EMPTY),
                    0,
                    0,
                    generation + 1,
                    new LogPosition(1, 0, 0, 0),
                    false);
            SpaceMap found = openMedium();
            assertEquals(map.livePages(), found.livePages());
            for (int page = 0; page < filePages; page++) {
                assertEquals(map.isLive(page), found.isLive(page), () -> "generation of " + regions + " regions");
            }
        }
    }

    /// What a power cut would leave that takes all that was not synced.
    private SpaceMap openMedium() {
        MemorySegment blocks = allocate(MetaPage.ALL_BYTES);
        MemorySegment page = allocate(PAGE_SIZE);
        for (int i = 0; i < MetaPage.ALL_BYTES / PAGE_SIZE; i++) {
            MemorySegment.copy(device.onMedium(i), 0, blocks, JAVA_BYTE, (long) i * PAGE_SIZE, PAGE_SIZE);
        }
        Meta meta = MetaPage.choose(device.name(), blocks, 0).meta();
        return SpaceMap.open(
                device.name(), PAGE_SIZE, meta.filePages(), meta.nextGeneration(), meta.summaries(), id -> {
                    MemorySegment.copy(device.onMedium(id), 0, page, JAVA_BYTE, 0, PAGE_SIZE);
                    return page;
                });
    }

    private MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, PAGE_SIZE);
    }

    /// Gigabytes of zeros, but for what was written. A write is done when somebody has waited for it, and on the medium
    /// when a sync has followed.
    private static final class SparseDevice implements BlockDevice {
        private final Map<Integer, byte[]> cached = new HashMap<>();
        private final Map<Integer, byte[]> medium = new HashMap<>();
        private long size;

        byte[] onMedium(int page) {
            return medium.getOrDefault(page, new byte[PAGE_SIZE]);
        }

        @Override
        public String name() {
            return "sparse";
        }

        @Override
        public int blockSize() {
            return PAGE_SIZE;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public boolean readOnly() {
            return false;
        }

        @Override
        public void read(long position, MemorySegment into) {
            throw new AssertionError("a commit reads nothing");
        }

        @Override
        public IoOperation submitRead(long position, MemorySegment into) {
            throw new AssertionError("a commit reads nothing");
        }

        @Override
        public void write(long position, MemorySegment from) {
            BlockDevice.requireBlocks(PAGE_SIZE, position, from);
            BlockDevice.requireInside(this, "write", position, from.byteSize());
            assertEquals(PAGE_SIZE, from.byteSize());
            cached.put((int) (position / PAGE_SIZE), from.toArray(JAVA_BYTE));
        }

        @Override
        public IoOperation submitWrite(long position, MemorySegment... from) {
            return new IoOperation() {
                @Override
                public boolean isDone() {
                    return false;
                }

                @Override
                public void await() {
                    write(position, from[0]);
                }
            };
        }

        @Override
        public void sync() {
            medium.putAll(cached);
            cached.clear();
        }

        @Override
        public void grow(long newSize) {
            throw new AssertionError("a commit needs no room");
        }

        @Override
        public void truncate(long newSize) {
            throw new AssertionError("all of it is in use");
        }

        @Override
        public void discard(long position, long length) {
            throw new AssertionError("a commit discards nothing");
        }

        @Override
        public void close() {
            cached.clear();
        }
    }
}

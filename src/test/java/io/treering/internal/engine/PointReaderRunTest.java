package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.MemoryBlockDevice;
import io.treering.internal.buffer.BufferMemory;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.cache.PageCache;
import io.treering.internal.cache.PageValidator;
import io.treering.internal.format.PageBuilder;
import io.treering.internal.format.PageBuilder.Entry;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import io.treering.internal.format.TreePage;
import io.treering.internal.tree.PageSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Values in runs that a point get finds in the cache, without anything to protect them.
final class PointReaderRunTest {
    private static final int PAGE_SIZE = 4096;
    private static final int FRAMES = 64;
    private static final int LEAF = 3;
    private static final int RUN = 8;
    private static final long BIRTH = 1;
    private static final byte[] KEY = {'k', 'e', 'y'};
    private static final PageValidator VALIDATING =
            (frames, base, page, crc) -> TreePage.validate(frames, base, PAGE_SIZE, page, crc);

    private final Arena arena = EngineRuntime.threads().openArena();
    private final CountedMemory memory = new CountedMemory(arena, EngineRuntime.threads());
    private final MemoryBlockDevice device = MemoryBlockDevice.create();
    private final PageCache cache =
            new PageCache(device, memory.allocate(FRAMES * PAGE_SIZE), PAGE_SIZE, memory, VALIDATING, Waiter.PARKING);
    private final OverflowRuns overflow = new OverflowRuns(device, cache, new IoBuffers(memory), memory, PAGE_SIZE);
    private final byte[] value = bytes(1, 3 * PAGE_SIZE);
    private final Root root = root();
    private final Views views = new Views(new View(new WriteBuffer[] {buffer()}, root), () -> 0);
    private final PointReader reader = new PointReader(views, cache, overflow);

    @AfterEach
    void close() {
        cache.close();
        device.close();
        arena.close();
    }

    private static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private WriteBuffer buffer() {
        return new BufferMemory(memory.allocate(4 << 10)).begin(0);
    }

    /// A tree of one leaf, whose one value is in a run.
    private Root root() {
        device.grow(64 * PAGE_SIZE);
        cache.ensureTable(64);
        long run = overflow.write(RUN, BIRTH, KEY, KEY.length, new ValueBytes.OfArray(value));
        Entry entry = Entry.overflow(KEY, RUN, PageReference.crc(run), value.length);
        MemorySegment leaf = memory.allocate(PAGE_SIZE);
        MemorySegment.copy(
                MemorySegment.ofArray(PageBuilder.leaf(PAGE_SIZE, LEAF, BIRTH, List.of(entry))), 0, leaf, 0, PAGE_SIZE);
        device.write((long) LEAF * PAGE_SIZE, leaf);
        return new Root(PageReference.of(LEAF, PageHeader.crc(leaf, 0)), 0, BIRTH, HeadRange.ALL);
    }

    /// Reads a run as a registered reader does.
    private void bringIn(int birth, byte[] content) {
        long run = overflow.write(RUN, birth, KEY, KEY.length, new ValueBytes.OfArray(content));
        overflow.read(
                run, KEY.length, content.length, MemorySegment.ofArray(new byte[content.length]), 0, content.length);
    }

    private int get(PointReader points, byte[] into) {
        return points.get(views.current(), 0, KEY, KEY.length, into, null, 0, into.length);
    }

    @Test
    void aRunThatIsNotInTheCacheHasToBeRead() {
        assertEquals(PointReader.OVERFLOW, get(reader, new byte[value.length]));
        assertTrue(PointReader.isUnanswered(reader.get(views.current(), 0, KEY)));
    }

    @Test
    void theLengthOfAValueIsInItsLeaf() {
        assertEquals(value.length, get(reader, new byte[0]));
        assertEquals(value.length, reader.get(views.current(), 0, KEY, KEY.length, null, null, 0, 0));
    }

    @Test
    void aRunThatIsInTheCacheIsCopied() {
        bringIn(1, value);
        byte[] into = new byte[value.length + 1];
        assertEquals(value.length, get(reader, into));
        assertArrayEquals(value, Arrays.copyOf(into, value.length));
        assertArrayEquals(value, reader.get(views.current(), 0, KEY));
        MemorySegment segment = memory.allocate(PAGE_SIZE);
        assertEquals(value.length, reader.get(views.current(), 0, KEY, KEY.length, null, segment, 8, 100));
        assertEquals(-1, MemorySegment.ofArray(value).asSlice(0, 100).mismatch(segment.asSlice(8, 100)));
    }

    @Test
    void aRunOfWhichAPartIsMissingHasToBeRead() {
        bringIn(1, value);
        cache.ownRun(RUN + 1, 1);
        cache.disownRun(RUN + 1, 1);
        assertEquals(PointReader.OVERFLOW, get(reader, new byte[value.length]));
        assertTrue(PointReader.isUnanswered(reader.get(views.current(), 0, KEY)));
    }

    /// Between the leaf and the run, a merge is published, the run freed, and its pages given to another value.
    @Test
    void whatAnotherValueHasPutThereIsNotTakenForTheOwn() {
        bringIn(1, value);
        LateReader pages = new LateReader(() -> {
            views.publish(new Root(PageReference.NONE, 0, BIRTH + 1, HeadRange.EMPTY));
            bringIn(2, bytes(2, value.length));
        });
        PointReader late = new PointReader(views, pages, overflow);
        View view = views.current();
        assertEquals(
                PointReader.OVERFLOW,
                late.get(view, 0, KEY, KEY.length, new byte[value.length], null, 0, value.length));
        assertEquals(0, pages.events());
        views.publish(root);
        pages.rearm();
        assertTrue(PointReader.isUnanswered(late.get(views.current(), 0, KEY)));
        assertEquals(0, pages.events());
    }

    /// A cache whose reader is overtaken behind the first page that it acquires.
    private final class LateReader implements PageSource {
        private final Runnable event;
        private int events = 1;

        LateReader(Runnable event) {
            this.event = event;
        }

        int events() {
            return events;
        }

        void rearm() {
            events = 1;
        }

        @Override
        public long acquire(int page, int crc) {
            long word = cache.acquire(page, crc);
            if (events > 0) {
                events--;
                event.run();
            }
            return word;
        }

        @Override
        public MemorySegment frames() {
            return cache.frames();
        }

        @Override
        public int pageSize() {
            return cache.pageSize();
        }

        @Override
        public long base(long word) {
            return cache.base(word);
        }

        @Override
        public boolean holds(int page, long word) {
            return cache.holds(page, word);
        }

        @Override
        public boolean pin(int page, long word) {
            return cache.pin(page, word);
        }

        @Override
        public void unpin(long word) {
            cache.unpin(word);
        }

        @Override
        public void prefetch(long[] references, int from, int to) {
            cache.prefetch(references, from, to);
        }
    }
}

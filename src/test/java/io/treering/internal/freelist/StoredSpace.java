package io.treering.internal.freelist;

import io.treering.internal.format.SlotReference;
import io.treering.internal.format.SpaceLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Pages as a device holds them, and what the newest meta block would say about them.
final class StoredSpace implements AutoCloseable {
    static final int PAGE_SIZE = 4096;
    static final SpaceLayout LAYOUT = new SpaceLayout(PAGE_SIZE);
    static final long NEXT_GENERATION = 1_000_000;

    final Arena arena = Arena.ofConfined();
    final Map<Integer, byte[]> pages = new HashMap<>();
    private final MemorySegment staging = arena.allocate(PAGE_SIZE * 2L, 8);
    private final MemorySegment page = arena.allocate(PAGE_SIZE, 8);

    List<SlotReference> summaries = List.of();
    int filePages;

    /// Writes a commit's images, as before the meta block.
    List<SlotReference> write(SpaceCommit commit) {
        for (int at = commit.next(staging, PAGE_SIZE); at >= 0; at = commit.next(staging, PAGE_SIZE)) {
            pages.put(at, staging.asSlice(PAGE_SIZE, PAGE_SIZE).toArray(ValueLayout.JAVA_BYTE));
        }
        return commit.summaries();
    }

    void commit(SpaceMap space, long generation) {
        SpaceCommit commit = space.prepareCommit(generation);
        summaries = write(commit);
        filePages = space.filePages();
        commit.committed();
    }

    SpaceMap open() {
        return open(filePages, summaries);
    }

    SpaceMap open(int size, List<SlotReference> references) {
        return SpaceMap.open("test", PAGE_SIZE, size, NEXT_GENERATION, references, this::read);
    }

    private MemorySegment read(int id) {
        byte[] bytes = pages.getOrDefault(id, new byte[PAGE_SIZE]);
        MemorySegment.copy(bytes, 0, page, ValueLayout.JAVA_BYTE, 0, PAGE_SIZE);
        return page;
    }

    static BitSet live(SpaceMap space) {
        BitSet live = new BitSet();
        for (int i = 0; i < space.filePages(); i++) {
            live.set(i, space.isLive(i));
        }
        return live;
    }

    @Override
    public void close() {
        arena.close();
    }
}

package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageBuilder;
import io.treering.internal.format.TreePage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Pages in memory, each loaded and validated when it is acquired for the first time.
///
/// With unrest, what an optimistic reader may meet happens all the time: the frame of an acquired page holds something
/// else, torn or whole, before the reader looks, and the word turns out stale.
final class FakePages implements PageSource, AutoCloseable {
    private static final long STALE_BIT = 1L << 40;

    private final Arena arena = Arena.ofConfined();
    private final int pageSize;
    private final Map<Integer, byte[]> device = new HashMap<>();
    private final Map<Integer, Integer> frameOf = new HashMap<>();
    private final Map<Long, Integer> pins = new HashMap<>();
    private final MemorySegment frames;
    private final int tornFrame;
    private Random unrest;
    private int used;

    final List<Integer> loads = new ArrayList<>();
    final List<List<Integer>> prefetches = new ArrayList<>();

    FakePages(int pageSize, int capacity) {
        this.pageSize = pageSize;
        // The torn frame is the last: whoever reads past its end reads past the end of the memory.
        this.frames = arena.allocate((long) (capacity + 1) * pageSize, 8);
        this.tornFrame = capacity;
    }

    /// Puts a page on the device; it takes effect when the page is acquired next.
    void write(int page, byte[] bytes) {
        device.put(page, bytes);
        frameOf.remove(page);
    }

    byte[] read(int page) {
        return device.get(page);
    }

    void makeUnrest(Random random) {
        unrest = random;
    }

    /// Puts bytes into a page's frame as a merge would, unvalidated.
    void settle(int page, byte[] bytes) {
        device.put(page, bytes);
        int frame = frameOf.computeIfAbsent(page, p -> used++);
        PageBuilder.copyTo(bytes, frames, (long) frame * pageSize);
    }

    void checkNothingIsPinned() {
        assertTrue(pins.values().stream().allMatch(count -> count == 0), () -> "pinned: " + pins);
    }

    int pinned() {
        return pins.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public MemorySegment frames() {
        return frames;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public long acquire(int page, int crc) {
        Integer frame = frameOf.get(page);
        if (frame == null) {
            frame = load(page, crc);
        }
        if (unrest != null && unrest.nextInt(3) == 0) {
            return tear(frame) | STALE_BIT;
        }
        return frame;
    }

    private int load(int page, int crc) {
        byte[] bytes = device.get(page);
        if (bytes == null) {
            throw new PageAnomaly(page, "a page of the device", "none");
        }
        loads.add(page);
        int frame = used++;
        PageBuilder.copyTo(bytes, frames, (long) frame * pageSize);
        TreePage.validate(frames, (long) frame * pageSize, pageSize, page, crc);
        frameOf.put(page, frame);
        return frame;
    }

    /// A page that is half this one, half another or noise, with a header that may well be right.
    private long tear(int frame) {
        long torn = (long) tornFrame * pageSize;
        MemorySegment.copy(frames, (long) frame * pageSize, frames, torn, pageSize);
        int cut = unrest.nextInt(4) == 0 ? unrest.nextInt(32) : 24 + unrest.nextInt(unrest.nextInt(pageSize - 24) + 1);
        if (unrest.nextBoolean()) {
            long other = (long) unrest.nextInt(used) * pageSize;
            MemorySegment.copy(frames, other + cut, frames, torn + cut, pageSize - cut);
        } else {
            byte[] noise = new byte[pageSize - cut];
            unrest.nextBytes(noise);
            MemorySegment.copy(MemorySegment.ofArray(noise), 0, frames, torn + cut, noise.length);
        }
        return tornFrame;
    }

    @Override
    public long base(long word) {
        return (word & ~STALE_BIT) * pageSize;
    }

    @Override
    public boolean holds(int page, long word) {
        return (word & STALE_BIT) == 0;
    }

    @Override
    public boolean pin(int page, long word) {
        if ((word & STALE_BIT) != 0) {
            return false;
        }
        pins.merge(word, 1, Integer::sum);
        return true;
    }

    @Override
    public void unpin(long word) {
        assertTrue(pins.merge(word, -1, Integer::sum) >= 0, "unpinned more often than pinned");
    }

    @Override
    public void prefetch(long[] references, int from, int to) {
        List<Integer> asked = new ArrayList<>();
        for (int i = from; i < to; i++) {
            asked.add((int) references[i]);
        }
        prefetches.add(asked);
    }

    @Override
    public void close() {
        arena.close();
    }
}

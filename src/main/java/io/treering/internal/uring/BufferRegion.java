package io.treering.internal.uring;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Memory that is registered with the kernel chunk by chunk. The places belong to the loop's thread.
public final class BufferRegion {
    /// 16 MiB: populated memory of this size is pinned in a few milliseconds.
    private static final int SMALLEST_SHIFT = 24;

    private static final int LARGEST_SHIFT = 30;

    /// A region gets larger chunks rather than more of them.
    private static final int MANY_CHUNKS = 512;

    private final MemorySegment memory;
    private final long start;
    private final int shift;

    /// Of each chunk: its place in the table, or -1.
    private final int[] places;

    BufferRegion(MemorySegment memory) {
        this.memory = memory;
        this.start = memory.address();
        int chunkShift = SMALLEST_SHIFT;
        while (chunkShift < LARGEST_SHIFT && memory.byteSize() >>> chunkShift > MANY_CHUNKS) {
            chunkShift++;
        }
        this.shift = chunkShift;
        this.places = new int[Math.toIntExact((memory.byteSize() + (1L << shift) - 1) >>> shift)];
        Arrays.fill(places, -1);
    }

    MemorySegment memory() {
        return memory;
    }

    int chunks() {
        return places.length;
    }

    long address(int chunk) {
        return start + ((long) chunk << shift);
    }

    long length(int chunk) {
        return Math.min(1L << shift, memory.byteSize() - ((long) chunk << shift));
    }

    int place(int chunk) {
        return places[chunk];
    }

    void setPlace(int chunk, int place) {
        places[chunk] = place;
    }

    /// The place of the chunk that holds all of a piece of memory, or -1.
    int find(long address, int length) {
        long offset = address - start;
        if (offset < 0 || offset > memory.byteSize() - length || length == 0) {
            return -1;
        }
        int chunk = (int) (offset >>> shift);
        return (offset + length - 1) >>> shift == chunk ? places[chunk] : -1;
    }
}

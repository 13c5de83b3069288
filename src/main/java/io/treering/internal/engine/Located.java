package io.treering.internal.engine;

import java.lang.foreign.MemorySegment;

/// Where a read found a value, which stays there until this is closed.
final class Located implements AutoCloseable {
    final MemorySegment memory;
    final long offset;
    final int length;

    /// Whether what stands there is a reference to a run.
    final boolean overflow;

    private final Runnable release;

    /// @param release lets go of the memory
    Located(MemorySegment memory, long offset, int length, boolean overflow, Runnable release) {
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        this.overflow = overflow;
        this.release = release;
    }

    static Located absent() {
        return new Located(MemorySegment.NULL, 0, PointReader.ABSENT, false, Located::nothing);
    }

    private static void nothing() {}

    boolean isAbsent() {
        return length == PointReader.ABSENT;
    }

    @Override
    public void close() {
        release.run();
    }
}

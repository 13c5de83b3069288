package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// A value as its caller handed it in: a part of an array or of a segment. For large values only, not for hot paths.
sealed interface ValueBytes {
    long length();

    /// Copies `count` bytes from `from` on into native memory.
    void copyTo(long from, MemorySegment into, long offset, long count);

    /// A value in an array, or in a part of one.
    final class OfArray implements ValueBytes {
        private final byte[] array;
        private final int start;
        private final int length;

        OfArray(byte[] array) {
            this(array, 0, array.length);
        }

        OfArray(byte[] array, int start, int length) {
            this.array = array;
            this.start = start;
            this.length = length;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public void copyTo(long from, MemorySegment into, long offset, long count) {
            MemorySegment.copy(array, start + (int) from, into, JAVA_BYTE, offset, (int) count);
        }
    }

    /// A value in a segment.
    record OfSegment(MemorySegment segment) implements ValueBytes {
        @Override
        public long length() {
            return segment.byteSize();
        }

        @Override
        public void copyTo(long from, MemorySegment into, long offset, long count) {
            MemorySegment.copy(segment, from, into, offset, count);
        }
    }
}

package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// A value as its caller handed it in: a part of an array or of a segment. For large values only, not for hot paths.
sealed interface ValueBytes {
    long length();

    /// Copies `count` bytes from `from` on into native memory.
    void copyTo(long from, MemorySegment into, long offset, long count);

    /// A value in an array.
    final class OfArray implements ValueBytes {
        private final byte[] array;

        OfArray(byte[] array) {
            this.array = array;
        }

        @Override
        public long length() {
            return array.length;
        }

        @Override
        public void copyTo(long from, MemorySegment into, long offset, long count) {
            MemorySegment.copy(array, (int) from, into, JAVA_BYTE, offset, (int) count);
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

package io.treering.internal.engine;

import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.format.OverflowReference;

/// How large the keys, values and batches of a partition may be.
///
/// @param longestKey bytes
/// @param largestBuffered bytes of the longest value that goes to a buffer; a longer one is written to the device when
///     it is put
/// @param mostBuffered operations that a buffer takes at most
/// @param bufferBytes that they take at most, as [BufferEntry#largestSize] counts
record WriteLimits(int longestKey, int largestBuffered, int mostBuffered, long bufferBytes) {
    private static final int LARGEST_BUFFERED_VALUE = 64 << 10;

    /// So many values of the largest kind fit into a buffer at least.
    private static final int VALUES_IN_BUFFER = 16;

    /// @param buffer any one: they are alike
    static WriteLimits of(int longestKey, WriteBuffer buffer) {
        int largestBuffered = (int) Math.min(LARGEST_BUFFERED_VALUE, buffer.capacity() / VALUES_IN_BUFFER);
        return new WriteLimits(longestKey, largestBuffered, buffer.keyLimit(), buffer.capacity());
    }

    /// These limits where each operation has to fit into a record of the log, too.
    ///
    /// @param longestKeyAndValue the log's, in bytes
    WriteLimits within(int longestKeyAndValue) {
        int largest = Math.min(largestBuffered, longestKeyAndValue - longestKey);
        return new WriteLimits(longestKey, largest, mostBuffered, bufferBytes);
    }

    /// Whether so many operations fit into an empty buffer.
    boolean fits(int operations, long keyAndValueBytes) {
        return operations <= mostBuffered && BufferEntry.largestSize(operations, keyAndValueBytes) <= bufferBytes;
    }

    /// Refuses what was written when the buffers were larger, and fits into none now.
    void checkReplayed(int keyLength, int valueLength) {
        if (!fits(1, (long) keyLength + valueLength)) {
            throw new IllegalArgumentException("The log holds a key of " + keyLength + " bytes with a value of "
                    + valueLength + ", and a write buffer takes " + bufferBytes
                    + ": raise writeBufferSize for this opening");
        }
    }

    /// Refuses a key that is too long.
    int checkKey(long length) {
        if (length > longestKey) {
            throw new IllegalArgumentException("A key has at most " + longestKey + " bytes, not " + length);
        }
        return (int) length;
    }

    void checkValue(long length) {
        if (length > OverflowReference.MAXIMUM_VALUE_BYTES) {
            throw new IllegalArgumentException(
                    "A value has at most " + OverflowReference.MAXIMUM_VALUE_BYTES + " bytes, not " + length);
        }
    }
}

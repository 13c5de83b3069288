package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.WriteBatch;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.format.OverflowReference;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The operations of a batch as they were when it was written.
final class BatchContents {
    private final List<Operation> operations;
    private final int largestBuffered;
    private final ValueRuns runs;
    private long bufferedBytes;

    /// A put, or, without a value, a delete.
    private static final class Operation {
        final byte[] key;
        final byte @Nullable [] value;

        Operation(byte[] key, byte @Nullable [] value) {
            this.key = key;
            this.value = value;
        }
    }

    /// @param largestBuffered values above it count as their references
    /// @param runs knows which others may become references
    BatchContents(WriteBatch batch, int largestBuffered, ValueRuns runs) {
        this.largestBuffered = largestBuffered;
        this.runs = runs;
        operations = new ArrayList<>(batch.size());
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(MemorySegment key, MemorySegment value) {
                add(key.toArray(JAVA_BYTE), value.toArray(JAVA_BYTE));
            }

            @Override
            public void delete(MemorySegment key) {
                add(key.toArray(JAVA_BYTE), null);
            }
        });
    }

    private void add(byte[] key, byte @Nullable [] value) {
        operations.add(new Operation(key, value));
        bufferedBytes += (long) key.length + (value == null ? 0 : valueBytes(key.length, value.length));
    }

    /// The most that a value may take: beside a long key even an empty one may become a reference, where space is
    /// tight.
    private int valueBytes(int keyLength, int valueLength) {
        if (valueLength > largestBuffered) {
            return OverflowReference.BYTES;
        }
        return runs.spills(keyLength, valueLength) ? Math.max(valueLength, OverflowReference.BYTES) : valueLength;
    }

    /// Refuses keys that are too long, and batches that no buffer could hold, or no log.
    void check(WriteLimits limits, LogAccess log) {
        operations.forEach(operation -> limits.checkKey(operation.key.length));
        if (!limits.fits(count(), bufferedBytes)) {
            throw new IllegalArgumentException("A batch has at most " + limits.mostBuffered() + " operations and takes "
                    + limits.bufferBytes() + " bytes of write buffer (values above " + largestBuffered + " count "
                    + OverflowReference.BYTES + "), not " + count() + " and "
                    + BufferEntry.largestSize(count(), bufferedBytes)
                    + ": raise writeBufferSize, or write it in parts");
        }
        if (!log.couldHaveRoom(count(), bufferedBytes)) {
            throw new IllegalArgumentException("A batch of " + count() + " operations and " + bufferedBytes
                    + " bytes does not fit into the log: raise walSize, or write it in parts");
        }
    }

    int count() {
        return operations.size();
    }

    /// Bytes of keys and values that go to the buffer; large values count as their references.
    long bufferedBytes() {
        return bufferedBytes;
    }

    byte[] key(int index) {
        return operations.get(index).key;
    }

    boolean isDelete(int index) {
        return operations.get(index).value == null;
    }

    boolean isAllDeletes() {
        for (Operation operation : operations) {
            if (operation.value != null) {
                return false;
            }
        }
        return true;
    }

    /// The value of a put.
    byte[] value(int index) {
        byte[] value = operations.get(index).value;
        if (value == null) {
            throw new IllegalStateException("Operation " + index + " is a delete");
        }
        return value;
    }
}

package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.WriteBatch;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The operations of a batch as they were when it was written.
///
/// Keys and values lie one behind the other in blocks, and columns say where, so that no operation takes an object of
/// its own. What one batch has needed serves the next one, unless it was unusually much. For one batch, and one thread,
/// at a time.
final class BatchContents {
    private static final int DELETE = -1;

    private static final byte[] NO_BYTES = {};

    /// An operation with more than an eighth of it has a block of its own.
    private static final int BLOCK_BYTES = 1 << 20;

    private static final int MOST_KEPT_OPERATIONS = 1 << 16;

    private final ValueRuns runs;
    private final WriteBatch.Visitor reading = new Reading();

    private byte[] block = NO_BYTES;
    private int used;
    private long toCome;

    private int count;
    private int puts;
    private int longestKey;
    private int largestBuffered;
    private long bufferedBytes;

    private byte[][] blocks = {};
    private int[] starts = {};
    private int[] keyLengths = {};
    private int[] valueLengths = {};
    private long[] hashes = {};
    private long[] references = {};

    /// @param runs knows which values may become references
    BatchContents(ValueRuns runs) {
        this.runs = runs;
    }

    // ---- reading a batch --------------------------------------------------------------------------------------------

    /// @param most values above it count as their references
    void read(WriteBatch batch, int most) {
        largestBuffered = most;
        toCome = batch.byteSize();
        ensureColumns(batch.size());
        batch.forEach(reading);
    }

    private final class Reading implements WriteBatch.Visitor {
        @Override
        public void put(MemorySegment key, MemorySegment value) {
            int keyLength = (int) key.byteSize();
            int valueLength = (int) value.byteSize();
            int start = begin(keyLength, valueLength);
            MemorySegment.copy(key, JAVA_BYTE, 0, blocks[count], start, keyLength);
            MemorySegment.copy(value, JAVA_BYTE, 0, blocks[count], start + keyLength, valueLength);
            complete(start, keyLength, valueLength);
            bufferedBytes += valueBytes(keyLength, valueLength);
            puts++;
        }

        @Override
        public void delete(MemorySegment key) {
            int keyLength = (int) key.byteSize();
            int start = begin(keyLength, 0);
            MemorySegment.copy(key, JAVA_BYTE, 0, blocks[count], start, keyLength);
            complete(start, keyLength, DELETE);
        }
    }

    /// Takes no segment, and [#complete] neither: who makes one for an operation should be spared the object.
    ///
    /// @return where in its block the key of the next operation goes, and the value behind it
    private int begin(int keyLength, int valueLength) {
        ensureColumns(count + 1);
        int bytes = keyLength + valueLength;
        toCome -= bytes;
        if (bytes > BLOCK_BYTES / 8) {
            blocks[count] = new byte[bytes];
            return 0;
        }
        if (bytes > block.length - used) {
            long wanted = Math.max(toCome + bytes, block.length);
            block = new byte[Math.clamp(wanted, bytes, BLOCK_BYTES)];
            used = 0;
        }
        blocks[count] = block;
        int start = used;
        used += bytes;
        return start;
    }

    private void complete(int start, int keyLength, int valueLength) {
        starts[count] = start;
        keyLengths[count] = keyLength;
        valueLengths[count] = valueLength;
        hashes[count] = KeyHash.hash(blocks[count], start, keyLength);
        references[count] = PageReference.NONE;
        longestKey = Math.max(longestKey, keyLength);
        bufferedBytes += keyLength;
        count++;
    }

    private void ensureColumns(int operations) {
        if (operations > starts.length) {
            int capacity = Math.max(operations, 2 * starts.length);
            blocks = Arrays.copyOf(blocks, capacity);
            starts = Arrays.copyOf(starts, capacity);
            keyLengths = Arrays.copyOf(keyLengths, capacity);
            valueLengths = Arrays.copyOf(valueLengths, capacity);
            hashes = Arrays.copyOf(hashes, capacity);
            references = Arrays.copyOf(references, capacity);
        }
    }

    /// The most that a value may take: beside a long key even an empty one may become a reference, where space is
    /// tight.
    private int valueBytes(int keyLength, int valueLength) {
        if (valueLength > largestBuffered) {
            return OverflowReference.BYTES;
        }
        return runs.spills(keyLength, valueLength) ? Math.max(valueLength, OverflowReference.BYTES) : valueLength;
    }

    /// Forgets the batch.
    ///
    /// @return whether to use this again: it keeps little enough
    boolean clear() {
        Arrays.fill(blocks, 0, count, NO_BYTES);
        used = 0;
        count = 0;
        puts = 0;
        longestKey = 0;
        bufferedBytes = 0;
        return starts.length <= MOST_KEPT_OPERATIONS;
    }

    // ---- a batch as a whole -----------------------------------------------------------------------------------------

    /// Refuses keys that are too long, and batches that no buffer could hold, or no log.
    void check(WriteLimits limits, LogAccess log) {
        int _ = limits.checkKey(longestKey);
        if (!limits.fits(count, bufferedBytes)) {
            throw new IllegalArgumentException("A batch has at most " + limits.mostBuffered() + " operations and takes "
                    + limits.bufferBytes() + " bytes of write buffer (values above " + largestBuffered + " count "
                    + OverflowReference.BYTES + "), not " + count + " and "
                    + BufferEntry.largestSize(count, bufferedBytes)
                    + ": raise writeBufferSize, or write it in parts");
        }
        if (!log.couldHaveRoom(count, bufferedBytes)) {
            throw new IllegalArgumentException("A batch of " + count + " operations and " + bufferedBytes
                    + " bytes does not fit into the log: raise walSize, or write it in parts");
        }
    }

    int count() {
        return count;
    }

    /// Bytes of keys and values that go to the buffer; large values count as their references.
    long bufferedBytes() {
        return bufferedBytes;
    }

    boolean isAllDeletes() {
        return puts == 0;
    }

    // ---- its operations ---------------------------------------------------------------------------------------------

    /// What holds an operation's key and value.
    byte[] block(int index) {
        return blocks[index];
    }

    /// Where in its block the key begins.
    int start(int index) {
        return starts[index];
    }

    int keyLength(int index) {
        return keyLengths[index];
    }

    long hash(int index) {
        return hashes[index];
    }

    boolean isDelete(int index) {
        return valueLengths[index] == DELETE;
    }

    /// Of the value of a put, which begins where the key ends.
    int valueLength(int index) {
        return valueLengths[index];
    }

    /// A copy of the key.
    byte[] copyOfKey(int index) {
        return Arrays.copyOfRange(blocks[index], starts[index], starts[index] + keyLengths[index]);
    }

    /// The value of a put.
    ValueBytes value(int index) {
        return new ValueBytes.OfArray(blocks[index], starts[index] + keyLengths[index], valueLengths[index]);
    }

    /// The run to which a value has been written, or [PageReference#NONE].
    long reference(int index) {
        return references[index];
    }

    void setReference(int index, long run) {
        references[index] = run;
    }
}

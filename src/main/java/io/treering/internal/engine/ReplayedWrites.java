package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.CorruptionException;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.wal.ReplayHandler;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The second pass over a log: its operations go into the buffers as they did when they were new, a batch as a whole.
final class ReplayedWrites implements ReplayHandler {
    private final String device;
    private final Writer writer;
    private final ReplayedRuns runs;
    private final int longestKey;
    private final List<Write> batch = new ArrayList<>();
    private long batchBytes;
    private long sequence;

    /// One operation.
    static final class Write {
        final int kind;
        final byte[] key;
        final byte[] value;

        Write(int kind, byte[] key, byte[] value) {
            this.kind = kind;
            this.key = key;
            this.value = value;
        }
    }

    /// @param longestKey that a page of the store takes; a record could hold longer ones
    /// @param sequence of the last write that is in the tree
    ReplayedWrites(String device, Writer writer, ReplayedRuns runs, int longestKey, long sequence) {
        this.device = device;
        this.writer = writer;
        this.runs = runs;
        this.longestKey = longestKey;
        this.sequence = sequence;
    }

    @Override
    public boolean verifyOverflow(MemorySegment memory, long keyOffset, int keyLength, long referenceOffset) {
        return runs.isWhole(OverflowReference.reference(memory, referenceOffset));
    }

    @Override
    public void apply(
            int kind,
            int treeId,
            MemorySegment memory,
            long keyOffset,
            int keyLength,
            long valueOffset,
            int valueLength,
            long operation,
            boolean more) {
        if (operation != sequence + 1) {
            throw new CorruptionException(
                    device, -1, "write " + (sequence + 1) + " in the log", "write " + operation + ": there is a gap");
        }
        if (keyLength > longestKey) {
            throw new CorruptionException(
                    device, -1, "a key of at most " + longestKey + " bytes in the log", "one of " + keyLength);
        }
        byte[] key = new byte[keyLength];
        byte[] value = new byte[valueLength];
        MemorySegment.copy(memory, JAVA_BYTE, keyOffset, key, 0, keyLength);
        MemorySegment.copy(memory, JAVA_BYTE, valueOffset, value, 0, valueLength);
        batch.add(new Write(kind, key, value));
        batchBytes += keyLength + valueLength;
        sequence = operation;
        if (!more || !writer.limits().fits(batch.size(), batchBytes)) {
            writer.replay(batch, batchBytes, more);
            batch.clear();
            batchBytes = 0;
        }
    }
}

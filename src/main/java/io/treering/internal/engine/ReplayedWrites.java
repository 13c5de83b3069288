package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.CorruptionException;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.wal.ReplayHandler;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The second pass over a log: its operations go into the buffers as they did when they were new, a batch as a whole,
/// and single ones some at a time. Who has handed all of them over calls [#finish].
final class ReplayedWrites implements ReplayHandler {
    /// So many single writes go to the writer together.
    private static final int TOGETHER = 64;

    private final String device;
    private final Writer writer;
    private final ReplayedRuns runs;
    private final int longestKey;
    private final List<Write> writes = new ArrayList<>();
    private long bytes;
    private boolean withinBatch;
    private long sequence;

    /// One operation.
    static final class Write {
        final int kind;
        final byte[] key;
        final long hash;
        final byte[] value;

        Write(int kind, byte[] key, byte[] value) {
            this.kind = kind;
            this.key = key;
            this.hash = KeyHash.hash(key, key.length);
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
        if (!withinBatch && (more || !goTogether(keyLength + valueLength))) {
            handOver(false);
        }
        writes.add(new Write(kind, key, value));
        bytes += keyLength + valueLength;
        sequence = operation;
        if ((withinBatch && !more) || (more && !writer.limits().fits(writes.size(), bytes))) {
            handOver(more);
        }
        withinBatch = more;
    }

    private boolean goTogether(int more) {
        return writes.size() < TOGETHER && writer.limits().fits(writes.size() + 1, bytes + more);
    }

    /// Hands over what is left: the log has ended.
    void finish() {
        handOver(false);
    }

    private void handOver(boolean more) {
        if (!writes.isEmpty()) {
            writer.replay(writes, bytes, more);
            writes.clear();
            bytes = 0;
        }
    }
}

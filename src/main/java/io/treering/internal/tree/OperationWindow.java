package io.treering.internal.tree;

import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The operations of a merge, read some way ahead: enough to know which pages come next.
///
/// Operations are numbered from 0. The arrays are rings: number n is at `index(n)`, for `next <= n < end`.
final class OperationWindow {
    /// What lies below two branches of level 1, where two or three operations lead to each leaf.
    private static final int SIZE = 1024;
    private static final int MASK = SIZE - 1;

    final long[] keyOffsets = new long[SIZE];
    final long[] heads = new long[SIZE];
    final int[] keyLengths = new int[SIZE];
    final int[] valueLengths = new int[SIZE];
    final byte[] kinds = new byte[SIZE];
    final byte[] fingerprints = new byte[SIZE];

    /// The first operation that is not done.
    long next;

    /// Behind the last operation that was read.
    long end;

    MemorySegment memory = MemorySegment.NULL;
    private @Nullable MergeSource source;

    void begin(MergeSource operations) {
        source = operations;
        memory = operations.memory();
        next = 0;
        end = 0;
        refill();
    }

    static int index(long operation) {
        return (int) operation & MASK;
    }

    boolean isEmpty() {
        return next == end;
    }

    /// Everything before `operation` is done.
    void advanceTo(long operation) {
        next = operation;
        if (end - next < SIZE / 2) {
            refill();
        }
    }

    private void refill() {
        MergeSource from = source;
        if (from == null) {
            return;
        }
        while (end - next < SIZE) {
            if (!from.advance()) {
                source = null;
                break;
            }
            read(from, index(end));
            assert end == next || compare(end - 1, end) < 0 : "operations out of order";
            end++;
        }
    }

    private void read(MergeSource from, int at) {
        long keyOffset = from.keyOffset();
        int keyLength = from.keyLength();
        keyOffsets[at] = keyOffset;
        keyLengths[at] = keyLength;
        valueLengths[at] = from.valueLength();
        kinds[at] = (byte) from.kind();
        fingerprints[at] = from.fingerprint();
        heads[at] = KeyOrder.head(memory, keyOffset, keyLength);
    }

    private int compare(long left, long right) {
        return KeyOrder.compare(
                memory,
                keyOffsets[index(left)],
                keyLengths[index(left)],
                memory,
                keyOffsets[index(right)],
                keyLengths[index(right)]);
    }

    /// The first operation from `from` on that is at or above a separator; [#end] if none of those in the window is.
    long firstAtLeast(long from, OldBranch branch, int separator) {
        long below = from;
        long step = 1;
        while (below + step <= end && branch.compare(separator, this, below + step - 1) > 0) {
            below += step;
            step <<= 1;
        }
        long above = Math.min(below + step - 1, end);
        while (below < above) {
            long middle = (below + above) >>> 1;
            if (branch.compare(separator, this, middle) > 0) {
                below = middle + 1;
            } else {
                above = middle;
            }
        }
        return below;
    }
}

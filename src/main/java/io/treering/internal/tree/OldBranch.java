package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.BranchPage;
import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A branch of the old tree, unpacked: whole separators, back to back, and references. One for each level, used again.
///
/// Separator 0 is the page's low fence and taken from the parent.
final class OldBranch {
    int count;
    int page;
    long birth;

    /// Content bytes of the page.
    int usedBytes;

    long[] references = new long[1];
    byte[] bytes = new byte[256];

    private int[] ends = new int[1];
    private long[] heads = new long[1];

    /// Where the keys of this branch end: below separator [#boundIndex] of [#bound]; null where the tree ends.
    @Nullable
    OldBranch bound;

    int boundIndex;

    /// So many of the next touched children have been asked for ahead.
    int prefetchedChildren;

    /// The branch above the root, which has the root for its only child.
    void setRoot(long reference) {
        count = 1;
        page = -1;
        references[0] = reference;
        ends[0] = 0;
        heads[0] = 0;
        bound = null;
        prefetchedChildren = 0;
    }

    /// Unpacks the child at `index` of `parent`, fetched to `offset`.
    void load(MemorySegment memory, long offset, OldBranch parent, int index) {
        load(memory, offset, parent.bytes, parent.from(index), parent.length(index));
        if (index + 1 < parent.count) {
            bound = parent;
            boundIndex = index + 1;
        } else {
            bound = parent.bound;
            boundIndex = parent.boundIndex;
        }
        prefetchedChildren = 0;
    }

    /// Unpacks a page whose low fence is `fence[fenceFrom, fenceFrom + fenceLength)`.
    void load(MemorySegment memory, long offset, byte[] fence, int fenceFrom, int fenceLength) {
        count = PageHeader.count(memory, offset);
        page = PageHeader.pageId(memory, offset);
        birth = PageHeader.birth(memory, offset);
        usedBytes = PageHeader.entriesEnd(memory, offset) - PageHeader.BYTES;
        if (references.length < count) {
            references = new long[count];
            heads = new long[count];
            ends = new int[count];
        }
        int prefixLength = PageHeader.prefixLength(memory, offset);
        int entriesEnd = PageHeader.entriesEnd(memory, offset);
        ensureBytes(count * (prefixLength + Long.BYTES) + entriesEnd + fenceLength);
        System.arraycopy(fence, fenceFrom, bytes, 0, fenceLength);
        finish(0, 0, fenceLength);
        for (int i = 1; i < count; i++) {
            int from = ends[i - 1];
            finish(i, from, from + unpack(memory, offset, i, prefixLength, from));
        }
        for (int i = 0; i < count; i++) {
            references[i] = BranchPage.child(memory, offset, count, i);
        }
    }

    private int unpack(MemorySegment memory, long offset, int index, int prefixLength, int to) {
        if (prefixLength > 0) {
            long prefix = offset + BranchPage.prefixOffset(count);
            MemorySegment.copy(memory, JAVA_BYTE, prefix, bytes, to, prefixLength);
        }
        // The padding behind a short suffix is overwritten by what follows.
        Bytes.ARRAY_BE_LONG.set(bytes, to + prefixLength, BranchPage.head(memory, offset, index));
        int slot = BranchPage.slot(memory, offset, count, index);
        if (slot <= BranchPage.LONGEST_IN_HEAD) {
            return prefixLength + slot;
        }
        int behindHead = prefixLength + BranchPage.LONGEST_IN_HEAD;
        int tailLength = Bytes.u16(memory, offset + slot + BranchPage.TAIL_LENGTH);
        MemorySegment.copy(
                memory, JAVA_BYTE, offset + slot + BranchPage.TAIL_HEADER_BYTES, bytes, to + behindHead, tailLength);
        return behindHead + tailLength;
    }

    private void finish(int index, int from, int end) {
        ends[index] = end;
        heads[index] = KeyOrder.head(bytes, from, end);
    }

    private void ensureBytes(int length) {
        if (bytes.length < length) {
            bytes = new byte[Math.max(length, 2 * bytes.length)];
        }
    }

    int from(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    int length(int index) {
        return ends[index] - from(index);
    }

    void separator(int index, KeyBuffer into) {
        into.set(bytes, from(index), length(index));
    }

    /// Compares a separator with the key of an operation.
    int compare(int separator, OperationWindow operations, long operation) {
        int at = OperationWindow.index(operation);
        int order = Long.compareUnsigned(heads[separator], operations.heads[at]);
        if (order != 0) {
            return order;
        }
        return KeyOrder.compare(
                bytes,
                from(separator),
                ends[separator],
                operations.memory,
                operations.keyOffsets[at],
                operations.keyLengths[at]);
    }

    /// The child, from `from` on, whose range holds the key of an operation, which is not below that of child `from`.
    int childOf(int from, OperationWindow operations, long operation) {
        int low = from;
        int step = 1;
        while (low + step < count && compare(low + step, operations, operation) <= 0) {
            low += step;
            step <<= 1;
        }
        int high = Math.min(low + step, count);
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (compare(middle, operations, operation) <= 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The first operation from `from` on that is behind this branch, as far as the window knows.
    long endOfOperations(OperationWindow operations, long from) {
        return bound == null ? operations.end : operations.firstAtLeast(from, bound, boundIndex);
    }

    /// The first operation behind the child at `index`, as far as the window knows.
    long endOfOperations(int index, OperationWindow operations, long from) {
        if (index + 1 < count) {
            return operations.firstAtLeast(from, this, index + 1);
        }
        return bound == null ? operations.end : operations.firstAtLeast(from, bound, boundIndex);
    }

    /// Whether the next operation belongs to this branch.
    boolean holdsNext(OperationWindow operations) {
        return !operations.isEmpty() && holds(operations, operations.next);
    }

    /// Whether an operation that is not below this branch belongs to it.
    boolean holds(OperationWindow operations, long operation) {
        return bound == null || bound.compare(boundIndex, operations, operation) > 0;
    }
}

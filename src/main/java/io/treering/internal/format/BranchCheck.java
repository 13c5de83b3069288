package io.treering.internal.format;

import static io.treering.internal.format.BranchPage.LONGEST_IN_HEAD;
import static io.treering.internal.format.BranchPage.TAIL_HEADER_BYTES;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;

/// The structure of a branch that comes from the device: one walk over its children, every offset bounded before it is
/// used.
final class BranchCheck {
    private BranchCheck() {}

    static void structure(MemorySegment memory, long page, int pageSize, int id) {
        PageCheck.kind(memory, page, id, PageHeader.BRANCH, 1, PageHeader.MAXIMUM_LEVEL);
        int count = PageHeader.count(memory, page);
        PageCheck.checkRange(id, "count", 1, pageSize / BranchPage.INDEX_BYTES, count);
        int maximumKey = LeafPage.maximumKeyBytes(pageSize);
        int prefixLength = PageHeader.prefixLength(memory, page);
        PageCheck.checkRange(id, "prefix length", 0, maximumKey, prefixLength);
        int tails = BranchPage.tailsOffset(count, prefixLength);
        int end = PageHeader.entriesEnd(memory, page);
        PageCheck.checkRange(id, "entries' end", tails, pageSize - PageHeader.TRAILER_BYTES, end);
        PageCheck.zeros(memory, page, id, end, pageSize);
        separators(memory, page, id, count, tails, end, maximumKey - prefixLength);
        children(memory, page, id, count);
        // Last: it takes the heads to be in order.
        model(memory, page, id, count);
    }

    private static void separators(
            MemorySegment memory, long page, int id, int count, int tails, int end, int maximumSuffix) {
        int tail = tails;
        for (int i = 0; i < count; i++) {
            int slot = BranchPage.slot(memory, page, count, i);
            if (slot <= LONGEST_IN_HEAD) {
                PageCheck.checkRange(id, "suffix length", 0, maximumSuffix, slot);
                padding(memory, page, id, i, slot);
            } else {
                PageCheck.check(id, "slot", i, tail, slot);
                tail = tailEnd(memory, page, id, tail, end, maximumSuffix);
            }
            if (i > 0 && !ascends(memory, page, count, i)) {
                throw PageCheck.anomaly(id, "ascending separators", "separator " + i);
            }
        }
        PageCheck.check(id, "entries' end", tail, end);
    }

    private static void padding(MemorySegment memory, long page, int id, int index, int length) {
        long head = BranchPage.head(memory, page, index);
        // A shift by 64 would be a shift by 0.
        long padding = length == LONGEST_IN_HEAD ? 0 : head << (8 * length);
        PageCheck.check(id, "padding of head", index, 0, padding);
    }

    private static int tailEnd(MemorySegment memory, long page, int id, int tail, int end, int maximumSuffix) {
        PageCheck.checkRange(id, "tail", 0, end - TAIL_HEADER_BYTES, tail);
        int length = Bytes.u16(memory, page + tail + BranchPage.TAIL_LENGTH);
        PageCheck.checkRange(id, "tail length", 1, maximumSuffix - LONGEST_IN_HEAD, length);
        int next = tail + TAIL_HEADER_BYTES + length;
        PageCheck.checkRange(id, "end of tail", tail, end, next);
        return next;
    }

    /// Whether the separator at `index` is greater than the one before it.
    private static boolean ascends(MemorySegment memory, long page, int count, int index) {
        int order =
                Long.compareUnsigned(BranchPage.head(memory, page, index - 1), BranchPage.head(memory, page, index));
        if (order != 0) {
            return order < 0;
        }
        int left = BranchPage.slot(memory, page, count, index - 1);
        int right = BranchPage.slot(memory, page, count, index);
        if (left <= LONGEST_IN_HEAD) {
            // Equal heads: either the right one has zeros more, or it has a tail.
            return left < right;
        }
        return right > LONGEST_IN_HEAD
                && KeyOrder.compare(
                                memory,
                                page + left + TAIL_HEADER_BYTES,
                                Bytes.u16(memory, page + left + BranchPage.TAIL_LENGTH),
                                memory,
                                page + right + TAIL_HEADER_BYTES,
                                Bytes.u16(memory, page + right + BranchPage.TAIL_LENGTH))
                        < 0;
    }

    private static void children(MemorySegment memory, long page, int id, int count) {
        for (int i = 0; i < count; i++) {
            int child = BranchPage.childId(memory, page, count, i);
            PageCheck.checkRange(id, "child id", 1, Integer.MAX_VALUE, child);
            if (child == id) {
                throw PageCheck.anomaly(id, "another page as child " + i, "itself");
            }
        }
    }

    private static void model(MemorySegment memory, long page, int id, int count) {
        PageCheck.check(
                id, "reserved field", 0, Bytes.i32(memory, page + BranchPage.MODEL + BranchPage.MODEL_RESERVED));
        int kind = BranchPage.searchKind(memory, page);
        PageCheck.checkRange(id, "search kind", BranchPage.BINARY, BranchPage.INTERPOLATION, kind);
        if (kind == BranchPage.BINARY) {
            return;
        }
        double slope = BranchPage.slope(memory, page);
        if (!(slope >= 0 && slope < Double.POSITIVE_INFINITY)) {
            throw PageCheck.anomaly(id, "a finite slope >= 0", Double.toString(slope));
        }
        // A search would be right with any error: this says that whoever wrote the page meant the same line.
        int error = BranchPage.largestError(memory, page, count, slope);
        PageCheck.checkRange(id, "largest error", error, count, BranchPage.largestError(memory, page));
    }
}

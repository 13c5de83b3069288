package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.BranchPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;

/// Writes one branch.
final class BranchWriter {
    private BranchWriter() {}

    /// Writes items `[from, to)`, whose separators all begin with the first one's first `prefix` bytes.
    static void write(
            MemorySegment memory,
            long page,
            int level,
            BranchItems items,
            int from,
            int to,
            int prefix,
            int pageId,
            long birth,
            int capacity) {
        int count = to - from;
        long prefixAt = page + BranchPage.prefixOffset(count);
        MemorySegment.copy(items.bytes, items.offsets[from], memory, JAVA_BYTE, prefixAt, prefix);
        children(memory, page, items, from, count);
        int end = separators(memory, page, items, from, count, prefix);
        assert end <= PageHeader.BYTES + capacity : "the plan was not exact";
        PageHeader.write(memory, page, PageHeader.BRANCH, level, count, pageId, birth, prefix, end);
        BranchPage.writeModel(memory, page, count);
        Bytes.zero(memory, page + end, page + PageHeader.BYTES + capacity + PageHeader.TRAILER_BYTES);
    }

    private static void children(MemorySegment memory, long page, BranchItems items, int from, int count) {
        long ids = page + BranchPage.childIdsOffset(count);
        long crcs = page + BranchPage.childCrcsOffset(count);
        for (int i = 0; i < count; i++) {
            long reference = items.references[from + i];
            Bytes.putI32(memory, ids + (long) BranchPage.CHILD_ID_BYTES * i, PageReference.page(reference));
            Bytes.putI32(memory, crcs + (long) BranchPage.CHILD_CRC_BYTES * i, PageReference.crc(reference));
        }
    }

    /// Writes heads, slots and tails, and returns the offset in the page behind the last tail.
    private static int separators(MemorySegment memory, long page, BranchItems items, int from, int count, int prefix) {
        long heads = page + BranchPage.HEADS;
        long slots = page + BranchPage.slotsOffset(count);
        int tail = BranchPage.tailsOffset(count, prefix);
        for (int i = 0; i < count; i++) {
            int suffix = items.offsets[from + i] + prefix;
            int length = items.lengths[from + i] - prefix;
            long head = KeyOrder.head(items.bytes, suffix, suffix + length);
            Bytes.putHead(memory, heads + (long) BranchPage.HEAD_BYTES * i, head);
            if (length <= BranchPage.LONGEST_IN_HEAD) {
                Bytes.putU16(memory, slots + (long) BranchPage.SLOT_BYTES * i, length);
            } else {
                Bytes.putU16(memory, slots + (long) BranchPage.SLOT_BYTES * i, tail);
                int rest = length - BranchPage.LONGEST_IN_HEAD;
                Bytes.putU16(memory, page + tail + BranchPage.TAIL_LENGTH, rest);
                long to = page + tail + BranchPage.TAIL_HEADER_BYTES;
                MemorySegment.copy(items.bytes, suffix + BranchPage.LONGEST_IN_HEAD, memory, JAVA_BYTE, to, rest);
                tail += BranchPage.TAIL_HEADER_BYTES + rest;
            }
        }
        return tail;
    }
}

package io.treering.internal.format;

import static io.treering.internal.format.LeafPage.ENTRY_HEADER_BYTES;
import static io.treering.internal.format.LeafPage.FINGERPRINTS;
import static io.treering.internal.format.LeafPage.SLOT_BYTES;
import static io.treering.internal.format.LeafPage.SUFFIX_LENGTH_MASK;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The structure of a leaf that comes from the device: one walk over its entries, every offset bounded before it is
/// used.
final class LeafCheck {
    /// Room for this much is made at once: a page load should not cost a kilobyte of garbage.
    private static final int USUAL_SUFFIX = 64;

    private LeafCheck() {}

    static void structure(MemorySegment memory, long page, int pageSize, int id) {
        PageCheck.kind(memory, page, id, PageHeader.LEAF, 0, 0);
        int count = PageHeader.count(memory, page);
        PageCheck.checkRange(id, "count", 1, pageSize / LeafPage.INDEX_BYTES, count);
        int maximumKey = LeafPage.maximumKeyBytes(pageSize);
        int prefixLength = PageHeader.prefixLength(memory, page);
        PageCheck.checkRange(id, "prefix length", 0, maximumKey, prefixLength);
        int entries = LeafPage.entriesOffset(count, prefixLength);
        int end = PageHeader.entriesEnd(memory, page);
        PageCheck.checkRange(id, "entries' end", entries, pageSize - PageHeader.TRAILER_BYTES, end);
        padding(memory, page, id, count);
        PageCheck.zeros(memory, page, id, end, pageSize);
        entries(memory, page, id, count, prefixLength, entries, end, maximumKey);
    }

    private static void padding(MemorySegment memory, long page, int id, int count) {
        int slots = LeafPage.slotsOffset(count);
        PageCheck.zeros(memory, page, id, FINGERPRINTS + count, slots);
        PageCheck.zeros(memory, page, id, slots + SLOT_BYTES * count, LeafPage.headsOffset(count));
    }

    private static void entries(
            MemorySegment memory,
            long page,
            int id,
            int count,
            int prefixLength,
            int entries,
            int end,
            int maximumKey) {
        byte[] key = new byte[prefixLength + USUAL_SUFFIX];
        MemorySegment.copy(memory, JAVA_BYTE, page + LeafPage.prefixOffset(count), key, 0, prefixLength);
        int entry = entries;
        int previous = -1;
        for (int i = 0; i < count; i++) {
            PageCheck.check(id, "slot", i, entry, LeafPage.slot(memory, page, count, i));
            PageCheck.checkRange(id, "entry", entries, end - ENTRY_HEADER_BYTES, entry);
            int next = entryEnd(memory, page, id, entry, i, end, maximumKey - prefixLength);
            order(memory, page, id, previous, entry, i);
            int keyLength = prefixLength + LeafPage.suffixLength(memory, page + entry);
            if (keyLength > key.length) {
                key = Arrays.copyOf(key, maximumKey);
            }
            index(memory, page, id, count, i, entry, key, prefixLength);
            previous = entry;
            entry = next;
        }
        PageCheck.check(id, "entries' end", entry, end);
    }

    /// Checks the parts of an entry and returns the offset behind it.
    private static int entryEnd(
            MemorySegment memory, long page, int id, int entry, int index, int end, int maximumSuffix) {
        int lengthAndFlags = Bytes.u16(memory, page + entry + LeafPage.ENTRY_SUFFIX_LENGTH);
        if ((lengthAndFlags & LeafPage.RESERVED_FLAGS) != 0) {
            throw PageCheck.anomaly(id, "known flags in entry " + index, Integer.toHexString(lengthAndFlags));
        }
        int suffixLength = lengthAndFlags & SUFFIX_LENGTH_MASK;
        int valueLength = LeafPage.valueLength(memory, page + entry);
        PageCheck.checkRange(id, "suffix length", 0, maximumSuffix, suffixLength);
        int value = entry + ENTRY_HEADER_BYTES + suffixLength;
        PageCheck.checkRange(id, "end of entry", value, end, value + valueLength);
        if ((lengthAndFlags & LeafPage.OVERFLOW) != 0) {
            PageCheck.check(id, "bytes of an overflow reference", OverflowReference.BYTES, valueLength);
            overflow(memory, page + value, id);
        }
        return value + valueLength;
    }

    private static void overflow(MemorySegment memory, long reference, int id) {
        PageCheck.checkRange(
                id, "first page of a run", 1, Integer.MAX_VALUE, OverflowReference.page(memory, reference));
        PageCheck.checkRange(
                id,
                "length of a value",
                0,
                OverflowReference.MAXIMUM_VALUE_BYTES,
                OverflowReference.valueLength(memory, reference));
    }

    private static void order(MemorySegment memory, long page, int id, int previous, int entry, int index) {
        if (previous < 0) {
            return;
        }
        int order = KeyOrder.compare(
                memory,
                page + previous + ENTRY_HEADER_BYTES,
                LeafPage.suffixLength(memory, page + previous),
                memory,
                page + entry + ENTRY_HEADER_BYTES,
                LeafPage.suffixLength(memory, page + entry));
        if (order >= 0) {
            throw PageCheck.anomaly(id, "ascending keys", order == 0 ? "key " + index + " twice" : "key " + index);
        }
    }

    /// What stands in front of the entries must lead to this one.
    private static void index(
            MemorySegment memory, long page, int id, int count, int index, int entry, byte[] key, int prefixLength) {
        long suffix = page + entry + ENTRY_HEADER_BYTES;
        int suffixLength = LeafPage.suffixLength(memory, page + entry);
        long head = KeyOrder.head(memory, suffix, suffixLength);
        PageCheck.check(id, "head", index, head, LeafPage.head(memory, page, count, index));
        MemorySegment.copy(memory, JAVA_BYTE, suffix, key, prefixLength, suffixLength);
        int fingerprint = KeyHash.fingerprint(KeyHash.hash(key, prefixLength + suffixLength)) & 0xff;
        PageCheck.check(id, "fingerprint", index, fingerprint, LeafPage.fingerprint(memory, page, index));
    }
}

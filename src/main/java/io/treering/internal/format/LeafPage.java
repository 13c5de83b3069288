package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// A page of entries, ascending by key.
///
/// Three entries whose keys share four bytes, in a page of 4,096:
///
/// ```
///  0        32             40      46    48      72       76        E       4064      4096
///  +--------+--------------+-------+-----+-------+--------+---------+-------+---------+
///  | header | fingerprints | slots | pad | heads | prefix | entries | zeros | trailer |
///  +--------+--------------+-------+-----+-------+--------+---------+-------+---------+
/// ```
///
/// * *fingerprints*: one byte an entry, the top byte of the key's hash; rounded up to eight with zeros. A point get
///   compares eight at a time and touches nothing else of a page that does not hold its key.
/// * *slots*: two bytes an entry, the entry's offset in the page; rounded up to eight with zeros.
/// * *heads*: the first eight bytes of each suffix, zero-padded, **big-endian**: for seeks.
/// * *prefix*: what all keys of the page begin with. A key's *suffix* is the key without it.
/// * *entries*: in key order, back to back, so that neighbours are copied as one block. E is the header's entries' end.
///
/// An entry:
///
/// ```
///  0                      2              4
///  +----------------------+--------------+--------+-------+
///  | suffix length, flags | value length | suffix | value |
///  +----------------------+--------------+--------+-------+
/// ```
///
/// The suffix length takes the lower 12 bits, the flags the upper four. With [#OVERFLOW] the value is an
/// [OverflowReference]; the other flags are reserved and zero.
public final class LeafPage {
    public static final int FINGERPRINTS = PageHeader.BYTES;
    public static final int FINGERPRINT_BYTES = 1;
    public static final int SLOT_BYTES = 2;
    public static final int HEAD_BYTES = 8;

    /// What an entry costs in front of the entries.
    public static final int INDEX_BYTES = FINGERPRINT_BYTES + SLOT_BYTES + HEAD_BYTES;

    public static final int ENTRY_SUFFIX_LENGTH = 0;
    public static final int ENTRY_VALUE_LENGTH = 2;
    public static final int ENTRY_HEADER_BYTES = 4;

    public static final int SUFFIX_LENGTH_MASK = 0x0fff;
    public static final int OVERFLOW = 0x1000;
    public static final int RESERVED_FLAGS = 0xe000;

    private LeafPage() {}

    /// The longest key of a store.
    public static int maximumKeyBytes(int pageSize) {
        return Math.min(pageSize / 4, SUFFIX_LENGTH_MASK);
    }

    /// An entry of up to so many bytes (its header, key and value) keeps its value in the leaf, unless the store is set
    /// up to keep less. Two of the largest fit into a page even where they share no prefix.
    public static int inlineLimit(int pageSize) {
        return (pageSize - PageHeader.BYTES - PageHeader.TRAILER_BYTES) / 2 - 32;
    }

    public static int slotsOffset(int count) {
        return FINGERPRINTS + Bytes.roundUp(count, 8);
    }

    public static int headsOffset(int count) {
        return FINGERPRINTS + Bytes.roundUp(count, 8) + Bytes.roundUp(SLOT_BYTES * count, 8);
    }

    public static int prefixOffset(int count) {
        return headsOffset(count) + HEAD_BYTES * count;
    }

    public static int entriesOffset(int count, int prefixLength) {
        return prefixOffset(count) + prefixLength;
    }

    public static int fingerprint(MemorySegment memory, long page, int index) {
        return Bytes.u8(memory, page + FINGERPRINTS + index);
    }

    /// Offset in the page of the entry at `index`.
    public static int slot(MemorySegment memory, long page, int count, int index) {
        return Bytes.u16(memory, page + slotsOffset(count) + (long) SLOT_BYTES * index);
    }

    public static long head(MemorySegment memory, long page, int count, int index) {
        return Bytes.head(memory, page + headsOffset(count) + (long) HEAD_BYTES * index);
    }

    /// @param entry the entry's offset in `memory` (not in the page)
    public static int suffixLength(MemorySegment memory, long entry) {
        return Bytes.u16(memory, entry + ENTRY_SUFFIX_LENGTH) & SUFFIX_LENGTH_MASK;
    }

    /// @param entry the entry's offset in `memory` (not in the page)
    public static boolean isOverflow(MemorySegment memory, long entry) {
        return (Bytes.u16(memory, entry + ENTRY_SUFFIX_LENGTH) & OVERFLOW) != 0;
    }

    /// @param entry the entry's offset in `memory` (not in the page)
    public static int valueLength(MemorySegment memory, long entry) {
        return Bytes.u16(memory, entry + ENTRY_VALUE_LENGTH);
    }
}

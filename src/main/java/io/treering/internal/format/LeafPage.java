package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.CacheLines;
import io.treering.internal.bytes.KeyOrder;
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

    /// [#find]: the page does not hold the key.
    public static final long ABSENT = -1;

    private static final int FOUND_OFFSET_SHIFT = 16;
    private static final long FOUND_OVERFLOW = 1L << 32;

    /// From the beginning of an entry, the last line that [#touch] has fetched: most entries are no longer.
    private static final int TOUCHED = 2 * CacheLines.BYTES;

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

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

    public static boolean isOverflow(long found) {
        return (found & FOUND_OVERFLOW) != 0;
    }

    /// Offset in the page of the value, or of its overflow reference.
    public static int valueOffset(long found) {
        return (int) (found >>> FOUND_OFFSET_SHIFT) & 0xffff;
    }

    /// Bytes at [#valueOffset].
    public static int valueLength(long found) {
        return (int) found & 0xffff;
    }

    /// Finds the entry of `key[0, length)`, by fingerprint.
    ///
    /// The page may be changing under an optimistic reader: whatever it holds, nothing outside of it is read, and
    /// what is impossible throws [PageAnomaly]. An answer counts once the reader knows that the page was not changed.
    ///
    /// @param fingerprint that of the whole key
    /// @return where the value is, to be taken apart by [#valueOffset], [#valueLength] and [#isOverflow], or [#ABSENT]
    public static long find(MemorySegment memory, long page, int pageSize, byte[] key, int length, byte fingerprint) {
        int count = PageHeader.count(memory, page);
        int prefixLength = PageHeader.prefixLength(memory, page);
        int limit = pageSize - PageHeader.TRAILER_BYTES;
        int entries = entriesOffset(count, prefixLength);
        if (entries > limit) {
            throw outOfBounds(memory, page, "entries", entries, limit);
        }
        long pattern = (fingerprint & 0xffL) * ONES;
        long slots = page + slotsOffset(count);
        for (int group = 0; group < count; group += Long.BYTES) {
            long difference = Bytes.i64(memory, page + FINGERPRINTS + group) ^ pattern;
            // The lowest bit set is at a zero byte; a higher one may be at a 1 behind it, and the compare sorts it out.
            long matches = (difference - ONES) & ~difference & HIGH_BITS;
            for (; matches != 0; matches &= matches - 1) {
                int index = group + (Long.numberOfTrailingZeros(matches) >>> 3);
                if (index >= count) {
                    break;
                }
                int entry = Bytes.u16(memory, slots + (long) SLOT_BYTES * index);
                long found = match(memory, page, entry, entries, limit, key, prefixLength, length);
                if (found != ABSENT) {
                    // Last, because it lies in a line of its own, which who misses need not wait for.
                    boolean same = prefixLength == 0
                            || hasPrefix(memory, page + prefixOffset(count), prefixLength, key, length);
                    return same ? found : ABSENT;
                }
            }
        }
        return ABSENT;
    }

    /// Offset in the page of the first entry with this fingerprint, which most likely is the one that [#find] looks
    /// for; another offset if there is none. A guess for [#touch]: bounded, whatever the page holds.
    public static int guess(MemorySegment memory, long page, int pageSize, byte fingerprint) {
        int count = PageHeader.count(memory, page);
        int limit = pageSize - PageHeader.TRAILER_BYTES - TOUCHED;
        int prefix = prefixOffset(count);
        if (prefix > limit) {
            return 0;
        }
        long pattern = (fingerprint & 0xffL) * ONES;
        for (int group = 0; group < count; group += Long.BYTES) {
            long difference = Bytes.i64(memory, page + FINGERPRINTS + group) ^ pattern;
            long matches = (difference - ONES) & ~difference & HIGH_BITS;
            if (matches != 0) {
                int index = Math.min(group + (Long.numberOfTrailingZeros(matches) >>> 3), count - 1);
                return Math.min(slot(memory, page, count, index), limit);
            }
        }
        return prefix;
    }

    /// Has the processor fetch an entry, without waiting for it, and the end of the page's prefix.
    ///
    /// @param entry from [#guess]
    /// @return for [CacheLines#keep]
    public static long touch(MemorySegment memory, long page, int entry) {
        // Entries begin behind the prefix, but for a page that has changed meanwhile.
        int prefix = Math.min(prefixOffset(PageHeader.count(memory, page)), entry);
        long touched = Bytes.i64(memory, page + prefix);
        for (int i = 0; i <= TOUCHED; i += CacheLines.BYTES) {
            touched += Bytes.i64(memory, page + entry + i);
        }
        return touched;
    }

    private static boolean hasPrefix(MemorySegment memory, long prefix, int prefixLength, byte[] key, int length) {
        return length >= prefixLength && KeyOrder.equal(key, 0, prefixLength, memory, prefix, prefixLength);
    }

    private static long match(
            MemorySegment memory, long page, int entry, int entries, int limit, byte[] key, int from, int length) {
        if (entry < entries || entry > limit - ENTRY_HEADER_BYTES) {
            throw outOfBounds(memory, page, "entry", entry, limit);
        }
        int header = Bytes.i32(memory, page + entry);
        int suffixLength = header & SUFFIX_LENGTH_MASK;
        int valueLength = header >>> 16;
        int value = entry + ENTRY_HEADER_BYTES + suffixLength;
        if (value + valueLength > limit) {
            throw outOfBounds(memory, page, "end of entry", value + valueLength, limit);
        }
        if (!KeyOrder.equal(key, from, length, memory, page + entry + ENTRY_HEADER_BYTES, suffixLength)) {
            return ABSENT;
        }
        return (header & OVERFLOW) * (FOUND_OVERFLOW / OVERFLOW) | (long) value << FOUND_OFFSET_SHIFT | valueLength;
    }

    /// The first entry whose key is `>= key[0, length)`. Bounded as [#find] is.
    ///
    /// @return its index if the key is the very same, otherwise `-index - 1`; the index is the count if all are smaller
    public static int lowerBound(MemorySegment memory, long page, int pageSize, byte[] key, int length) {
        int count = PageHeader.count(memory, page);
        int prefixLength = PageHeader.prefixLength(memory, page);
        int limit = pageSize - PageHeader.TRAILER_BYTES;
        int entries = entriesOffset(count, prefixLength);
        if (entries > limit) {
            throw outOfBounds(memory, page, "entries", entries, limit);
        }
        if (count == 0) {
            return -1;
        }
        if (prefixLength != 0) {
            int common = Math.min(prefixLength, length);
            int order = KeyOrder.compare(key, 0, common, memory, page + prefixOffset(count), prefixLength);
            if (order != 0) {
                // A key that ends within the prefix is smaller than all that have it.
                return order < 0 ? -1 : -count - 1;
            }
        }
        long head = KeyOrder.head(key, prefixLength, length);
        long heads = page + headsOffset(count);
        int index = Heads.firstAtLeast(memory, heads, 0, count, head);
        if (index == count || Bytes.head(memory, heads + (long) HEAD_BYTES * index) != head) {
            return -index - 1;
        }
        int end = Heads.endOfEqual(memory, heads, index, count, head);
        return lowerBoundAmongEqual(memory, page, index, end, count, entries, limit, key, prefixLength, length);
    }

    /// Heads that are equal say nothing: whole suffixes are compared.
    private static int lowerBoundAmongEqual(
            MemorySegment memory,
            long page,
            int from,
            int to,
            int count,
            int entries,
            int limit,
            byte[] key,
            int prefixLength,
            int length) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            int entry = slot(memory, page, count, middle);
            if (entry < entries || entry > limit - ENTRY_HEADER_BYTES) {
                throw outOfBounds(memory, page, "entry", entry, limit);
            }
            int suffixLength = suffixLength(memory, page + entry);
            int suffix = entry + ENTRY_HEADER_BYTES;
            if (suffix + suffixLength > limit) {
                throw outOfBounds(memory, page, "end of suffix", suffix + suffixLength, limit);
            }
            int order = KeyOrder.compare(key, prefixLength, length, memory, page + suffix, suffixLength);
            if (order == 0) {
                return middle;
            }
            if (order > 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return -low - 1;
    }

    private static PageAnomaly outOfBounds(MemorySegment memory, long page, String what, int found, int limit) {
        return new PageAnomaly(
                PageHeader.pageId(memory, page), what + " within the page's " + limit, Integer.toString(found));
    }

    /// Checks all of a page that comes from the device, hostile bytes included.
    ///
    /// @param id the id under which the page was read
    /// @param crc the checksum that the referring page holds
    /// @throws PageAnomaly if anything is not as this class says
    public static void validate(MemorySegment memory, long page, int pageSize, int id, int crc) {
        PageCheck.header(memory, page, pageSize, id, crc);
        LeafCheck.structure(memory, page, pageSize, id);
    }
}

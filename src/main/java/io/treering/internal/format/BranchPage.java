package io.treering.internal.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;

/// A page of children, ascending by the separators between them.
///
/// Three children whose separators share four bytes, in a page of 4,096:
///
/// ```
///  0        32      48      72          84           96      102      106     E       4064      4096
///  +--------+-------+-------+-----------+------------+-------+--------+-------+-------+---------+
///  | header | model | heads | child ids | child crcs | slots | prefix | tails | zeros | trailer |
///  +--------+-------+-------+-----------+------------+-------+--------+-------+-------+---------+
/// ```
///
/// Child i holds the keys from separator i up to separator i + 1. Separator 0 is the low fence of the page; a search
/// never compares it, so that the leftmost path holds everything below.
///
/// * *heads*: the first eight bytes of each separator's suffix, zero-padded, **big-endian**.
/// * *slots*: two bytes a separator. 0 to 8: the suffix has that length and lies wholly in the head. Otherwise: the
///   offset in the page of its tail.
/// * *prefix*: what all separators of the page begin with, separator 0 included. A *suffix* is the rest.
/// * *tails*: in order, back to back. E is the header's entries' end. A tail:
///
/// ```
///  0             2
///  +-------------+----------------------------+
///  | tail length | suffix behind its 8th byte |
///  +-------------+----------------------------+
/// ```
///
/// The model says where in the heads to look for a key ([#estimate]):
///
/// ```
///  0               8               10            12           16
///  +---------------+---------------+-------------+------------+
///  |     slope     | largest error | search kind |  reserved  |
///  +---------------+---------------+-------------+------------+
/// ```
public final class BranchPage {
    public static final int MODEL = PageHeader.BYTES;
    public static final int MODEL_SLOPE = 0;
    public static final int MODEL_LARGEST_ERROR = 8;
    public static final int MODEL_SEARCH_KIND = 10;
    public static final int MODEL_RESERVED = 12;
    public static final int MODEL_BYTES = 16;

    /// The heads are too skewed for a line: binary search.
    public static final int BINARY = 0;

    /// Interpolation, then ever larger steps away from the estimate, whose first is a part of the largest error: most
    /// heads lie much nearer. Twice as fast as halving the range between the error's bounds where pages are out of the
    /// nearest cache, since it touches two or three cache lines.
    public static final int INTERPOLATION = 1;

    public static final int HEADS = MODEL + MODEL_BYTES;
    public static final int HEAD_BYTES = 8;
    public static final int CHILD_ID_BYTES = 4;
    public static final int CHILD_CRC_BYTES = 4;
    public static final int SLOT_BYTES = 2;

    /// Half a cache line of heads.
    private static final int SMALLEST_STEP = 4;

    /// What a child costs in front of the tails.
    public static final int INDEX_BYTES = HEAD_BYTES + CHILD_ID_BYTES + CHILD_CRC_BYTES + SLOT_BYTES;

    /// The longest suffix that needs no tail.
    public static final int LONGEST_IN_HEAD = 8;

    public static final int TAIL_LENGTH = 0;
    public static final int TAIL_HEADER_BYTES = 2;

    private BranchPage() {}

    public static int childIdsOffset(int count) {
        return HEADS + HEAD_BYTES * count;
    }

    public static int childCrcsOffset(int count) {
        return HEADS + (HEAD_BYTES + CHILD_ID_BYTES) * count;
    }

    public static int slotsOffset(int count) {
        return HEADS + (HEAD_BYTES + CHILD_ID_BYTES + CHILD_CRC_BYTES) * count;
    }

    public static int prefixOffset(int count) {
        return HEADS + INDEX_BYTES * count;
    }

    public static int tailsOffset(int count, int prefixLength) {
        return prefixOffset(count) + prefixLength;
    }

    public static long head(MemorySegment memory, long page, int index) {
        return Bytes.head(memory, page + HEADS + (long) HEAD_BYTES * index);
    }

    public static int childId(MemorySegment memory, long page, int count, int index) {
        return Bytes.i32(memory, page + childIdsOffset(count) + (long) CHILD_ID_BYTES * index);
    }

    public static int childCrc(MemorySegment memory, long page, int count, int index) {
        return Bytes.i32(memory, page + childCrcsOffset(count) + (long) CHILD_CRC_BYTES * index);
    }

    /// The child at `index` as a [PageReference].
    public static long child(MemorySegment memory, long page, int count, int index) {
        return PageReference.of(childId(memory, page, count, index), childCrc(memory, page, count, index));
    }

    /// Length of a suffix up to [#LONGEST_IN_HEAD], or the offset in the page of its tail.
    public static int slot(MemorySegment memory, long page, int count, int index) {
        return Bytes.u16(memory, page + slotsOffset(count) + (long) SLOT_BYTES * index);
    }

    public static double slope(MemorySegment memory, long page) {
        return Bytes.f64(memory, page + MODEL + MODEL_SLOPE);
    }

    public static int largestError(MemorySegment memory, long page) {
        return Bytes.u16(memory, page + MODEL + MODEL_LARGEST_ERROR);
    }

    public static int searchKind(MemorySegment memory, long page) {
        return Bytes.u16(memory, page + MODEL + MODEL_SEARCH_KIND);
    }

    /// Where a head should stand among the heads from index 1 on, for `head >= firstHead` (unsigned): at or above 1,
    /// not bounded above. `firstHead` is the head at index 1; head 0 is left out, because it is never searched for,
    /// and on the leftmost path, where it is empty, it would bend the line.
    ///
    /// Never falls as `head` grows: that, with the largest error over the page's own heads, bounds the error for every
    /// key. A search is right for any estimate, and fast for a near one.
    public static int estimate(double slope, long firstHead, long head) {
        return 1 + Math.min((int) (slope * (double) ((head - firstHead) >>> 1)), 1 << 20);
    }

    /// Computes the model of a page whose header and heads are written, and writes it.
    public static void writeModel(MemorySegment memory, long page, int count) {
        double slope = slopeOf(memory, page, count);
        int largest = largestError(memory, page, count, slope);
        boolean straight = count > 2 && largest <= count / 8 + 2;
        Bytes.putF64(memory, page + MODEL + MODEL_SLOPE, straight ? slope : 0);
        Bytes.putU16(memory, page + MODEL + MODEL_LARGEST_ERROR, straight ? largest : 0);
        Bytes.putU16(memory, page + MODEL + MODEL_SEARCH_KIND, straight ? INTERPOLATION : BINARY);
        Bytes.putI32(memory, page + MODEL + MODEL_RESERVED, 0);
    }

    /// The line through the heads at 1 and at the end.
    private static double slopeOf(MemorySegment memory, long page, int count) {
        if (count <= 2) {
            return 0;
        }
        long range = (head(memory, page, count - 1) - head(memory, page, 1)) >>> 1;
        return range == 0 ? 0 : (count - 2) / (double) range;
    }

    /// How far the model misses the page's own heads at most.
    static int largestError(MemorySegment memory, long page, int count, double slope) {
        int largest = 0;
        for (int i = 1; i < count; i++) {
            int estimate = estimate(slope, head(memory, page, 1), head(memory, page, i));
            largest = Math.max(largest, Math.abs(estimate - i));
        }
        return largest;
    }

    /// Which child holds `key[0, length)`.
    ///
    /// The page may be changing under an optimistic reader: whatever it holds, nothing outside of it is read, and
    /// what is impossible throws [PageAnomaly]. An answer counts once the reader knows that the page was not changed.
    ///
    /// @param count the page's count, which the caller has read once: together with it, the answer is safe to use in
    ///     [#child], whatever the page says by then
    /// @return the child's index, below `count`
    public static int search(MemorySegment memory, long page, int pageSize, int count, byte[] key, int length) {
        int prefixLength = PageHeader.prefixLength(memory, page);
        int limit = pageSize - PageHeader.TRAILER_BYTES;
        int tails = tailsOffset(count, prefixLength);
        if (count == 0 || tails > limit) {
            throw outOfBounds(memory, page, "children", count, limit);
        }
        if (count == 1) {
            return 0;
        }
        if (prefixLength != 0) {
            int common = Math.min(prefixLength, length);
            int order = KeyOrder.compare(key, 0, common, memory, page + prefixOffset(count), prefixLength);
            if (order != 0) {
                // A key that ends within the prefix is smaller than all separators.
                return order < 0 ? 0 : count - 1;
            }
        }
        long head = KeyOrder.head(key, prefixLength, length);
        int index = lastAtMost(memory, page, count, head);
        if (index == 0 || head(memory, page, index) != head) {
            return index;
        }
        return lastAmongEqual(memory, page, count, index, tails, limit, head, key, prefixLength, length);
    }

    /// The last index from 1 on whose head is `<= head`, or 0.
    private static int lastAtMost(MemorySegment memory, long page, int count, long head) {
        long first = head(memory, page, 1);
        if (Long.compareUnsigned(head, first) < 0) {
            return 0;
        }
        if (searchKind(memory, page) != INTERPOLATION) {
            return Heads.lastAtMost(memory, page + HEADS, 1, count, head);
        }
        int estimate = Math.clamp(estimate(slope(memory, page), first, head), 1, count - 1);
        int step = SMALLEST_STEP + (largestError(memory, page) >>> 2);
        return Heads.lastAtMostNear(memory, page + HEADS, 1, count, head, estimate, step);
    }

    /// Equal heads say nothing: the last of them, at `last`, may still be above the key.
    private static int lastAmongEqual(
            MemorySegment memory,
            long page,
            int count,
            int last,
            int tails,
            int limit,
            long head,
            byte[] key,
            int prefixLength,
            int length) {
        int suffixLength = length - prefixLength;
        if (isAtMost(memory, page, count, last, tails, limit, key, prefixLength, suffixLength)) {
            return last;
        }
        // The answer is in [low, high): low stands for "not among the equal ones" at first.
        int low = Heads.firstAtLeast(memory, page + HEADS, 1, last + 1, head) - 1;
        int high = last;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (isAtMost(memory, page, count, middle, tails, limit, key, prefixLength, suffixLength)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// Whether the separator at `index`, whose head is the key's, is at most the key.
    private static boolean isAtMost(
            MemorySegment memory,
            long page,
            int count,
            int index,
            int tails,
            int limit,
            byte[] key,
            int prefixLength,
            int suffixLength) {
        int slot = slot(memory, page, count, index);
        if (slot <= LONGEST_IN_HEAD) {
            // Both heads are the same bytes, padding included: the longer one only has zeros more.
            return slot <= suffixLength;
        }
        if (suffixLength <= LONGEST_IN_HEAD) {
            return false;
        }
        if (slot < tails || slot > limit - TAIL_HEADER_BYTES) {
            throw outOfBounds(memory, page, "tail", slot, limit);
        }
        int tail = slot + TAIL_HEADER_BYTES;
        int tailLength = Bytes.u16(memory, page + slot + TAIL_LENGTH);
        if (tail + tailLength > limit) {
            throw outOfBounds(memory, page, "end of tail", tail + tailLength, limit);
        }
        int from = prefixLength + LONGEST_IN_HEAD;
        return KeyOrder.compare(key, from, prefixLength + suffixLength, memory, page + tail, tailLength) >= 0;
    }

    /// Copies a whole separator, prefix included, and returns its length. The page is one that nobody changes.
    ///
    /// @param into at least as long as the longest key of a store
    public static int separator(MemorySegment memory, long page, int index, byte[] into) {
        int count = PageHeader.count(memory, page);
        int prefixLength = PageHeader.prefixLength(memory, page);
        MemorySegment.copy(memory, JAVA_BYTE, page + prefixOffset(count), into, 0, prefixLength);
        int slot = slot(memory, page, count, index);
        int inHead = Math.min(slot, LONGEST_IN_HEAD);
        long head = page + HEADS + (long) HEAD_BYTES * index;
        MemorySegment.copy(memory, JAVA_BYTE, head, into, prefixLength, inHead);
        if (slot <= LONGEST_IN_HEAD) {
            return prefixLength + inHead;
        }
        int tailLength = Bytes.u16(memory, page + slot + TAIL_LENGTH);
        long tail = page + slot + TAIL_HEADER_BYTES;
        MemorySegment.copy(memory, JAVA_BYTE, tail, into, prefixLength + inHead, tailLength);
        return prefixLength + inHead + tailLength;
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
        BranchCheck.structure(memory, page, pageSize, id);
    }
}

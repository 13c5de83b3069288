package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// A page of children, ascending by the separators between them.
///
/// Three children whose separators share four bytes, in a page of 4,096:
///
/// ```
///  0        32      48      72          84           96     102      106     E       4064      4096
///  +--------+-------+-------+-----------+------------+------+--------+-------+-------+---------+
///  | header | model | heads | child ids | child crcs | slots | prefix | tails | zeros | trailer |
///  +--------+-------+-------+-----------+------------+------+--------+-------+-------+---------+
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

    /// Interpolation, then binary search between the error's bounds.
    public static final int INTERPOLATION = 1;

    public static final int HEADS = MODEL + MODEL_BYTES;
    public static final int HEAD_BYTES = 8;
    public static final int CHILD_ID_BYTES = 4;
    public static final int CHILD_CRC_BYTES = 4;
    public static final int SLOT_BYTES = 2;

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
    /// not
    /// bounded above. `firstHead` is the head at index 1; head 0 is left out, because it is never searched for, and on
    /// the leftmost path, where it is empty, it would bend the line.
    ///
    /// Never falls as `head` grows: that, with the largest error over the page's own heads, bounds the error for every
    /// key. So the arithmetic is part of the format: one rounding each, in this order.
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
}

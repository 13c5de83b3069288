package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// Binary search over contiguous heads: unsigned, ascending, eight bytes each.
///
/// The halving loops hold one conditional move and no branch that depends on the keys, which would be mispredicted
/// every other time. All indices stay within the range given, whatever the heads are.
final class Heads {
    private static final int HEAD_BYTES = Long.BYTES;

    private Heads() {}

    /// The first index in `[from, to)` whose head is `>= head`, or `to`; the range is not empty.
    static int firstAtLeast(MemorySegment memory, long heads, int from, int to, long head) {
        long sought = head + Long.MIN_VALUE;
        int base = from;
        int length = to - from;
        while (length > 1) {
            int half = length >>> 1;
            base = at(memory, heads, base + half - 1) < sought ? base + half : base;
            length -= half;
        }
        return at(memory, heads, base) < sought ? base + 1 : base;
    }

    /// The last index in `[from, to)` whose head is `<= head`, or `from` if there is none; the range is not empty.
    static int lastAtMost(MemorySegment memory, long heads, int from, int to, long head) {
        long sought = head + Long.MIN_VALUE;
        int base = from;
        int length = to - from;
        while (length > 1) {
            int half = length >>> 1;
            base = at(memory, heads, base + half) <= sought ? base + half : base;
            length -= half;
        }
        return base;
    }

    /// As [#lastAtMost], for a range whose answer is near `guess`: steps away from it, each twice as long as the one
    /// before, until the answer is between two of them. A `guess` within the range is all that is asked of it.
    static int lastAtMostNear(MemorySegment memory, long heads, int from, int to, long head, int guess, int firstStep) {
        long sought = head + Long.MIN_VALUE;
        int step = firstStep;
        int low = guess;
        int high = guess;
        if (at(memory, heads, guess) <= sought) {
            high = Math.min(to, low + step);
            while (high < to && at(memory, heads, high) <= sought) {
                low = high;
                step <<= 1;
                high = Math.min(to, low + step);
            }
        } else {
            low = Math.max(from, high - step);
            while (low > from && at(memory, heads, low) > sought) {
                high = low;
                step <<= 1;
                low = Math.max(from, high - step);
            }
        }
        return high > low ? lastAtMost(memory, heads, low, high, head) : low;
    }

    /// The end of the heads equal to `head` that begin at `from`.
    static int endOfEqual(MemorySegment memory, long heads, int from, int to, long head) {
        int next = from + 1;
        if (next >= to || Bytes.head(memory, heads + (long) HEAD_BYTES * next) != head) {
            return next;
        }
        return lastAtMost(memory, heads, next, to, head) + 1;
    }

    private static long at(MemorySegment memory, long heads, int index) {
        return Bytes.head(memory, heads + (long) HEAD_BYTES * index) + Long.MIN_VALUE;
    }
}

package io.treering.internal.freelist;

import java.util.Arrays;

/// One bit a page, in the layout that region pages have on disk.
///
/// Ranges are half-open. The bitmap grows on demand by [#ensure]; what it does not reach is clear.
final class PageBitmap {
    private long[] words = {};

    /// Makes room for at least so many pages.
    void ensure(long pages) {
        int needed = (int) ((pages + Long.SIZE - 1) / Long.SIZE);
        if (needed > words.length) {
            words = Arrays.copyOf(words, needed);
        }
    }

    /// The bits, 64 pages to a word, for those who encode or decode whole regions.
    long[] words() {
        return words;
    }

    /// Bytes of the Java heap.
    long heapBytes() {
        return (long) words.length * Long.BYTES;
    }

    boolean get(int page) {
        return (words[page >>> 6] & (1L << page)) != 0;
    }

    void set(int from, int to) {
        for (int page = from; page < to; ) {
            int stop = wordEnd(page, to);
            words[page >>> 6] |= mask(page, stop);
            page = stop;
        }
    }

    void clear(int from, int to) {
        for (int page = from; page < to; ) {
            int stop = wordEnd(page, to);
            words[page >>> 6] &= ~mask(page, stop);
            page = stop;
        }
    }

    void clearAll() {
        Arrays.fill(words, 0);
    }

    void copyFrom(PageBitmap other) {
        words = other.words.clone();
    }

    int count(int from, int to) {
        int count = 0;
        for (int page = from; page < to; ) {
            int stop = wordEnd(page, to);
            count += Long.bitCount(words[page >>> 6] & mask(page, stop));
            page = stop;
        }
        return count;
    }

    boolean allSet(int from, int to) {
        return nextClear(from, to) == to;
    }

    boolean allClear(int from, int to) {
        return nextSet(from, to) == to;
    }

    /// The first set page in the range, or its end.
    int nextSet(int from, int to) {
        for (int page = from; page < to; ) {
            int stop = wordEnd(page, to);
            long found = words[page >>> 6] & mask(page, stop);
            if (found != 0) {
                return (page & -Long.SIZE) + Long.numberOfTrailingZeros(found);
            }
            page = stop;
        }
        return to;
    }

    /// The first clear page in the range, or its end.
    int nextClear(int from, int to) {
        for (int page = from; page < to; ) {
            int stop = wordEnd(page, to);
            long found = ~words[page >>> 6] & mask(page, stop);
            if (found != 0) {
                return (page & -Long.SIZE) + Long.numberOfTrailingZeros(found);
            }
            page = stop;
        }
        return to;
    }

    /// The page behind the last set one in the range, or its start.
    int endOfSet(int from, int to) {
        for (int page = to; page > from; ) {
            int start = Math.max(from, (page - 1) & -Long.SIZE);
            long found = words[start >>> 6] & mask(start, page);
            if (found != 0) {
                return (start & -Long.SIZE) + Long.SIZE - Long.numberOfLeadingZeros(found);
            }
            page = start;
        }
        return from;
    }

    /// The length of the longest run of clear pages within the range.
    int longestClear(int from, int to) {
        int longest = 0;
        for (int page = nextClear(from, to); page < to; ) {
            int end = nextSet(page, to);
            longest = Math.max(longest, end - page);
            page = nextClear(end, to);
        }
        return longest;
    }

    private static int wordEnd(int page, int to) {
        int end = (page | (Long.SIZE - 1)) + 1;
        return end < 0 ? to : Math.min(to, end);
    }

    /// The bits of `[from, to)`, a range that is not empty and lies in one word.
    private static long mask(int from, int to) {
        return (-1L << from) & (-1L >>> -to);
    }
}

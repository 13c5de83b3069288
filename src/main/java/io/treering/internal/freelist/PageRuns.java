package io.treering.internal.freelist;

import java.util.Arrays;

/// A growing list of runs of pages, each with the generation that wrote it.
final class PageRuns {
    private int[] first = new int[16];
    private int[] pages = new int[16];
    private long[] birth = new long[16];
    private int size;

    int size() {
        return size;
    }

    int first(int i) {
        return first[i];
    }

    /// The page behind the run.
    int end(int i) {
        return first[i] + pages[i];
    }

    long birth(int i) {
        return birth[i];
    }

    void add(int firstPage, int count, long born) {
        if (size == first.length) {
            first = Arrays.copyOf(first, size * 2);
            pages = Arrays.copyOf(pages, size * 2);
            birth = Arrays.copyOf(birth, size * 2);
        }
        first[size] = firstPage;
        pages[size] = count;
        birth[size] = born;
        size++;
    }

    /// Removes run `i`; the last one takes its place.
    void remove(int i) {
        size--;
        first[i] = first[size];
        pages[i] = pages[size];
        birth[i] = birth[size];
    }

    /// Bytes of the Java heap.
    long heapBytes() {
        return (long) first.length * (2 * Integer.BYTES + Long.BYTES);
    }

    long totalPages() {
        long total = 0;
        for (int i = 0; i < size; i++) {
            total += pages[i];
        }
        return total;
    }
}

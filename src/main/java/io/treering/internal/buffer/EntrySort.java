package io.treering.internal.buffer;

import java.util.Arrays;

/// Sorts packed entries by key.
///
/// ## Algorithmic notes
///
/// Most keys differ in their head bits, so numbers are sorted first: by least-significant-digit radix sort where
/// there are many, by the JDK's sort where there are few. What is left are *ties*, groups with equal head bits. A
/// group is sorted by what stands behind its own common prefix, in the same way, so that `tenant-a/…` and
/// `tenant-b/…` cost two rounds, not a comparison of whole keys at each step. After a few rounds, and where a round
/// cannot divide a group (zero bytes look like the padding of a shorter key), a merge sort with full comparisons ends
/// it. So no input costs more than O(n log n) comparisons. Nothing here relies on comparisons being consistent: under
/// a reader the memory may be recycled, and then the result is senseless but there is one.
final class EntrySort {
    private static final int RADIX_BITS = 11;
    private static final int RADIX = 1 << RADIX_BITS;

    /// From here on, radix sort beats the JDK's sort.
    private static final int MANY = 1_000;

    /// Groups up to this size are sorted by insertion.
    private static final int FEW = 8;

    private static final int ROUNDS = 6;

    private EntrySort() {}

    /// Sorts `packed[0, size)`, whose keys are distinct, by key.
    static void sort(EntryOrder order, long[] packed, int size) {
        sort(order, packed, size, ROUNDS);
    }

    private static void sort(EntryOrder order, long[] packed, int size, int rounds) {
        if (size < MANY) {
            Arrays.sort(packed, 0, size);
        } else if (!ascends(packed, size)) {
            radixSort(packed, size, order.referenceBits());
        }
        for (int from = 0; from < size; ) {
            int to = from + 1;
            while (to < size && order.sameHead(packed[from], packed[to])) {
                to++;
            }
            if (to - from > 1) {
                sortTied(order, packed, from, to, rounds);
            }
            from = to;
        }
    }

    private static boolean ascends(long[] packed, int size) {
        int at = 1;
        while (at < size && packed[at - 1] <= packed[at]) {
            at++;
        }
        return at >= size;
    }

    private static void sortTied(EntryOrder order, long[] packed, int from, int to, int rounds) {
        if (to - from <= FEW) {
            insertionSort(order, packed, from, to);
            return;
        }
        if (rounds > 0 && sortBehindPrefix(order, packed, from, to, rounds)) {
            return;
        }
        mergeSort(order, packed, from, to);
    }

    /// False if the keys' heads behind the group's own prefix are still all equal.
    private static boolean sortBehindPrefix(EntryOrder order, long[] packed, int from, int to, int rounds) {
        int prefix = Integer.MAX_VALUE;
        for (int i = from + 1; i < to; i++) {
            prefix = order.commonPrefix(packed[from], packed[i], prefix);
        }
        EntryOrder inner = order.withPrefix(prefix);
        long[] group = new long[to - from];
        boolean divided = false;
        for (int i = 0; i < group.length; i++) {
            group[i] = inner.pack(order.entry(packed[from + i]));
            divided |= !inner.sameHead(group[0], group[i]);
        }
        if (!divided) {
            return false;
        }
        sort(inner, group, group.length, rounds - 1);
        for (int i = 0; i < group.length; i++) {
            packed[from + i] = order.withHeadOf(packed[from], group[i]);
        }
        return true;
    }

    private static void insertionSort(EntryOrder order, long[] packed, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            long moving = packed[i];
            int at = i;
            while (at > from && order.compareTied(packed[at - 1], moving) > 0) {
                packed[at] = packed[at - 1];
                at--;
            }
            packed[at] = moving;
        }
    }

    private static void mergeSort(EntryOrder order, long[] packed, int from, int to) {
        int size = to - from;
        for (int start = from; start < to; start += FEW) {
            insertionSort(order, packed, start, Math.min(start + FEW, to));
        }
        long[] source = Arrays.copyOfRange(packed, from, to);
        long[] target = new long[size];
        for (long width = FEW; width < size; width *= 2) {
            for (long start = 0; start < size; start += 2 * width) {
                int middle = (int) Math.min(start + width, size);
                int stop = (int) Math.min(start + 2 * width, size);
                mergeNeighbours(order, source, (int) start, middle, stop, target);
            }
            long[] sorted = target;
            target = source;
            source = sorted;
        }
        System.arraycopy(source, 0, packed, from, size);
    }

    private static void mergeNeighbours(EntryOrder order, long[] source, int from, int middle, int to, long[] target) {
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++) {
            boolean takeLeft = right == to || (left < middle && order.compareTied(source[left], source[right]) <= 0);
            target[i] = takeLeft ? source[left++] : source[right++];
        }
    }

    /// Sorts by the bits from `lowestBit` up; what is equal there keeps its order.
    private static void radixSort(long[] packed, int size, int lowestBit) {
        int digits = (Long.SIZE - lowestBit + RADIX_BITS - 1) / RADIX_BITS;
        int[] counts = new int[digits * RADIX];
        for (int i = 0; i < size; i++) {
            long bits = (packed[i] ^ Long.MIN_VALUE) >>> lowestBit;
            for (int digit = 0; digit < digits; digit++) {
                counts[digit * RADIX + ((int) bits & (RADIX - 1))]++;
                bits >>>= RADIX_BITS;
            }
        }
        long[] source = packed;
        long[] target = new long[size];
        boolean inPlace = true;
        for (int digit = 0; digit < digits; digit++) {
            int shift = lowestBit + digit * RADIX_BITS;
            int base = digit * RADIX;
            int any = (int) ((source[0] ^ Long.MIN_VALUE) >>> shift) & (RADIX - 1);
            if (counts[base + any] == size) {
                continue;
            }
            countsToPlaces(counts, base);
            distribute(source, target, size, counts, base, shift);
            long[] sorted = target;
            target = source;
            source = sorted;
            inPlace = !inPlace;
        }
        if (!inPlace) {
            System.arraycopy(source, 0, packed, 0, size);
        }
    }

    private static void countsToPlaces(int[] counts, int base) {
        int place = 0;
        for (int i = base; i < base + RADIX; i++) {
            int count = counts[i];
            counts[i] = place;
            place += count;
        }
    }

    private static void distribute(long[] source, long[] target, int size, int[] places, int base, int shift) {
        for (int i = 0; i < size; i++) {
            long packed = source[i];
            int digit = (int) ((packed ^ Long.MIN_VALUE) >>> shift) & (RADIX - 1);
            target[places[base + digit]++] = packed;
        }
    }
}

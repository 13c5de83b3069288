package io.treering.internal.buffer;

import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;

/// The order of a buffer that is still being written: runs of sorted entries, the oldest and longest first.
///
/// Each call sorts what came since the last one into a new run and merges it with the runs before it as long as those
/// are less than twice as long. So there are O(log n) runs, an entry is moved O(log n) times in all, and a scan after
/// K new writes costs O(K log K), not a sort of everything. Runs never change once built: views share them.
///
/// The lock is for those who ask for an order; the writer never takes it and goes on appending meanwhile.
///
/// Arrays as large as the buffer has entries are what a small heap runs out of first. So whatever is replaced stays
/// until the new one is complete: a scan that fails changes nothing, and the merge of the buffer finds every entry.
final class SortedRuns {
    /// Runs shorter than this are merged whatever stands before them: a cursor pays for each run at each step.
    private static final int SHORT = 64;

    /// No more than one run per bit of a count.
    private static final int MAXIMUM_RUNS = 64;

    private static final long[] NONE = {};

    private final WriteBuffer buffer;
    private final IntFunction<long[]> memory;
    private final ReentrantLock lock = new ReentrantLock();

    // All below: under the lock.

    private EntryOrder order;
    private final long[][] runs = new long[MAXIMUM_RUNS][];
    private int runCount;

    /// Everything up to this sequence is in the runs, and the entry behind it starts here.
    private long sortedUpTo;

    private long next = BufferMemory.FIRST_ENTRY;

    /// Read without the lock, which is held for as long as a sort takes.
    private volatile long heapBytes;

    SortedRuns(WriteBuffer buffer) {
        this(buffer, long[]::new);
    }

    /// @param memory makes the large arrays; a test has it fail
    SortedRuns(WriteBuffer buffer, IntFunction<long[]> memory) {
        this.buffer = buffer;
        this.memory = memory;
        this.order = new EntryOrder(buffer, 0);
        Arrays.fill(runs, NONE);
    }

    /// All entries up to a sequence, which must be visible.
    SortedEntries upTo(long sequence) {
        lock.lock();
        try {
            extend(sequence);
            return view(sequence);
        } finally {
            lock.unlock();
        }
    }

    /// The entries in `(after, upTo]`, of which `upTo` must be visible, in one run.
    SortedEntries between(long after, long upTo) {
        if (upTo > after && after < firstSequence()) {
            return fromStart(upTo);
        }
        EntryWindow window = new EntryWindow(buffer, new EntryOrder(buffer, guessPrefix()));
        long[] run = window.collect(BufferMemory.FIRST_ENTRY, after, upTo);
        return new SortedEntries(buffer, window.order(), new long[][] {run}, upTo);
    }

    /// What a merge of the whole buffer sorts serves the scans that come meanwhile, and the other way round.
    private SortedEntries fromStart(long upTo) {
        lock.lock();
        try {
            extend(upTo);
            while (runCount > 1) {
                mergeLastTwo();
            }
            return view(upTo);
        } finally {
            lock.unlock();
        }
    }

    /// Bytes of the Java heap.
    long heapBytes() {
        return heapBytes;
    }

    private SortedEntries view(long sequence) {
        long entries = 0;
        for (int i = 0; i < runCount; i++) {
            entries += runs[i].length;
        }
        heapBytes = entries * Long.BYTES;
        return new SortedEntries(buffer, order, Arrays.copyOf(runs, runCount), sequence);
    }

    private void extend(long sequence) {
        if (sequence <= sortedUpTo) {
            return;
        }
        while (runCount == MAXIMUM_RUNS) {
            // Merges have failed before.
            mergeLastTwo();
        }
        EntryOrder known = runCount == 0 ? new EntryOrder(buffer, guessPrefix()) : order;
        EntryWindow window = new EntryWindow(buffer, known);
        long[] run = window.collect(next, sortedUpTo, sequence);
        changeOrder(window.order());
        next = window.end();
        sortedUpTo = sequence;
        if (run.length == 0) {
            return;
        }
        runs[runCount++] = run;
        while (runCount > 1 && shouldMerge(runs[runCount - 2].length, runs[runCount - 1].length)) {
            mergeLastTwo();
        }
    }

    private static boolean shouldMerge(int older, int newer) {
        return older < SHORT || older / 2 < newer;
    }

    /// A key came that does not share the prefix: all runs are packed anew, as copies, because views hold them.
    private void changeOrder(EntryOrder changed) {
        if (changed.prefixLength() != order.prefixLength()) {
            long[][] repacked = new long[runCount][];
            for (int i = 0; i < runCount; i++) {
                repacked[i] = memory.apply(runs[i].length);
                System.arraycopy(runs[i], 0, repacked[i], 0, runs[i].length);
                EntryWindow.repack(changed, repacked[i], repacked[i].length);
            }
            System.arraycopy(repacked, 0, runs, 0, runCount);
        }
        order = changed;
    }

    private void mergeLastTwo() {
        long[] merged = merge(runs[runCount - 2], runs[runCount - 1]);
        runs[--runCount] = NONE;
        runs[runCount - 1] = merged;
    }

    /// Merges two runs; of a key that is in both, the newer version stays.
    private long[] merge(long[] older, long[] newer) {
        long[] merged = memory.apply(older.length + newer.length);
        int i = 0;
        int j = 0;
        int size = 0;
        while (i < older.length && j < newer.length) {
            int comparison = order.compare(older[i], newer[j]);
            if (comparison < 0) {
                merged[size++] = older[i++];
            } else {
                merged[size++] = newer[j++];
                i += comparison == 0 ? 1 : 0;
            }
        }
        System.arraycopy(older, i, merged, size, older.length - i);
        size += older.length - i;
        System.arraycopy(newer, j, merged, size, newer.length - j);
        size += newer.length - j;
        return size == merged.length ? merged : Arrays.copyOf(merged, size);
    }

    private long firstSequence() {
        return buffer.end() > BufferMemory.FIRST_ENTRY ? buffer.sequence(BufferMemory.FIRST_ENTRY) : Long.MAX_VALUE;
    }

    /// A first idea of what all keys have in common; collecting corrects it.
    private int guessPrefix() {
        int longest = buffer.keyLength(BufferMemory.FIRST_ENTRY);
        int common = buffer.commonHeadBytes();
        return common == Long.BYTES ? longest : Math.min(common, longest);
    }
}

package io.treering.internal.buffer;

/// Entries of a write buffer in key order, each key once: an immutable view as of one sequence.
///
/// Entries are named by their offsets in the buffer's memory. The view holds no entry's bytes, so whoever reads some
/// checks [WriteBuffer#isCurrent] as for any other read.
public final class SortedEntries {
    private final WriteBuffer buffer;
    private final EntryOrder order;
    private final long[][] runs;
    private final long sequence;

    /// @param runs ascending and without duplicates each; of a key that is in several, the last run's version is newest
    SortedEntries(WriteBuffer buffer, EntryOrder order, long[][] runs, long sequence) {
        this.buffer = buffer;
        this.order = order;
        this.runs = runs;
        this.sequence = sequence;
    }

    public WriteBuffer buffer() {
        return buffer;
    }

    /// The sequence as of which the view is.
    public long sequence() {
        return sequence;
    }

    /// A number of keys that the view does not exceed; exact where all of the buffer was visible in one run, as in a
    /// merge of a frozen buffer.
    public long atMost() {
        long entries = 0;
        for (long[] run : runs) {
            entries += run.length;
        }
        return entries;
    }

    public boolean isEmpty() {
        return atMost() == 0;
    }

    /// In how many runs the entries lie: what a cursor compares at each step.
    int runs() {
        return runs.length;
    }

    /// A cursor before the first entry.
    public BufferCursor cursor() {
        return new BufferCursor(buffer, order, runs, sequence);
    }
}

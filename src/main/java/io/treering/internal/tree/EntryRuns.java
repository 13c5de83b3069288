package io.treering.internal.tree;

import java.util.Arrays;

/// The entries that wait to be written into leaves, ascending: runs of neighbours in an old leaf, and puts.
///
/// Arrays, not objects; they are kept from merge to merge and grow only. Runs are at `first <= i < end`.
final class EntryRuns {
    /// Neighbours in an old leaf.
    static final byte OLD = 0;

    /// A put whose value, or reference to an overflow run, follows its key in the operations' memory.
    static final byte INLINE = 1;

    /// A put whose value the merge has moved into an overflow run.
    static final byte SPILLED = 2;

    byte[] kinds = new byte[64];

    /// OLD: offset of the page. Otherwise: offset of the key.
    long[] offsets = new long[64];

    /// OLD: index of the first entry in its page. Otherwise: length of the key.
    int[] starts = new int[64];

    int[] counts = new int[64];

    /// Bytes of the entries if each held its whole key.
    int[] bytes = new int[64];

    /// The page whose place in the cache a page with these entries should take, or -1.
    int[] predecessors = new int[64];

    /// Not OLD: the entry's flags and the length of what it holds as value.
    int[] flags = new int[64];

    int[] valueLengths = new int[64];
    byte[] fingerprints = new byte[64];

    /// SPILLED: reference to the overflow run.
    long[] references = new long[64];

    int first;
    int end;

    /// Sums over all runs.
    long totalCount;

    long totalBytes;

    void clear() {
        first = 0;
        end = 0;
        totalCount = 0;
        totalBytes = 0;
    }

    boolean isEmpty() {
        return first == end;
    }

    void addOld(long page, int pageId, int start, int count, int wholeBytes) {
        ensureRoom();
        setOld(end++, page, pageId, start, count, wholeBytes);
    }

    void prependOld(long page, int pageId, int count, int wholeBytes) {
        if (first == 0) {
            ensureRoom();
            move(0, 1, end);
            first++;
            end++;
        }
        setOld(--first, page, pageId, 0, count, wholeBytes);
    }

    private void setOld(int at, long page, int pageId, int start, int count, int wholeBytes) {
        kinds[at] = OLD;
        offsets[at] = page;
        starts[at] = start;
        counts[at] = count;
        bytes[at] = wholeBytes;
        predecessors[at] = pageId;
        totalCount += count;
        totalBytes += wholeBytes;
    }

    /// Adds a put and returns where it is.
    int addPut(byte kind, long keyOffset, int keyLength, int predecessor, byte fingerprint, int wholeBytes) {
        ensureRoom();
        int at = end++;
        kinds[at] = kind;
        offsets[at] = keyOffset;
        starts[at] = keyLength;
        counts[at] = 1;
        bytes[at] = wholeBytes;
        predecessors[at] = predecessor;
        fingerprints[at] = fingerprint;
        totalCount++;
        totalBytes += wholeBytes;
        return at;
    }

    /// Removes the runs before `run` and, of that one, `entries` entries with `wholeBytes` bytes.
    void dropTo(int run, int entries, int wholeBytes) {
        for (int i = first; i < run; i++) {
            totalCount -= counts[i];
            totalBytes -= bytes[i];
        }
        first = run;
        if (entries > 0) {
            starts[run] += entries;
            counts[run] -= entries;
            bytes[run] -= wholeBytes;
            totalCount -= entries;
            totalBytes -= wholeBytes;
        }
        if (first == end) {
            first = 0;
            end = 0;
        }
    }

    private void ensureRoom() {
        if (end < kinds.length) {
            return;
        }
        if (first > end / 2) {
            move(first, 0, end - first);
            end -= first;
            first = 0;
        } else {
            grow(2 * end);
        }
    }

    private void move(int from, int to, int length) {
        System.arraycopy(kinds, from, kinds, to, length);
        System.arraycopy(offsets, from, offsets, to, length);
        System.arraycopy(starts, from, starts, to, length);
        System.arraycopy(counts, from, counts, to, length);
        System.arraycopy(bytes, from, bytes, to, length);
        System.arraycopy(predecessors, from, predecessors, to, length);
        System.arraycopy(flags, from, flags, to, length);
        System.arraycopy(valueLengths, from, valueLengths, to, length);
        System.arraycopy(fingerprints, from, fingerprints, to, length);
        System.arraycopy(references, from, references, to, length);
    }

    private void grow(int capacity) {
        kinds = Arrays.copyOf(kinds, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        starts = Arrays.copyOf(starts, capacity);
        counts = Arrays.copyOf(counts, capacity);
        bytes = Arrays.copyOf(bytes, capacity);
        predecessors = Arrays.copyOf(predecessors, capacity);
        flags = Arrays.copyOf(flags, capacity);
        valueLengths = Arrays.copyOf(valueLengths, capacity);
        fingerprints = Arrays.copyOf(fingerprints, capacity);
        references = Arrays.copyOf(references, capacity);
    }
}

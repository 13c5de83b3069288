package io.treering.internal.tree;

import java.util.Arrays;

/// The children that wait to be written into branches, ascending by separator.
///
/// Arrays, not objects; they are kept from merge to merge and grow only. Items are at `first <= i < end`; their
/// separators lie anywhere in one byte array.
final class BranchItems {
    byte[] bytes = new byte[1024];
    int[] offsets = new int[64];
    int[] lengths = new int[64];
    long[] references = new long[64];

    /// The child is an old page, as it was.
    boolean[] kept = new boolean[64];

    /// The page whose place in the cache a page with this item should take, or -1.
    int[] predecessors = new int[64];

    int first;
    int end;
    private int bytesEnd;

    void clear() {
        first = 0;
        end = 0;
        bytesEnd = 0;
    }

    boolean isEmpty() {
        return first == end;
    }

    int count() {
        return end - first;
    }

    void add(byte[] separator, int from, int length, long reference, boolean isKept, int predecessor) {
        ensureRoom();
        set(end++, separator, from, length, reference, isKept, predecessor);
    }

    /// Puts all children of a branch in front.
    void prepend(OldBranch branch) {
        int more = branch.count;
        if (first < more) {
            int count = end - first;
            int from = first;
            ensureCapacity(count + 2 * more);
            move(from, 2 * more, count);
            first = 2 * more;
            end = first + count;
        }
        first -= more;
        for (int i = 0; i < more; i++) {
            set(first + i, branch.bytes, branch.from(i), branch.length(i), branch.references[i], true, branch.page);
        }
    }

    private void set(int at, byte[] separator, int from, int length, long reference, boolean isKept, int predecessor) {
        setSeparator(at, separator, from, length);
        references[at] = reference;
        kept[at] = isKept;
        predecessors[at] = predecessor;
    }

    void setSeparator(int at, byte[] separator, int from, int length) {
        if (bytesEnd + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, bytesEnd + length));
        }
        System.arraycopy(separator, from, bytes, bytesEnd, length);
        offsets[at] = bytesEnd;
        lengths[at] = length;
        bytesEnd += length;
    }

    /// Removes items from the end.
    void removeLast(int count) {
        assert count <= count() : "as many as there are";
        end -= count;
        reclaim();
    }

    /// Removes the items before `item`.
    void dropTo(int item) {
        first = item;
        reclaim();
    }

    private void reclaim() {
        if (first == end) {
            clear();
        }
    }

    private void ensureRoom() {
        if (end < offsets.length) {
            return;
        }
        if (first > end / 2) {
            move(first, 0, end - first);
            end -= first;
            first = 0;
            packBytes();
        } else {
            ensureCapacity(2 * end);
        }
    }

    /// Drops the separators of items that are gone.
    private void packBytes() {
        byte[] packed = new byte[bytes.length];
        int to = 0;
        for (int i = first; i < end; i++) {
            System.arraycopy(bytes, offsets[i], packed, to, lengths[i]);
            offsets[i] = to;
            to += lengths[i];
        }
        bytes = packed;
        bytesEnd = to;
    }

    private void move(int from, int to, int length) {
        System.arraycopy(offsets, from, offsets, to, length);
        System.arraycopy(lengths, from, lengths, to, length);
        System.arraycopy(references, from, references, to, length);
        System.arraycopy(kept, from, kept, to, length);
        System.arraycopy(predecessors, from, predecessors, to, length);
    }

    private void ensureCapacity(int capacity) {
        if (capacity > offsets.length) {
            offsets = Arrays.copyOf(offsets, capacity);
            lengths = Arrays.copyOf(lengths, capacity);
            references = Arrays.copyOf(references, capacity);
            kept = Arrays.copyOf(kept, capacity);
            predecessors = Arrays.copyOf(predecessors, capacity);
        }
    }
}

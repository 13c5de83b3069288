package io.treering.internal.buffer;

import io.treering.internal.bytes.KeyOrder;
import java.util.Arrays;

/// Collects the entries of a window of sequences from the arena, newest version of each key only, packed and sorted.
///
/// Entries stand in the arena in the order of their sequences, so a window is a stretch of it. An entry names the
/// key's version before it, so a bit per reference tells, after one pass, which entries have been superseded.
final class EntryWindow {
    private final WriteBuffer buffer;
    private EntryOrder order;
    private long[] packed = new long[64];
    private int size;

    /// Where the window's first entry stands, and where it ended.
    private long start;

    private long end;

    /// A bit per reference from the start on; empty while no key was written twice.
    private long[] superseded = {};

    /// @param order an order whose prefix is a guess at most as good as that of the entries before the window
    EntryWindow(WriteBuffer buffer, EntryOrder order) {
        this.buffer = buffer;
        this.order = order;
    }

    /// The order by which the result is packed. Its prefix is shorter than the given one where the entries say so.
    EntryOrder order() {
        return order;
    }

    /// Where the entry behind the window starts.
    long end() {
        return end;
    }

    /// The entries from offset `from` on with a sequence in `(after, upTo]`. Everything up to `upTo` must be visible.
    long[] collect(long from, long after, long upTo) {
        // Complete entries end here; what is visible lies below.
        long bound = buffer.end() - BufferEntry.KEY;
        long at = from;
        while (at <= bound && buffer.sequence(at) <= after) {
            at += size(at);
        }
        start = at;
        int prefix = order.prefixLength();
        while (at <= bound && buffer.sequence(at) <= upTo) {
            prefix = shortened(prefix, at);
            add(order.pack(at));
            supersede(buffer.older(at));
            at += size(at);
        }
        end = at;
        if (prefix < order.prefixLength()) {
            order = order.withPrefix(prefix);
            repack(order, packed, size);
        }
        dropSuperseded();
        EntrySort.sort(order, packed, size);
        return Arrays.copyOf(packed, size);
    }

    /// Packs entries anew, by an order with another prefix. They stay sorted if they were.
    static void repack(EntryOrder order, long[] packed, int size) {
        for (int i = 0; i < size; i++) {
            packed[i] = order.pack(order.entry(packed[i]));
        }
    }

    private long size(long entry) {
        long shape = buffer.shape(entry);
        return BufferEntry.size(BufferEntry.keyLength(shape), BufferEntry.valueLength(shape));
    }

    /// The part of the prefix that this entry's key shares with the buffer's first key.
    private int shortened(int prefix, long entry) {
        if (prefix == 0) {
            return 0;
        }
        return KeyOrder.commonPrefix(
                buffer.memory(),
                buffer.keyOffset(BufferMemory.FIRST_ENTRY),
                Math.min(prefix, buffer.keyLength(BufferMemory.FIRST_ENTRY)),
                buffer.memory(),
                buffer.keyOffset(entry),
                buffer.keyLength(entry));
    }

    private void add(long packedEntry) {
        if (size == packed.length) {
            packed = Arrays.copyOf(packed, size * 2);
        }
        packed[size++] = packedEntry;
    }

    private void supersede(long older) {
        if (older < start) {
            return;
        }
        int bit = bit(older);
        int word = bit >>> 6;
        if (word >= superseded.length) {
            superseded = Arrays.copyOf(superseded, 2 * (word + 1));
        }
        superseded[word] |= 1L << bit;
    }

    private int bit(long entry) {
        return (int) ((entry - start) >>> BufferEntry.REFERENCE_SHIFT);
    }

    private boolean isSuperseded(long entry) {
        int bit = bit(entry);
        int word = bit >>> 6;
        return word < superseded.length && (superseded[word] & (1L << bit)) != 0;
    }

    private void dropSuperseded() {
        if (superseded.length == 0) {
            return;
        }
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!isSuperseded(order.entry(packed[i]))) {
                packed[kept++] = packed[i];
            }
        }
        size = kept;
    }
}

package io.treering.internal.engine;

import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.format.OverflowReference;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// The pages of the runs that entries of the buffers name, as far as they are not merged.
///
/// Read while no merge goes on: so the buffers only grow.
final class BufferedRuns {
    private final OverflowRuns overflow;
    private final long mergedUpTo;
    private final BitSet pages = new BitSet();

    /// How far each buffer has been read.
    private final Map<WriteBuffer, Long> ends = new HashMap<>();

    /// A page that two entries name, or -1.
    private int namedTwice = -1;

    /// @param mergedUpTo entries up to this sequence are in the tree
    BufferedRuns(OverflowRuns overflow, long mergedUpTo) {
        this.overflow = overflow;
        this.mergedUpTo = mergedUpTo;
    }

    /// Takes in what the buffers hold by now.
    void read(View view) {
        for (WriteBuffer buffer : view.buffers) {
            long from = ends.getOrDefault(buffer, 0L);
            ends.put(buffer, buffer.forEachFrom(from, entry -> add(buffer, entry)));
        }
    }

    private void add(WriteBuffer buffer, long entry) {
        if (buffer.kind(entry) != BufferEntry.PUT_OVERFLOW || buffer.sequence(entry) <= mergedUpTo) {
            return;
        }
        long reference = buffer.valueOffset(entry);
        int first = OverflowReference.page(buffer.memory(), reference);
        int end = first
                + overflow.pages(buffer.keyLength(entry), OverflowReference.valueLength(buffer.memory(), reference));
        int taken = pages.nextSetBit(first);
        if (taken >= 0 && taken < end) {
            namedTwice = taken;
        }
        pages.set(first, end);
    }

    int namedTwice() {
        return namedTwice;
    }

    /// The pages by now; what is read later comes in.
    BitSet pages() {
        return pages;
    }
}

package io.treering.internal.engine;

import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageReference;
import io.treering.internal.wal.ReplayHandler;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// The first pass over a log: which overflow runs it refers to, and whether they are there.
final class ReplayedRuns implements ReplayHandler {
    private final OverflowRuns overflow;

    /// Runs that were found whole: reference to pages.
    private final Map<Long, Integer> whole = new HashMap<>();

    ReplayedRuns(OverflowRuns overflow) {
        this.overflow = overflow;
    }

    interface RunConsumer {
        void accept(int firstPage, int pages);
    }

    void forEach(RunConsumer consumer) {
        whole.forEach((reference, pages) -> consumer.accept(PageReference.page(reference), pages));
    }

    boolean isWhole(long reference) {
        return whole.containsKey(reference);
    }

    @Override
    public boolean verifyOverflow(MemorySegment memory, long keyOffset, int keyLength, long referenceOffset) {
        long reference = OverflowReference.reference(memory, referenceOffset);
        long length = OverflowReference.valueLength(memory, referenceOffset);
        try {
            overflow.verify(reference, keyLength, length);
        } catch (PageAnomaly _) {
            return false;
        }
        whole.put(reference, overflow.pages(keyLength, length));
        return true;
    }

    @Override
    public void apply(
            int kind,
            int treeId,
            MemorySegment memory,
            long keyOffset,
            int keyLength,
            long valueOffset,
            int valueLength,
            long sequence,
            boolean more) {
        // The second pass applies.
    }
}

package io.treering.internal.engine;

import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageReference;
import io.treering.internal.format.WalOperation;
import io.treering.internal.wal.ReplayHandler;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The first pass over a log: which overflow runs it refers to, whether they are there, and which of them the second
/// pass will need. Those of a batch that is not there as a whole it will not.
final class ReplayedRuns implements ReplayHandler {
    private final OverflowRuns overflow;

    /// Runs that were found whole.
    private final Set<Long> whole = new HashSet<>();

    /// Those of operations that are to be applied: reference to pages.
    private final Map<Long, Integer> needed = new HashMap<>();

    ReplayedRuns(OverflowRuns overflow) {
        this.overflow = overflow;
    }

    interface RunConsumer {
        void accept(int firstPage, int pages);
    }

    /// Hands out the runs that are needed.
    void forEach(RunConsumer consumer) {
        needed.forEach((reference, pages) -> consumer.accept(PageReference.page(reference), pages));
    }

    boolean isWhole(long reference) {
        return whole.contains(reference);
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
        boolean _ = whole.add(reference);
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
        if (kind == WalOperation.PUT_OVERFLOW) {
            long reference = OverflowReference.reference(memory, valueOffset);
            needed.put(reference, overflow.pages(keyLength, OverflowReference.valueLength(memory, valueOffset)));
        }
    }
}

package io.treering.internal.freelist;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Holds back freed pages until nobody can reach them.
///
/// A page that was written by generation *birth* and freed by generation *freedAt* belongs to exactly the trees whose
/// root has a generation `g` with `birth <= g < freedAt`. It may be reused once no such tree is *needed*. Needed are
/// the in-memory root, the durable root, the root that is being committed, and the roots of registered views.
/// (Readers that are not registered are no reason to wait: they notice, by a page's birth, that it was reused under
/// them.)
///
/// Of all needed generations below `freedAt`, only the largest matters: if it lies below the birth, all do. So each
/// merge's pages form a batch that is looked at again only when that one number has fallen.
final class ReuseGate {
    private final List<Batch> batches = new ArrayList<>();
    private long pages;

    /// Where pages go that may be reused.
    @FunctionalInterface
    interface Sink {
        void release(int from, int to);
    }

    private static final class Batch {
        final long freedAt;
        final PageRuns freed;
        final boolean neverDurable;

        /// The largest needed generation below `freedAt` when the batch was looked at last.
        long blockedBy = Long.MAX_VALUE;

        Batch(long freedAt, PageRuns freed, boolean neverDurable) {
            this.freedAt = freedAt;
            this.freed = freed;
            this.neverDurable = neverDurable;
        }
    }

    /// Pages that wait.
    long pages() {
        return pages;
    }

    /// Takes the pages that wait out of a set.
    void removeFrom(BitSet pages) {
        for (Batch batch : batches) {
            for (int i = 0; i < batch.freed.size(); i++) {
                pages.clear(batch.freed.first(i), batch.freed.end(i));
            }
        }
    }

    /// Bytes of the Java heap.
    long heapBytes() {
        long bytes = 0;
        for (Batch batch : batches) {
            bytes += batch.freed.heapBytes();
        }
        return bytes;
    }

    /// Takes in what a merge freed.
    ///
    /// @param neverDurable whether no durable root has reached the pages, nor ever will
    void add(long freedAt, PageRuns freed, boolean neverDurable) {
        if (freed.size() > 0) {
            batches.add(new Batch(freedAt, freed, neverDurable));
            pages += freed.totalPages();
        }
    }

    /// Lets go of every page that neither the durable root nor another needed generation can reach.
    void release(long[] needed, long durable, Sink sink) {
        batches.removeIf(batch -> {
            long blocker = largestBelow(batch.freedAt, needed);
            if (!batch.neverDurable && durable < batch.freedAt) {
                blocker = Math.max(blocker, durable);
            }
            if (blocker < batch.blockedBy) {
                batch.blockedBy = blocker;
                release(batch.freed, blocker, sink);
            }
            return batch.freed.size() == 0;
        });
    }

    private void release(PageRuns freed, long blocker, Sink sink) {
        for (int i = freed.size() - 1; i >= 0; i--) {
            if (freed.birth(i) > blocker) {
                sink.release(freed.first(i), freed.end(i));
                pages -= freed.end(i) - freed.first(i);
                freed.remove(i);
            }
        }
    }

    /// 0 if there is none: generations start at 1.
    private static long largestBelow(long freedAt, long[] needed) {
        long largest = 0;
        for (long generation : needed) {
            if (generation < freedAt && generation > largest) {
                largest = generation;
            }
        }
        return largest;
    }
}

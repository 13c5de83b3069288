package io.treering.internal.engine;

import io.treering.internal.buffer.WriteBuffer;
import java.util.Arrays;

/// A buffer that is being merged, window by window.
final class BufferMerge {
    final WriteBuffer buffer;
    long[] cuts;
    Root[] cutRoots;
    Root root;
    long after;
    int window;

    BufferMerge(WriteBuffer buffer, long[] cuts, Root root) {
        this.buffer = buffer;
        this.cuts = cuts;
        this.cutRoots = new Root[cuts.length];
        this.root = root;
        this.after = buffer.firstSequence() - 1;
    }

    long windowEnd() {
        return window < cuts.length ? cuts[window] : buffer.lastSequence();
    }

    boolean isComplete() {
        return window > cuts.length;
    }

    /// Of the cuts, only these still matter: the other views have been closed.
    void keepCuts(long[] needed) {
        int kept = 0;
        int keptDone = 0;
        for (int i = 0; i < cuts.length; i++) {
            if (Arrays.binarySearch(needed, cuts[i]) >= 0) {
                cuts[kept] = cuts[i];
                cutRoots[kept++] = cutRoots[i];
                keptDone += i < window ? 1 : 0;
            }
        }
        cuts = Arrays.copyOf(cuts, kept);
        cutRoots = Arrays.copyOf(cutRoots, kept);
        window = keptDone;
    }
}

package io.treering.internal.tree;

import io.treering.internal.format.BranchPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;

/// The leaves under one branch of level 1, for a cursor that walks along them, and how far ahead they were asked for.
///
/// A cursor that only seeks pays nothing: the references are copied at the first step from a leaf to the next. From
/// then on, it asks for half as many leaves ahead as it has come through, and a few, up to [#DEEPEST]: a scan that
/// ends soon has then read little for nothing.
final class LeafSiblings {
    private static final int SHALLOWEST = 2;
    private static final int DEEPEST = 32;

    private final PageSource pages;
    private long[] references = {};
    private int count;
    private long parent = PageReference.NONE;

    /// Leaves in `[aheadFrom, aheadTo)` were asked for, or visited.
    private int aheadFrom;

    private int aheadTo;

    /// Steps from a leaf to the next in one direction.
    private int steps;

    private boolean forward;

    LeafSiblings(PageSource pages) {
        this.pages = pages;
    }

    /// The cursor goes somewhere else: it starts again with a shallow look ahead.
    void forget() {
        parent = PageReference.NONE;
        steps = 0;
    }

    /// How many leaves the branch of the last step has.
    int count() {
        return count;
    }

    /// The reference of the leaf at `index` under `branch`, towards which a cursor steps.
    long step(long branch, int index, boolean ahead, long generation) {
        if (parent != branch) {
            load(branch, generation);
            aheadFrom = index;
            aheadTo = index;
        }
        if (index >= count) {
            throw TreeSearch.outOfRange(PageReference.page(branch), index, count);
        }
        readAhead(index, ahead);
        return references[index];
    }

    private void readAhead(int index, boolean ahead) {
        if (ahead != forward) {
            forward = ahead;
            steps = 0;
            aheadFrom = index;
            aheadTo = index;
        }
        int depth = Math.min(DEEPEST, SHALLOWEST + steps / 2);
        steps++;
        if (forward) {
            int from = Math.max(aheadTo, index + 1);
            int to = Math.min(count, index + 1 + depth);
            // In batches: half the depth at least, or all there is.
            if (to > from && from - index - 1 <= depth / 2) {
                pages.prefetch(references, from, to);
                aheadTo = to;
            }
        } else {
            int from = Math.max(0, index - depth);
            int to = Math.min(aheadFrom, index);
            if (to > from && index - to <= depth / 2) {
                pages.prefetch(references, from, to);
                aheadFrom = from;
            }
        }
    }

    private void load(long branch, long generation) {
        int page = PageReference.page(branch);
        MemorySegment frames = pages.frames();
        parent = PageReference.NONE;
        while (true) {
            long word = pages.acquire(page, PageReference.crc(branch));
            long base = pages.base(word);
            boolean expected = PageHeader.isExpected(frames, base, PageHeader.BRANCH, 1, page, generation);
            count = Math.min(PageHeader.count(frames, base), pages.pageSize() / BranchPage.INDEX_BYTES);
            if (references.length < count) {
                references = new long[pages.pageSize() / BranchPage.INDEX_BYTES];
            }
            for (int i = 0; i < count; i++) {
                references[i] = BranchPage.child(frames, base, count, i);
            }
            if (pages.holds(page, word)) {
                if (!expected) {
                    throw TreeSearch.unexpected(frames, base, PageHeader.BRANCH, 1, page, generation);
                }
                parent = branch;
                return;
            }
        }
    }
}

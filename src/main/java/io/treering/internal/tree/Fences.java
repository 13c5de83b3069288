package io.treering.internal.tree;

import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;

/// The keys between which a page of the old tree stands: from the separator in front of it up to the next one.
///
/// A page is validated by itself when it is read; that it is in its place, only who came to it can tell. A merge that
/// took over keys of another place would write pages that are out of order, with good checksums.
final class Fences {
    private final KeyBuffer low = new KeyBuffer();
    private final KeyBuffer high = new KeyBuffer();

    /// False where the tree ends.
    private boolean hasHigh;

    private final KeyBuffer key = new KeyBuffer();

    /// Those of a child.
    Fences of(OldBranch parent, int child) {
        parent.separator(child, low);
        OldBranch above = child + 1 < parent.count ? parent : parent.bound;
        hasHigh = above != null;
        if (above != null) {
            above.separator(above == parent ? child + 1 : parent.boundIndex, high);
        }
        return this;
    }

    /// Those of a page behind which something else begins.
    Fences of(KeyBuffer from, KeyBuffer to) {
        low.set(from.bytes, 0, from.length);
        high.set(to.bytes, 0, to.length);
        hasHigh = true;
        return this;
    }

    void checkLeaf(MemorySegment memory, long leaf) {
        key.set(memory, leaf, 0);
        boolean isBelow = key.compare(low) < 0;
        key.set(memory, leaf, PageHeader.count(memory, leaf) - 1);
        if (isBelow || isAbove()) {
            throw new PageAnomaly(
                    PageHeader.pageId(memory, leaf),
                    "keys between the separators of their leaf",
                    "keys of another place");
        }
    }

    /// Of separator 0 nothing is known but that it is the low fence.
    void checkBranch(OldBranch branch) {
        if (branch.count == 1) {
            return;
        }
        branch.separator(1, key);
        boolean isBelow = key.compare(low) < 0;
        branch.separator(branch.count - 1, key);
        if (isBelow || isAbove()) {
            throw new PageAnomaly(
                    branch.page, "separators between those of their branch", "separators of another place");
        }
    }

    private boolean isAbove() {
        return hasHigh && key.compare(high) >= 0;
    }
}

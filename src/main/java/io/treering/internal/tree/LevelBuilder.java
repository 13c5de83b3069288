package io.treering.internal.tree;

import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;

/// What one level of the tree is being rebuilt into: items that wait, in order, to be written into pages.
///
/// Old pages that stand side by side and of which at least one changed form a *group*; their content is pending here
/// until the group is closed, or so much is pending that full pages can be split off its front. See [TreeMerge] for the
/// rules.
abstract sealed class LevelBuilder permits LeafBuilder, BranchBuilder {
    /// Pending content above so many pages is split off as full pages.
    private static final int LOOKAHEAD_PAGES = 8;

    /// A group of so many old pages or less may be written as that many pages, however full; others to the target.
    private static final int FEW_PAGES = 3;

    /// Entries are small if a page has room for so many.
    private static final int FINE_ENTRIES = 8;

    private static final int MANY_PAGES = Integer.MAX_VALUE / 2;

    final int level;

    /// Content bytes of a page: all but header and trailer.
    final int capacity;

    /// How full pages are that are split off a long run: 95 %, so that a few later entries do not split them again.
    private final int target;

    /// Pages with more, on average, are not balanced: 95 %.
    private final int snug;

    /// A page with less is underfull: 40 %.
    private final int thin;

    final MemorySegment memory;
    final PageStore store;
    private final int pageSize;
    private long generation;

    /// Low fence of the group's first page.
    final KeyBuffer fence = new KeyBuffer();

    private boolean open;
    private boolean emitted;
    private int oldPages;
    private long oldBytes;
    private long splitAbove;
    private long pagesWritten;

    LevelBuilder(int level, PageStore store) {
        this.level = level;
        this.store = store;
        this.memory = store.memory();
        this.pageSize = store.pageSize();
        this.capacity = pageSize - PageHeader.BYTES - PageHeader.TRAILER_BYTES;
        this.target = (int) (capacity * 0.95);
        this.thin = (int) (capacity * 0.40);
        this.snug = (int) (capacity * 0.95);
    }

    /// Starts a merge.
    void begin() {
        generation = store.generation();
        pagesWritten = 0;
        startGroup();
    }

    private void startGroup() {
        open = false;
        emitted = false;
        oldPages = 0;
        oldBytes = 0;
        splitAbove = (long) LOOKAHEAD_PAGES * capacity;
    }

    abstract boolean isEmpty();

    /// Items pending.
    abstract long count();

    /// Content bytes of all that is pending, at most.
    abstract long roughBytes();

    /// Content bytes of one page with all that is pending.
    abstract long exactBytes();

    /// Makes [#fence] the separator of the first pending item, if items have one, before a group's first page is
    /// planned.
    abstract void beforeFirst();

    /// The next [#plan] begins at the front.
    abstract void rewind();

    /// Plans the page behind the last planned one: at least one item, at most `limit` bytes, as near to `goal` as it
    /// gets.
    ///
    /// @return its content bytes
    abstract int plan(int limit, int goal);

    abstract boolean plannedAll();

    /// Items of the last planned page.
    abstract int plannedCount();

    /// Writes the planned page, header included, checksum apart.
    abstract void writePlanned(long page, int pageId, long birth);

    abstract int plannedPredecessor();

    /// Adds the planned page to the parent, under its separator.
    abstract void addTo(BranchBuilder parent, long reference, boolean firstOfGroup);

    /// Removes the planned page's items.
    abstract void dropPlanned();

    /// An old page's content is, or will be, part of the group.
    final void join(byte[] separator, int from, int length, int usedBytes) {
        if (!open) {
            open = true;
            fence.set(separator, from, length);
        }
        oldPages++;
        oldBytes += usedBytes;
    }

    /// The old page that stood left of the group became its first.
    final void joinLeft(KeyBuffer separator, int usedBytes) {
        fence.set(separator.bytes, 0, separator.length);
        oldPages++;
        oldBytes += usedBytes;
    }

    final boolean isOpen() {
        return open;
    }

    final boolean hasEmitted() {
        return emitted;
    }

    /// Whether what is pending makes an underfull page.
    final boolean isThin() {
        return !isEmpty() && exactBytes() < thin;
    }

    /// Whether the group's old pages held more than what is pending.
    final boolean shrank() {
        return exactBytes() < oldBytes;
    }

    /// Whether the group would be better off with the page on its right: to fill an underfull page, or to spread what
    /// is a little too much for the old pages without one page more. Large entries seldom go into fewer pages that way,
    /// and a neighbour that is not in memory is a read for which the merge waits (ADR 19).
    final boolean wantsNeighbour() {
        if (!open || isEmpty()) {
            return false;
        }
        long bytes = exactBytes();
        long held = (long) oldPages * capacity;
        boolean fine = bytes * FINE_ENTRIES <= count() * capacity;
        return bytes < thin || (fine && oldPages < FEW_PAGES && bytes > held && bytes <= held + capacity);
    }

    /// Splits full pages off the front while there is more than enough behind them.
    final void emitFull(BranchBuilder parent) {
        while (roughBytes() > splitAbove) {
            prepare();
            plan(target, target);
            if (4L * plannedCount() > count()) {
                // Long common prefixes: what looked like many pages is less than four.
                splitAbove = roughBytes() + 4L * capacity;
                return;
            }
            emit(parent);
            oldPages = MANY_PAGES;
            splitAbove = (long) LOOKAHEAD_PAGES * capacity;
        }
    }

    /// Splits one page off the front, however little is behind it.
    final void emitOne(BranchBuilder parent) {
        prepare();
        plan(target, target);
        emit(parent);
        oldPages = MANY_PAGES;
    }

    /// Writes all that is pending and ends the group.
    ///
    /// @param appending the group ends the tree, and at its end is new: later merges will go on there, so the last page
    ///     may be underfull, and those before it are filled to the target
    final void close(BranchBuilder parent, boolean appending) {
        emitFull(parent);
        while (!isEmpty()) {
            prepare();
            if (exactBytes() <= capacity) {
                plan(capacity, capacity);
                assert plannedAll() : "a page that fits";
            } else if (appending) {
                plan(target, target);
            } else {
                int goal = balancedGoal();
                rewind();
                plan(capacity, goal);
            }
            emit(parent);
            oldPages = Math.max(0, oldPages - 1);
        }
        startGroup();
    }

    private void prepare() {
        if (open && !emitted) {
            beforeFirst();
        }
        rewind();
    }

    /// Content bytes for each of the pages that the rest should fill: as few as there were, if that does for a small
    /// group, otherwise as many as the target asks for.
    private int balancedGoal() {
        if (oldPages <= FEW_PAGES) {
            int goal = balancedGoal(capacity, oldPages);
            if (goal > snug) {
                // Too little in this page would be too much for the last one.
                return capacity;
            }
            if (goal > 0) {
                return goal;
            }
        }
        return balancedGoal(target, Integer.MAX_VALUE);
    }

    /// @return 0 if it takes more than `atMost` pages
    private int balancedGoal(int limit, int atMost) {
        rewind();
        long sum = 0;
        int pages = 0;
        while (!plannedAll()) {
            sum += plan(limit, limit);
            pages++;
            if (pages > atMost) {
                return 0;
            }
        }
        return (int) (sum / pages);
    }

    private void emit(BranchBuilder parent) {
        long page = store.stage();
        int pageId = store.stagedPage();
        writePlanned(page, pageId, generation);
        int crc = PageHeader.seal(memory, page, pageSize);
        store.emit(plannedPredecessor());
        addTo(parent, PageReference.of(pageId, crc), open && !emitted);
        emitted = true;
        pagesWritten++;
        dropPlanned();
    }

    final long pagesWritten() {
        return pagesWritten;
    }
}

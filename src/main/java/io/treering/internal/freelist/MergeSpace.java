package io.treering.internal.freelist;

/// What one merge takes and frees. Nothing of it is true before [#complete], and nothing of it ever was after
/// [#abandon].
///
/// Used like the [SpaceMap] it comes from: by one thread at a time.
public final class MergeSpace {
    private static final long OLDEST_BIRTH = 1;

    private final SpaceMap space;
    private final long generation;

    /// Pages that the merge took from the free ones.
    private final PageRuns allocated = new PageRuns();

    /// Of those, what it did not write after all.
    private final PageRuns unused = new PageRuns();

    /// Runs that were written before the merge and that its tree is the first to reach.
    private final PageRuns adopted = new PageRuns();

    /// Pages that its tree no longer reaches.
    private final PageRuns freed = new PageRuns();

    /// Of those, what no durable root has ever reached.
    private final PageRuns freedBeforeCommit = new PageRuns();

    private boolean ended;

    MergeSpace(SpaceMap space, long generation) {
        this.space = space;
        this.generation = generation;
    }

    public long generation() {
        return generation;
    }

    /// As [SpaceMap#allocateExtent].
    public long allocateExtent(int atMost) {
        ensureOpen();
        long extent = space.allocateExtent(atMost);
        if (extent != 0) {
            allocated.add(SpaceMap.extentStart(extent), SpaceMap.extentPages(extent), generation);
        }
        return extent;
    }

    /// As [SpaceMap#allocateRun].
    public int allocateRun(int pages) {
        ensureOpen();
        int first = space.allocateRun(pages);
        if (first >= 0) {
            allocated.add(first, pages, generation);
        }
        return first;
    }

    /// Some of the pages that were allocated here will not be written.
    public void unused(int firstPage, int pages) {
        ensureOpen();
        if (pages > 0) {
            unused.add(firstPage, pages, generation);
        }
    }

    /// A run that was allocated outside the merge, for a large value, becomes part of the tree.
    public void adopt(int firstPage, int pages) {
        ensureOpen();
        space.checkDetached(firstPage, pages);
        adopted.add(firstPage, pages, generation);
    }

    /// The new tree no longer reaches these pages, which the old one did.
    ///
    /// @param birth generation that wrote them
    public void free(int firstPage, int pages, long birth) {
        ensureOpen();
        space.doomLive(firstPage, pages, birth, generation);
        freed.add(firstPage, pages, birth);
    }

    /// As [#free], for a run whose birth is not known: it is taken for as old as it can be.
    public void freeRun(int firstPage, int pages) {
        ensureOpen();
        space.doomLive(firstPage, pages, OLDEST_BIRTH, generation);
        PageRuns into = space.isNewSinceCommit(firstPage) ? freedBeforeCommit : freed;
        into.add(firstPage, pages, OLDEST_BIRTH);
    }

    /// A run that was allocated outside the merge never becomes part of a tree, because its key was written again. Who
    /// reads it through the write buffer holds a view of a generation from `birth` on; 0 stands for every older one.
    public void discard(int firstPage, int pages, long birth) {
        ensureOpen();
        space.checkDetached(firstPage, pages);
        space.doom(firstPage, pages);
        freedBeforeCommit.add(firstPage, pages, Math.max(OLDEST_BIRTH, birth));
    }

    /// The merge's root is the newest one now.
    public void complete() {
        end();
        space.complete(this);
    }

    /// The merge failed: what it took is free again, what it freed is not.
    public void abandon() {
        end();
        space.abandon(this);
    }

    boolean hasEnded() {
        return ended;
    }

    private void end() {
        ensureOpen();
        ended = true;
    }

    private void ensureOpen() {
        if (ended) {
            throw new IllegalStateException("The merge of generation " + generation + " has ended");
        }
    }

    PageRuns allocated() {
        return allocated;
    }

    PageRuns unused() {
        return unused;
    }

    PageRuns adopted() {
        return adopted;
    }

    PageRuns freed() {
        return freed;
    }

    PageRuns freedBeforeCommit() {
        return freedBeforeCommit;
    }
}

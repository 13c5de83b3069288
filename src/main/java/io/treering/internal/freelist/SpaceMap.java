package io.treering.internal.freelist;

import io.treering.CorruptionException;
import io.treering.internal.format.SlotReference;
import io.treering.internal.format.SpaceLayout;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Account of every page of a store.
///
/// A page is in one of these states:
///
/// ```
///                 allocate                merge completes                a later merge frees it
///       FREE ------------------> DETACHED ----------------------> LIVE ---------------------------> GATED
///        ^                          |                                                                 |
///        |   abandon, give back     |                                                                 |
///        +--------------------------+-----------------------------------------------------------------+
///                                                         no needed generation reaches it any more
///
///   used:  0                        1                               1                                 1
///   live:  0                        0                               1                                 0
/// ```
///
/// *Live* is what the newest merged root reaches, and what is reserved: meta blocks, region and summary slots, the log.
/// These bits are what a commit writes; so after a crash, everything else is free without further ado. Gated pages are
/// those that an older tree still needs, see [ReuseGate]; the gate lives in memory only, because after a crash nobody
/// holds an older tree.
///
/// ## Commits
///
/// [#prepareCommit] takes the state of the newest merged root; the caller writes the page images that the
/// [SpaceCommit] encodes, makes them durable, and writes a meta block with its summaries. Changed regions go to the
/// slots that the durable summaries do *not* name, changed summaries to the slots that the durable meta block does not
/// name. So until the meta block is durable, the images that it replaces are intact.
///
/// One thread at a time, by the caller's lock.
public final class SpaceMap {
    private final String device;
    private final SpaceLayout layout;
    private final PageBitmap live;
    private final PageAllocator allocator;
    private final PageBitmap doomed = new PageBitmap();

    /// Pages that became live after the durable root.
    private final PageBitmap newSinceCommit = new PageBitmap();

    private final ReuseGate gate = new ReuseGate();
    private final SlotTable slots;
    private long livePages;
    private @Nullable MergeSpace merge;
    private @Nullable SpaceCommit commit;

    SpaceMap(String device, SpaceLayout layout, PageBitmap live, int filePages, SlotTable slots) {
        this.device = device;
        this.layout = layout;
        this.live = live;
        this.slots = slots;
        this.allocator = new PageAllocator(layout, live, filePages);
        this.livePages = live.count(0, filePages);
        ensureBits(filePages());
    }

    /// Where the pages come from that [#open] reads.
    @FunctionalInterface
    public interface PageReader {
        /// A page's bytes in native memory, good until the next call.
        MemorySegment read(int page);
    }

    /// The map of a new store, in which only the reserved pages are used.
    ///
    /// @param device the device's name, for messages
    /// @param filePages the store's size; see [SpaceLayout#atLeast]
    public static SpaceMap create(String device, int pageSize, int filePages) {
        SpaceLayout layout = new SpaceLayout(pageSize);
        requirePossible(layout, filePages);
        PageBitmap live = new PageBitmap();
        live.ensure((long) layout.regions(filePages) * layout.regionPages());
        for (int group = 0; group < layout.groups(filePages); group++) {
            live.set((int) (group * layout.groupPages()), layout.slotsEnd(group));
        }
        SlotTable slots = new SlotTable(layout);
        slots.resize(filePages);
        return new SpaceMap(device, layout, live, filePages, slots);
    }

    /// Reads the map of a committed state.
    ///
    /// @param filePages the size that the meta block states and that the caller has compared with the device's
    /// @param nextGeneration above every generation handed out before
    /// @param summaries the slots that the meta block names
    /// @throws CorruptionException if anything is not as a commit leaves it
    public static SpaceMap open(
            String device,
            int pageSize,
            int filePages,
            long nextGeneration,
            List<SlotReference> summaries,
            PageReader reader) {
        return new SpaceDecoder(device, pageSize, filePages, nextGeneration, reader).decode(summaries);
    }

    // ---- taking pages ----------------------------------------------------------------------------------------------

    /// An extent of so many pages.
    public static long extent(int start, int pages) {
        return ((long) start << Integer.SIZE) | pages;
    }

    /// The first page of an extent.
    public static int extentStart(long extent) {
        return (int) (extent >>> Integer.SIZE);
    }

    /// The number of pages of an extent.
    public static int extentPages(long extent) {
        return (int) extent;
    }

    /// Has the search for the next extent begin at a page of the file.
    public void searchFrom(int page) {
        allocator.searchFrom(page);
    }

    /// Has extents come from below a page as long as there is a free one, so that what lies behind it empties.
    public void preferBelow(int end) {
        allocator.preferBelow(end);
    }

    /// Takes up to `atMost` pages in a row, eight or more where there are as many, else what there is.
    ///
    /// @return the extent, for [#extentStart] and [#extentPages]; 0 if no page below the file's end is free
    public long allocateExtent(int atMost) {
        if (atMost < 1) {
            throw new IllegalArgumentException("An extent of " + atMost + " pages");
        }
        return allocator.allocateExtent(atMost);
    }

    /// Whether the extent that was taken last had to be a short one, although any part of the file would have done.
    public boolean isScattered() {
        return allocator.isScattered();
    }

    /// Takes exactly so many pages in a row.
    ///
    /// @return the first page, or -1 if there are not as many in a row below the file's end
    public int allocateRun(int pages) {
        if (pages < 1) {
            throw new IllegalArgumentException("A run of " + pages + " pages");
        }
        return allocator.allocateRun(pages);
    }

    /// Takes a run for good, as the log's region: it counts as live at once.
    ///
    /// @return the first page, or -1 if there are not as many in a row below the file's end
    public int reserveRun(int pages) {
        int first = allocateRun(pages);
        if (first >= 0) {
            setLive(first, first + pages);
        }
        return first;
    }

    /// As [#reserveRun], if that is further down in the file than `limit`.
    ///
    /// @return the first page, or -1 if there are not as many in a row before it
    public int reserveRunBelow(int pages, int limit) {
        int first = allocateRun(pages);
        if (first >= limit) {
            giveBack(first, pages);
            return -1;
        }
        if (first >= 0) {
            setLive(first, first + pages);
        }
        return first;
    }

    /// Returns pages that were allocated outside a merge and that nobody can have seen.
    public void giveBack(int firstPage, int pages) {
        checkDetached(firstPage, pages);
        allocator.release(firstPage, firstPage + pages);
    }

    /// Takes exactly these pages, which a replayed log names. Must come before anything is allocated.
    ///
    /// @return false if they are not all free pages of the file: the log cannot mean them
    public boolean claim(int firstPage, int pages) {
        return firstPage > 0
                && pages > 0
                && pages <= filePages() - firstPage
                && allocator.claim(firstPage, firstPage + pages);
    }

    /// Starts the bookkeeping of a merge. Only one goes on at a time.
    ///
    /// @param generation the merge's own, never used before
    public MergeSpace beginMerge(long generation) {
        if (merge != null && !merge.hasEnded()) {
            throw new IllegalStateException("The merge of generation " + merge.generation() + " goes on");
        }
        merge = new MergeSpace(this, generation);
        return merge;
    }

    /// Makes pages free that no needed generation reaches any more.
    ///
    /// @param needed in any order: the generations of the in-memory root, of the root that is being committed, and of
    ///     all registered views
    /// @param durable the generation of the durable root; also among the needed ones as long as a log may be replayed
    ///     on top of it, for that names runs that no root reaches
    public void releaseUnneeded(long[] needed, long durable) {
        if (gate.pages() > 0) {
            gate.release(needed, durable, allocator::release);
        }
    }

    // ---- the file's size -------------------------------------------------------------------------------------------

    public SpaceLayout layout() {
        return layout;
    }

    public int filePages() {
        return allocator.filePages();
    }

    /// The file has grown, to a size that is possible by [SpaceLayout#isPossible].
    public void grow(int newFilePages) {
        requirePossible(layout, newFilePages);
        int before = filePages();
        if (newFilePages < before) {
            throw new IllegalArgumentException("Growing from " + before + " to " + newFilePages + " pages");
        }
        // First all that takes memory: if there is none, nothing has changed.
        ensureBits(newFilePages);
        slots.ensure(newFilePages);
        allocator.grow(newFilePages);
        for (int group = layout.groups(before); group < layout.groups(newFilePages); group++) {
            setLive((int) (group * layout.groupPages()), layout.slotsEnd(group));
        }
        slots.resize(newFilePages);
    }

    /// The least size to which the file could shrink: all behind it is free.
    public int leastFilePages() {
        return allocator.leastFilePages();
    }

    /// Gives up free pages at the file's end. They are not handed out any more from now on; the file may be truncated
    /// once a commit with the new size is durable.
    public void shrink(int newFilePages) {
        requirePossible(layout, newFilePages);
        if (newFilePages < leastFilePages() || newFilePages > filePages()) {
            throw new IllegalArgumentException("Shrinking from " + filePages() + " to " + newFilePages
                    + " pages, of which " + leastFilePages() + " are in use");
        }
        int before = filePages();
        for (int group = layout.groups(newFilePages); group < layout.groups(before); group++) {
            clearLive((int) (group * layout.groupPages()), layout.slotsEnd(group));
        }
        allocator.shrink(newFilePages);
        slots.resize(newFilePages);
    }

    // ---- numbers ---------------------------------------------------------------------------------------------------

    /// Pages that can be handed out.
    public long freePages() {
        return allocator.freePages();
    }

    /// Pages that the newest merged root reaches, and reserved ones.
    public long livePages() {
        return livePages;
    }

    /// Pages that wait for an older tree to be given up.
    public long gatedPages() {
        return gate.pages();
    }

    /// Pages that were handed out and that no merged root reaches yet.
    public long detachedPages() {
        return filePages() - freePages() - livePages - gatedPages();
    }

    /// Bytes of the Java heap that grow with the file, or with what waits to be given up.
    public long heapBytes() {
        return live.heapBytes()
                + doomed.heapBytes()
                + newSinceCommit.heapBytes()
                + allocator.heapBytes()
                + gate.heapBytes();
    }

    /// Of the detached pages, those that the merge has taken that goes on.
    public long mergingPages() {
        return merge == null || merge.hasEnded() ? 0 : merge.allocated().totalPages();
    }

    public boolean isFree(int page) {
        return page < filePages() && !allocator.isUsed(page);
    }

    public boolean isLive(int page) {
        return page < filePages() && live.get(page);
    }

    /// @return a copy of what [#isLive] says of each page
    public BitSet live() {
        BitSet copy = BitSet.valueOf(live.words());
        copy.clear(filePages(), Math.max(filePages(), copy.length()));
        return copy;
    }

    /// @return the pages that [#detachedPages] counts
    public BitSet detached() {
        BitSet pages = allocator.used();
        pages.andNot(live());
        gate.removeFrom(pages);
        return pages;
    }

    /// Whether all pages of a run are in use, and none of them is kept for the account itself.
    public boolean isLiveRun(int firstPage, int pages) {
        int end = firstPage + pages;
        if (live.nextClear(firstPage, end) != end) {
            return false;
        }
        long groupPages = layout.groupPages();
        for (int group = (int) (firstPage / groupPages); group * groupPages < end; group++) {
            if (firstPage < layout.slotsEnd(group)) {
                return false;
            }
        }
        return true;
    }

    // ---- commits ---------------------------------------------------------------------------------------------------

    /// Takes down what a commit of the newest merged root has to write. Until its last image has been encoded no merge
    /// may complete and the size must stay; until it has ended no other commit may begin.
    ///
    /// @param generation the root's
    public SpaceCommit prepareCommit(long generation) {
        if (commit != null && !commit.hasEnded()) {
            throw new IllegalStateException("The commit before has neither been committed nor abandoned");
        }
        commit = new SpaceCommit(layout, live, filePages(), livePages, slots, generation, newSinceCommit::clearAll);
        return commit;
    }

    // ---- for merges ------------------------------------------------------------------------------------------------

    /// Pages that a tree from disk claims to hold are only freed if they can be its own.
    void doomLive(int firstPage, int pages, long birth, long generation) {
        int end = checkedEnd(firstPage, pages);
        if (birth < 1 || birth > generation) {
            throw new CorruptionException(
                    device, firstPage, "a page of generation 1 to " + generation, "generation " + birth);
        }
        if (!isLiveRun(firstPage, pages) || !doomed.allClear(firstPage, end)) {
            throw new CorruptionException(
                    device, firstPage, "pages that the tree reaches once", "pages that are free or reached twice");
        }
        doomed.set(firstPage, end);
    }

    void doom(int firstPage, int pages) {
        doomed.set(firstPage, firstPage + pages);
    }

    void checkDetached(int firstPage, int pages) {
        int end = checkedEnd(firstPage, pages);
        if (!allocator.allUsed(firstPage, end) || !live.allClear(firstPage, end) || !doomed.allClear(firstPage, end)) {
            throw new IllegalArgumentException(
                    "Pages " + firstPage + " to " + (end - 1) + " are not an allocated run that is in no tree");
        }
    }

    private int checkedEnd(int firstPage, int pages) {
        if (firstPage < 1 || pages < 1 || pages > filePages() - firstPage) {
            throw new CorruptionException(
                    device,
                    firstPage,
                    "pages of a file of " + filePages() + " pages",
                    pages + " pages from page " + firstPage + " on");
        }
        return firstPage + pages;
    }

    void complete(MergeSpace merge) {
        comeAlive(merge.allocated());
        comeAlive(merge.adopted());
        PageRuns unused = merge.unused();
        for (int i = 0; i < unused.size(); i++) {
            clearLive(unused.first(i), unused.end(i));
            allocator.release(unused.first(i), unused.end(i));
        }
        die(merge.freed());
        die(merge.freedBeforeCommit());
        gate.add(merge.generation(), merge.freed(), false);
        gate.add(merge.generation(), merge.freedBeforeCommit(), true);
    }

    private void comeAlive(PageRuns runs) {
        for (int i = 0; i < runs.size(); i++) {
            setLive(runs.first(i), runs.end(i));
            newSinceCommit.set(runs.first(i), runs.end(i));
        }
    }

    private void die(PageRuns runs) {
        for (int i = 0; i < runs.size(); i++) {
            clearLive(runs.first(i), runs.end(i));
            doomed.clear(runs.first(i), runs.end(i));
        }
    }

    /// Whether a live page became so after the durable root, so that this does not reach it.
    boolean isNewSinceCommit(int page) {
        return newSinceCommit.get(page);
    }

    void abandon(MergeSpace merge) {
        PageRuns taken = merge.allocated();
        for (int i = 0; i < taken.size(); i++) {
            allocator.release(taken.first(i), taken.end(i));
        }
        for (PageRuns freed : List.of(merge.freed(), merge.freedBeforeCommit())) {
            for (int i = 0; i < freed.size(); i++) {
                doomed.clear(freed.first(i), freed.end(i));
            }
        }
    }

    private void setLive(int from, int to) {
        assert live.allClear(from, to) : from + " to " + to;
        live.set(from, to);
        livePages += to - from;
        slots.touch(from, to);
    }

    private void clearLive(int from, int to) {
        livePages -= live.count(from, to);
        live.clear(from, to);
        slots.touch(from, to);
    }

    private void ensureBits(int filePages) {
        long pages = (long) layout.regions(filePages) * layout.regionPages();
        live.ensure(pages);
        doomed.ensure(pages);
        newSinceCommit.ensure(pages);
    }

    private static void requirePossible(SpaceLayout layout, int filePages) {
        if (!layout.isPossible(filePages)) {
            throw new IllegalArgumentException("A file cannot have " + filePages + " pages; the next possible size is "
                    + layout.atLeast(Math.max(1, filePages)));
        }
    }
}

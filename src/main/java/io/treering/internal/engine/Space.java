package io.treering.internal.engine;

import io.treering.NoSpaceException;
import io.treering.device.BlockDevice;
import io.treering.internal.cache.PageCache;
import io.treering.internal.freelist.MergeSpace;
import io.treering.internal.freelist.SpaceCommit;
import io.treering.internal.freelist.SpaceMap;
import io.treering.internal.tree.MergeBound;
import java.util.BitSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// The pages of the device, shared by the flusher and by writers of large values: the space map behind a lock, and a
/// device that grows when the map has nothing left.
///
/// The device grows by an eighth of its size, between 1 and 64 MiB: allocated at once, so that a full disk shows here
/// and never in a commit.
///
/// Pages that have been promised to what is buffered, and those of the reserve, go to nobody else, see [Promises].
final class Space {
    private static final long SMALLEST_GROWTH = 1 << 20;
    private static final long LARGEST_GROWTH = 64 << 20;

    /// To look how much room there is takes two system calls.
    private static final int EXTENTS_BETWEEN_LOOKS = 64;

    /// For what no tree has written: it might belong to any.
    private static final long FIRST_GENERATION = 1;

    private final ReentrantLock lock = new ReentrantLock();
    private final BlockDevice device;
    private final PageCache cache;
    private final SpaceMap map;
    private final int pageSize;
    private final Promises promises;
    private final FileEnd fileEnd;
    private final RunsInHand inHand;

    /// Pages of the log's region.
    private int reserved;

    /// Not before all that the log holds has been merged, since that was promised room before the crash.
    private boolean mayShrink;

    /// How many extents have to do with what there is before [#growForLength] looks again.
    private int extentsAsTheyAre;

    private boolean isLengthRefused;

    /// @param reserved pages that are live but no part of the tree
    Space(BlockDevice device, PageCache cache, SpaceMap map, int pageSize, int reserved) {
        this.reserved = reserved;
        this.device = device;
        this.cache = cache;
        this.map = map;
        this.pageSize = pageSize;
        this.promises = new Promises(lock, device, map, pageSize);
        this.fileEnd = new FileEnd(map, promises, pageSize);
        this.inHand = new RunsInHand(lock, map);
        cache.ensureTable(map.filePages());
    }

    /// @param promised whether the pages that it takes have been promised to it
    MergeSpace beginMerge(long generation, boolean promised) {
        lock.lock();
        try {
            promises.mergeBegins(promised);
            // While writes go on there is no time to move pages. But what is written over moves by itself.
            int end = fileEnd.preferred();
            map.preferBelow(end < 0 ? Integer.MAX_VALUE : end);
            return map.beginMerge(generation);
        } finally {
            lock.unlock();
        }
    }

    /// Changes the bookkeeping of a merge, which shares the map's state.
    void change(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    /// Up to `atMost` pages in a row, for [SpaceMap#extentStart] and [SpaceMap#extentPages].
    long allocateExtent(MergeSpace merge, int atMost) {
        lock.lock();
        try {
            if (atMost > 1 && map.isScattered() && --extentsAsTheyAre < 0) {
                growForLength();
            }
            long extent = merge.allocateExtent(atMost);
            if (extent == 0) {
                grow(1);
                extent = merge.allocateExtent(atMost);
            }
            return extent;
        } finally {
            lock.unlock();
        }
    }

    /// The page nearest to the file's start, as an extent.
    long allocateLowest(MergeSpace merge) {
        lock.lock();
        try {
            int page = merge.allocateRun(1);
            return page < 0 ? allocateExtent(merge, 1) : SpaceMap.extent(page, 1);
        } finally {
            lock.unlock();
        }
    }

    /// Exactly so many pages in a row, without growing; -1 if there are none beside what is kept for others.
    ///
    /// @param beside so many more have to be left
    int allocateLowRun(MergeSpace merge, int pages, long beside) {
        lock.lock();
        try {
            return map.freePages() - pages - beside < promises.kept() ? -1 : merge.allocateRun(pages);
        } finally {
            lock.unlock();
        }
    }

    /// As [FileEnd#worthwhile].
    int worthwhileEnd() {
        lock.lock();
        try {
            return fileEnd.worthwhile();
        } finally {
            lock.unlock();
        }
    }

    /// As [FileEnd#isFarOff].
    boolean isMostlyFree() {
        lock.lock();
        try {
            return fileEnd.isFarOff();
        } finally {
            lock.unlock();
        }
    }

    /// Exactly so many pages in a row, for a merge.
    int allocateRun(MergeSpace merge, int pages) {
        lock.lock();
        try {
            int first = merge.allocateRun(pages);
            while (first < 0) {
                grow(pages);
                first = merge.allocateRun(pages);
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    /// What writes have taken outside of any merge; shares the lock.
    RunsInHand inHand() {
        return inHand;
    }

    /// Exactly so many pages in a row, outside of any merge, beside what is promised and the reserve.
    ///
    /// @param hand of the write that they are for
    /// @throws NoSpaceException if there are not as many
    int allocateRun(RunsInHand.Hand hand, int pages) {
        lock.lock();
        try {
            hand.prepare();
            int first = allocateSpareRun(pages);
            hand.take(first, pages);
            return first;
        } catch (NoSpaceException e) {
            throw new NoSpaceException(
                    device.name() + " has no room for a value of " + pages + " pages in a row of " + pageSize
                            + " bytes: " + map.freePages() + " pages are free, of which " + promises.kept()
                            + " are kept for deletes and for what is buffered; " + e.getMessage(),
                    e);
        } finally {
            lock.unlock();
        }
    }

    private int allocateSpareRun(int pages) {
        long missing = promises.total() + promises.reserve() + pages - promises.room(promises.areAboutRuns());
        if (missing > 0) {
            grow(Math.toIntExact(Math.min(missing, Integer.MAX_VALUE)));
        }
        int first = map.allocateRun(pages);
        while (first < 0) {
            grow(pages);
            first = map.allocateRun(pages);
        }
        return first;
    }

    /// Exactly so many pages in a row for good, further down than `limit` and without growing; -1 if there are none.
    int reserveRunBelow(int pages, int limit) {
        lock.lock();
        try {
            int first = map.reserveRunBelow(pages, limit);
            reserved += first >= 0 ? pages : 0;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /// Lets go of a run that was reserved: free once a commit of a root of `generation` is durable.
    void releaseReserved(int firstPage, int pages, long generation) {
        lock.lock();
        try {
            MergeSpace release = map.beginMerge(generation);
            release.free(firstPage, pages, FIRST_GENERATION);
            release.complete();
            reserved -= pages;
        } finally {
            lock.unlock();
        }
    }

    /// As [#allocateRun(RunsInHand.Hand, int)], for good: the log's region.
    int reserveRun(int pages) {
        assert pages <= map.layout().longestRun() : pages + " pages in a row are nowhere";
        lock.lock();
        try {
            long missing = promises.reserve() + pages - map.freePages();
            if (missing > 0) {
                grow(Math.toIntExact(missing));
            }
            int first = map.reserveRun(pages);
            while (first < 0) {
                grow(pages);
                first = map.reserveRun(pages);
            }
            reserved += pages;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /// Takes in what the device has grown by since the last commit: there may be runs that the log refers to.
    void coverDevice() {
        lock.lock();
        try {
            long beyond = device.size() / pageSize - map.filePages();
            if (beyond > 0) {
                growBy(beyond);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean claim(int firstPage, int pages) {
        lock.lock();
        try {
            return map.claim(firstPage, pages);
        } finally {
            lock.unlock();
        }
    }

    void releaseUnneeded(long[] neededGenerations, long durable) {
        lock.lock();
        try {
            map.releaseUnneeded(neededGenerations, durable);
        } finally {
            lock.unlock();
        }
    }

    // ---- promises -------------------------------------------------------------------------------------------------

    /// Who has been promised what; shares the lock.
    Promises promises() {
        return promises;
    }

    /// What a merge finds that comes behind those of all frozen buffers.
    ///
    /// @param rootLevel the root's level now
    MergeBound.Tree tree(int rootLevel) {
        lock.lock();
        try {
            return promises.tree(map.livePages() - reserved, rootLevel);
        } finally {
            lock.unlock();
        }
    }

    /// Tries to add up to `most` pages to promise, and `least` at least. There is nothing to be gained as long as part
    /// of what the device can grow by counts without that.
    ///
    /// @return whether it grew
    boolean tryToGrow(long most, long least) {
        lock.lock();
        try {
            long known = device.roomToGrow();
            long pages = Math.min(most, Math.max(least, comfortableGrowth()));
            if (known >= 0) {
                pages = promises.isGrowthCertain() ? 0 : Math.min(pages, known / pageSize);
            }
            for (; pages >= least; pages /= 2) {
                try {
                    growBy(pages);
                    return true;
                } catch (NoSpaceException _) {
                    // Perhaps there is half of it.
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// Sees to it that the reserve is there, if the device has room for it.
    void keepReserve() {
        lock.lock();
        try {
            long missing = promises.reserve() - map.freePages();
            if (missing > 0) {
                grow((int) missing);
            }
        } catch (NoSpaceException _) {
            // Then what is there has to do until there is room.
        } finally {
            lock.unlock();
        }
    }

    /// Whether so many free pages could be taken without touching what is kept for others.
    boolean canSpare(long pages) {
        lock.lock();
        try {
            return map.freePages() - pages >= promises.kept();
        } finally {
            lock.unlock();
        }
    }

    /// From now on commits cut the file where its end is not needed.
    void allowShrinking() {
        lock.lock();
        try {
            mayShrink = true;
        } finally {
            lock.unlock();
        }
    }

    /// Adds at least `pages` pages at the end, more where the device has them. But where much of the file is free, it
    /// is a few pages in a row that are missing, not room.
    private void grow(int pages) {
        boolean isScattered = map.freePages() > map.filePages() / 8;
        try {
            growBy(Math.max(pages, isScattered ? SMALLEST_GROWTH / pageSize : comfortableGrowth()));
        } catch (NoSpaceException _) {
            growBy(pages);
        }
    }

    /// Single pages cost a write each, and a read each when they are replaced in turn. Where the device has plenty of
    /// room, a file that is a quarter larger than its use serves merges better.
    private void growForLength() {
        extentsAsTheyAre = EXTENTS_BETWEEN_LOOKS;
        long pages = Math.min(fileEnd.growthForLength(), comfortableGrowth());
        if (isLengthRefused
                || pages * pageSize < SMALLEST_GROWTH
                || device.roomToGrow() < (long) map.filePages() * pageSize) {
            return;
        }
        try {
            growBy(pages);
        } catch (NoSpaceException _) {
            // There is less room than the device says. Single pages have to do, and it need not be asked for each.
            isLengthRefused = true;
        }
    }

    private long comfortableGrowth() {
        long bytes = (long) map.filePages() * pageSize;
        return Math.clamp(bytes / 8, SMALLEST_GROWTH, LARGEST_GROWTH) / pageSize;
    }

    private void growBy(long pages) {
        long wanted = map.filePages() + pages;
        if (wanted > Integer.MAX_VALUE) {
            throw new NoSpaceException(device.name() + " would have more than " + Integer.MAX_VALUE + " pages");
        }
        int target = map.layout().atLeast((int) wanted);
        if ((long) target * pageSize > device.size()) {
            device.grow((long) target * pageSize);
        }
        cache.ensureTable(target);
        map.grow(target);
    }

    /// One commit's part in the space map: what has to be written is handed to `writer` under the lock, because
    /// nothing may complete or grow before the last image has been encoded.
    SpaceCommit prepareCommit(long generation, Consumer<SpaceCommit> writer) {
        lock.lock();
        try {
            fileEnd.commitBegins();
            shrinkIfWorthwhile();
            SpaceCommit commit = map.prepareCommit(generation);
            try {
                writer.accept(commit);
            } catch (RuntimeException | Error e) {
                // No meta block names these images: the next commit writes them all again.
                commit.abandoned();
                throw e;
            }
            return commit;
        } finally {
            lock.unlock();
        }
    }

    /// Whether the next commit would cut the file off behind its last used page.
    boolean wouldShrink() {
        lock.lock();
        try {
            return mayShrink && fileEnd.isWorthCutting();
        } finally {
            lock.unlock();
        }
    }

    /// Free pages at the end are given up with this commit, and cut off behind it.
    private void shrinkIfWorthwhile() {
        if (wouldShrink()) {
            map.shrink(map.layout().atLeast((int) fileEnd.behindLastUse()));
        }
    }

    void committed(SpaceCommit commit) {
        lock.lock();
        try {
            commit.committed();
            long bytes = (long) map.filePages() * pageSize;
            if (bytes < device.size()) {
                cache.shrinkTable(map.filePages());
                device.truncate(bytes);
            }
        } finally {
            lock.unlock();
        }
    }

    int filePages() {
        lock.lock();
        try {
            return map.filePages();
        } finally {
            lock.unlock();
        }
    }

    long livePages() {
        lock.lock();
        try {
            return map.livePages();
        } finally {
            lock.unlock();
        }
    }

    long freePages() {
        lock.lock();
        try {
            return map.freePages();
        } finally {
            lock.unlock();
        }
    }

    long gatedPages() {
        lock.lock();
        try {
            return map.gatedPages();
        } finally {
            lock.unlock();
        }
    }

    long heapBytes() {
        lock.lock();
        try {
            return map.heapBytes();
        } finally {
            lock.unlock();
        }
    }

    /// The account as of one moment.
    ///
    /// @param live the pages that are in use
    /// @param free how many can be handed out
    /// @param gated how many wait until nobody needs them
    /// @param detached the pages that were handed out and that the merged tree does not reach yet
    /// @param inHand those of them that writes hold which are under way
    record Account(int filePages, BitSet live, long free, long gated, BitSet detached, BitSet inHand) {}

    Account account() {
        lock.lock();
        try {
            return new Account(
                    map.filePages(), map.live(), map.freePages(), map.gatedPages(), map.detached(), inHand.pages());
        } finally {
            lock.unlock();
        }
    }

    int firstPage() {
        return map.layout().firstPage();
    }

    boolean isReserved(int page) {
        return map.layout().isReserved(page);
    }
}

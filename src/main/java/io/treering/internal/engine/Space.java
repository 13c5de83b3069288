package io.treering.internal.engine;

import io.treering.NoSpaceException;
import io.treering.device.BlockDevice;
import io.treering.internal.cache.PageCache;
import io.treering.internal.freelist.MergeSpace;
import io.treering.internal.freelist.SpaceCommit;
import io.treering.internal.freelist.SpaceMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// The pages of the device, shared by the flusher and by writers of large values: the space map behind a lock, and a
/// device that grows when the map has nothing left.
///
/// The device grows by an eighth of its size, between 1 and 64 MiB: allocated at once, so that a full disk shows here
/// and never in a commit.
final class Space {
    private static final long SMALLEST_GROWTH = 1 << 20;
    private static final long LARGEST_GROWTH = 64 << 20;

    /// Fewer free pages at the file's end than this are kept for the next merge.
    private static final long SMALLEST_SHRINK = 4 << 20;

    /// For what no tree has written: it might belong to any.
    private static final long FIRST_GENERATION = 1;

    private final ReentrantLock lock = new ReentrantLock();
    private final BlockDevice device;
    private final PageCache cache;
    private final SpaceMap map;
    private final int pageSize;

    Space(BlockDevice device, PageCache cache, SpaceMap map, int pageSize) {
        this.device = device;
        this.cache = cache;
        this.map = map;
        this.pageSize = pageSize;
        cache.ensureTable(map.filePages());
    }

    MergeSpace beginMerge(long generation) {
        lock.lock();
        try {
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

    /// Exactly so many pages in a row, without growing; -1 if there are none.
    int allocateLowRun(MergeSpace merge, int pages) {
        lock.lock();
        try {
            return merge.allocateRun(pages);
        } finally {
            lock.unlock();
        }
    }

    /// Where the file could end if its pages were moved together, or -1 if that is not worth the work: at most a third
    /// of the file is free.
    int worthwhileEnd() {
        lock.lock();
        try {
            long used = map.livePages() + map.gatedPages() + map.detachedPages();
            long slack = SMALLEST_SHRINK / pageSize;
            if (map.filePages() <= used + used / 2 + slack) {
                return -1;
            }
            return map.layout().atLeast((int) (used + used / 8 + slack / 2));
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

    /// Exactly so many pages in a row, outside of any merge.
    int allocateRun(int pages) {
        lock.lock();
        try {
            int first = map.allocateRun(pages);
            while (first < 0) {
                grow(pages);
                first = map.allocateRun(pages);
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    /// Exactly so many pages in a row for good, further down than `limit` and without growing; -1 if there are none.
    int reserveRunBelow(int pages, int limit) {
        lock.lock();
        try {
            return map.reserveRunBelow(pages, limit);
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
        } finally {
            lock.unlock();
        }
    }

    /// As [#allocateRun(int)], for good: the log's region.
    int reserveRun(int pages) {
        lock.lock();
        try {
            int first = map.reserveRun(pages);
            while (first < 0) {
                grow(pages);
                first = map.reserveRun(pages);
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    void giveBack(int firstPage, int pages) {
        lock.lock();
        try {
            map.giveBack(firstPage, pages);
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

    /// Adds at least `pages` pages at the end, more where the device has them.
    private void grow(int pages) {
        long bytes = (long) map.filePages() * pageSize;
        long comfortable = Math.clamp(bytes / 8, SMALLEST_GROWTH, LARGEST_GROWTH) / pageSize;
        try {
            growBy(Math.max(pages, comfortable));
        } catch (NoSpaceException _) {
            growBy(pages);
        }
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
            long spare = (long) (map.filePages() - map.leastFilePages()) * pageSize;
            return spare >= Math.max(SMALLEST_SHRINK, (long) map.filePages() * pageSize / 4);
        } finally {
            lock.unlock();
        }
    }

    /// Free pages at the end are given up with this commit, and cut off behind it.
    private void shrinkIfWorthwhile() {
        if (wouldShrink()) {
            map.shrink(map.layout().atLeast((int) (map.leastFilePages() + SMALLEST_SHRINK / 2 / pageSize)));
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

    boolean isLive(int page) {
        lock.lock();
        try {
            return map.isLive(page);
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

    /// Calls back with every live page that is not reserved; used by the check.
    void forEachLive(LongConsumer consumer) {
        int pages = filePages();
        for (int page = 0; page < pages; page++) {
            if (isLive(page) && !isReserved(page)) {
                consumer.accept(page);
            }
        }
    }
}

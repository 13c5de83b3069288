package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.internal.freelist.SpaceMap;
import io.treering.internal.tree.MergeBound;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/// Who has been promised which pages, and how many are left.
///
/// The merge of a buffer has been promised the pages that it may take, see [Admission]: there is a promise for the
/// active buffer, and one for each frozen one until it has been merged. Beside these stands the *reserve*, for deletes.
///
/// *Room* is what promises are made of: free pages, those that a merge has taken on the strength of its promise, and
/// what the device could still grow by, as long as that is far from nothing. The last 64 MiB of a device, and those of
/// one that does not know where it ends, count only once they are allocated.
///
/// Its state belongs to the lock of [Space]; what takes that lock by itself says so.
final class Promises {
    /// So much of what a device says that it could grow by is not relied on: others may take it.
    private static final long UNCERTAIN = 64 << 20;

    /// Pages of the reserve: enough for a group of deletes all over a tree, a 64th of larger files.
    private static final int SMALLEST_RESERVE = 128;

    private static final int LARGEST_RESERVE = 2_048;
    private static final int RESERVE_SHARE = 64;

    /// What a buffer's merges may need, and what later ones will find of it.
    ///
    /// @param lastSequence of the buffer
    /// @param pages that they may write
    /// @param content what they bring into the tree, see [MergeBound#content]
    /// @param operations of the buffer
    /// @param merges how many
    /// @param runs whether they may need pages in a row
    record Frozen(long lastSequence, long pages, long content, long operations, int merges, boolean runs) {}

    private final ReentrantLock lock;
    private final BlockDevice device;
    private final SpaceMap map;
    private final int pageSize;
    private final Deque<Frozen> frozen = new ArrayDeque<>();
    private long frozenPages;
    private long frozenContent;
    private long frozenOperations;
    private int frozenMerges;
    private int frozenWithRuns;
    private long active;
    private boolean activeRuns;
    private boolean mergeIsPromised;

    Promises(ReentrantLock lock, BlockDevice device, SpaceMap map, int pageSize) {
        this.lock = lock;
        this.device = device;
        this.map = map;
        this.pageSize = pageSize;
    }

    // ---- for everybody, with the lock taken here --------------------------------------------------------------------

    /// Pages that are kept for the merges of deletes.
    int reserve() {
        lock.lock();
        try {
            return Math.clamp(map.filePages() / RESERVE_SHARE, SMALLEST_RESERVE, LARGEST_RESERVE);
        } finally {
            lock.unlock();
        }
    }

    /// Pages that could be promised to the active buffer, the reserve included.
    ///
    /// @param inARow only those that lie side by side
    long promisable(boolean inARow) {
        lock.lock();
        try {
            return room(inARow) - frozenPages;
        } finally {
            lock.unlock();
        }
    }

    /// Promises pages to the active buffer, in place of what was promised to it before.
    ///
    /// @param beside so many have to be left
    /// @return false if there are not as many any more; then the old promise stands
    boolean promise(long pages, long beside, boolean runs) {
        lock.lock();
        try {
            if (room(runs) - frozenPages < pages + beside) {
                return false;
            }
            active = pages;
            activeRuns = runs;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// The active buffer is promised nothing any more: nothing is in it.
    void withdraw() {
        lock.lock();
        try {
            active = 0;
            activeRuns = false;
        } finally {
            lock.unlock();
        }
    }

    /// The active buffer is frozen; the next one has been promised nothing.
    void freeze(Frozen buffer) {
        lock.lock();
        try {
            frozen.add(buffer);
            count(buffer, 1);
            active = 0;
            activeRuns = false;
        } finally {
            lock.unlock();
        }
    }

    private void count(Frozen buffer, int sign) {
        frozenPages += sign * buffer.pages;
        frozenContent += sign * buffer.content;
        frozenOperations += sign * buffer.operations;
        frozenMerges += sign * buffer.merges;
        frozenWithRuns += buffer.runs ? sign : 0;
    }

    /// The buffers up to this sequence have been merged.
    void fulfil(long sequence) {
        lock.lock();
        try {
            while (!frozen.isEmpty() && frozen.element().lastSequence <= sequence) {
                count(frozen.remove(), -1);
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- under the lock ---------------------------------------------------------------------------------------------

    /// @param promised whether the pages that it takes have been promised to it
    void mergeBegins(boolean promised) {
        mergeIsPromised = promised;
    }

    long total() {
        return frozenPages + active;
    }

    /// What a merge finds that comes behind those of all frozen buffers.
    ///
    /// @param pages of the tree now
    /// @param rootLevel the root's level now
    MergeBound.Tree tree(long pages, int rootLevel) {
        return new MergeBound.Tree(pages + frozenContent, frozenOperations, frozenMerges, rootLevel);
    }

    /// Whether one of the promises is about pages in a row.
    boolean areAboutRuns() {
        return frozenWithRuns > 0 || activeRuns;
    }

    /// Pages that are free, or a promised merge's, or to be had for certain.
    ///
    /// @param inARow only what lies side by side at the file's end and behind
    long room(boolean inARow) {
        long growth = certainGrowth();
        long all = map.freePages() + (mergeIsPromised ? map.mergingPages() : 0) + growth;
        return inARow ? Math.min(all, map.filePages() - map.leastFilePages() + growth) : all;
    }

    /// Pages of the file that have to stay free although nobody has them yet.
    long kept() {
        return reserve() + Math.max(0, total() - certainGrowth());
    }

    boolean isGrowthCertain() {
        return certainGrowth() > 0;
    }

    /// Pages by which the device can grow, as far as it is sensible to rely on that.
    private long certainGrowth() {
        long bytes = device.roomToGrow() - UNCERTAIN;
        return bytes <= 0 ? 0 : Math.min(bytes / pageSize, Integer.MAX_VALUE - map.filePages());
    }
}

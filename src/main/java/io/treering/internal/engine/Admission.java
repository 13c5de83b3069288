package io.treering.internal.engine;

import io.treering.NoSpaceException;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.tree.MergeBound;

/// Lets a write into the active buffer only if the buffer's merge is sure to find the pages that it may need, beside
/// those that frozen buffers were promised, and beside the reserve, which only deletes may touch.
///
/// A look at the space costs a system call and a lock. So each look admits whatever comes up to a certain number of
/// entries and of bytes, by the worst that could come: as far as there is room, all of the buffer. The writer compares
/// two numbers.
///
/// **Runs.** The merge puts values that are too long for a leaf into runs of pages side by side, and free pages may lie
/// scattered. Where there is not enough room in a row for all that might be needed, space is *tight*: such values then
/// go to their runs when they are put.
///
/// Under the writer's lock, but for [#isTight].
final class Admission {
    /// What a write may claim of a device that is almost full.
    enum Claim {
        /// Room that is left when the reserve stays.
        PUT,

        /// The reserve, too.
        DELETE,

        /// It was admitted before the crash, so its merge is tried whatever is left.
        REPLAY
    }

    private static final long LEAST_ENTRY = BufferEntry.size(0, 0);

    /// A look is worth growing the file for if it would cover less than this part of a buffer.
    private static final int WORTHWHILE_SHARE = 8;

    private final String name;
    private final Space space;
    private final Promises promises;
    private final Views views;
    private final int pageSize;
    private final int inlineLimit;

    /// Whoever cannot merge need not ask.
    private final boolean unlimited;

    /// Entries and bytes of the active buffer up to which everything is admitted.
    private long entryLimit;

    private long byteLimit;

    private int viewsSeen;
    private boolean growthRefused;
    private boolean hasRuns;
    private volatile boolean tight;

    // The tree and the windows as of the present look.
    private MergeBound.Tree tree = new MergeBound.Tree(0, 0, 0, 0);

    Admission(String name, Space space, Views views, int pageSize, int inlineLimit, boolean unlimited) {
        this.name = name;
        this.space = space;
        this.promises = space.promises();
        this.views = views;
        this.pageSize = pageSize;
        this.inlineLimit = inlineLimit;
        this.unlimited = unlimited;
        this.entryLimit = unlimited ? Long.MAX_VALUE : 0;
        this.byteLimit = entryLimit;
    }

    /// Whether entries with so many bytes of keys and values can come into the active buffer without a look.
    boolean covers(WriteBuffer active, int entries, long bytes) {
        return active.count() + entries <= entryLimit && end(active, entries, bytes) <= byteLimit;
    }

    /// How much of what the active buffer was admitted to is used up, from 0 to 1; 0 if all of the buffer was.
    double fullness(WriteBuffer active) {
        return unlimited || byteLimit >= active.capacity() || byteLimit == 0
                ? 0
                : Math.min(1, (double) active.bytes() / byteLimit);
    }

    private static long end(WriteBuffer active, int entries, long bytes) {
        return active.bytes() + BufferEntry.largestSize(entries, bytes);
    }

    /// Whether values that do not fit into a leaf have to go to their runs when they are put. By any thread; true
    /// only in passing where the lock is not held.
    boolean isTight() {
        return tight;
    }

    /// A value that does not fit into a leaf comes into the active buffer.
    void holdsRun() {
        hasRuns = true;
    }

    /// More views cut a buffer into more windows: the next write looks again.
    void noticeViews() {
        if (!unlimited && views.openViews() > viewsSeen) {
            entryLimit = 0;
        }
    }

    /// The active buffer is being frozen; another one, which is empty, takes its place.
    void freeze(WriteBuffer frozen) {
        if (!unlimited) {
            look();
            promises.freeze(new Promises.Frozen(
                    frozen.lastSequence(),
                    pages(frozen.count(), frozen.bytes()),
                    MergeBound.content(frozen.bytes(), inlineLimit, pageSize),
                    frozen.count(),
                    viewsSeen + 1,
                    hasRuns));
            entryLimit = 0;
            hasRuns = false;
            growthRefused = false;
        }
    }

    /// The active buffer is empty: what it was promised ahead is for others, and the next write looks again.
    void withdraw() {
        if (!unlimited) {
            promises.withdraw();
            entryLimit = 0;
        }
    }

    /// Something may have changed since the file could not grow.
    void hopeAgain() {
        growthRefused = false;
    }

    /// Admits entries to the active buffer, and as much behind them as there is room for.
    ///
    /// @param deletes whether they may use the reserve
    /// @return false if there is no room for them; a merge and a commit of what is buffered may make some
    boolean admit(WriteBuffer active, int entries, long bytes, boolean deletes) {
        look();
        int count = active.count() + entries;
        long end = end(active, entries, bytes);
        long left = Math.max(0, active.capacity() - end);
        int reserve = promises.reserve();
        long ahead = ahead(count, end, left, reserve, true);
        long worthwhile = Math.min(left, active.capacity() / WORTHWHILE_SHARE);
        if (ahead < worthwhile && !growthRefused) {
            long missing = pages(count, end) + reserve - promises.promisable(false);
            long wanted = pages(count, end, worthwhile) + reserve - promises.promisable(true);
            growthRefused = wanted > 0 && !space.tryToGrow(wanted, Math.clamp(missing, 1, wanted));
            ahead = ahead(count, end, left, reserve, true);
        }
        if (ahead >= worthwhile && promise(count, end, ahead, reserve, true)) {
            tight = false;
            return true;
        }
        if (hasRuns) {
            // They must stay in a row with all that comes before them.
            return ahead >= 0 && promise(count, end, ahead, reserve, true);
        }
        tight = true;
        ahead = ahead(count, end, left, reserve, false);
        return (ahead >= 0 && promise(count, end, ahead, reserve, false))
                || (deletes && promise(count, end, 0, 0, false));
    }

    /// Admits what was acknowledged before a crash, although there may be no room for it.
    void admitAnyway(WriteBuffer active, int entries, long bytes) {
        entryLimit = (long) active.count() + entries;
        byteLimit = end(active, entries, bytes);
    }

    NoSpaceException refusal(WriteBuffer active, int entries, long bytes) {
        look();
        long needed = pages(active.count() + entries, end(active, entries, bytes));
        long gated = space.gatedPages();
        return new NoSpaceException(name + " has no room for this write: its merge may take " + needed + " pages of "
                + pageSize + " bytes, and " + Math.max(0, promises.promisable(false)) + " are left, of which "
                + promises.reserve() + " are kept for deletes"
                + (gated == 0
                        ? ""
                        : "; " + gated + " more are held by snapshots, scans and cursors, or by the last commit"));
    }

    private void look() {
        tree = space.tree(views.current().rootLevel);
        viewsSeen = views.openViews();
    }

    private boolean promise(int count, long end, long ahead, int beside, boolean inARow) {
        if (promises.promise(pages(count, end, ahead), beside, inARow)) {
            entryLimit = count + ahead / LEAST_ENTRY;
            byteLimit = end + ahead;
            return true;
        }
        return false;
    }

    /// How many bytes there is room for behind these entries; -1 if there is none for the entries.
    private long ahead(int count, long end, long left, int beside, boolean inARow) {
        long room = promises.promisable(inARow) - beside;
        if (pages(count, end, 0) > room) {
            return -1;
        }
        long ahead = left;
        while (pages(count, end, ahead) > room) {
            ahead /= 2;
        }
        return ahead;
    }

    private long pages(int count, long bytes) {
        return pages(count, bytes, 0);
    }

    private long pages(int count, long bytes, long ahead) {
        return MergeBound.pages(count + ahead / LEAST_ENTRY, bytes + ahead, tree, viewsSeen + 1, inlineLimit, pageSize);
    }
}

package io.treering.internal.engine;

import io.treering.CacheExhaustedException;
import io.treering.CommitMode;
import io.treering.NoSpaceException;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.format.Meta;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.tree.MergeBound;
import io.treering.internal.tree.MergeResult;
import io.treering.internal.tree.TreeMerge;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Merges frozen buffers into the tree, oldest first, and commits.
///
/// **Merging is not committing.** A merge gives the store a newer root to read from and ends the life of a buffer; the
/// durable root stays where it is until a commit. With [CommitMode#AUTOMATIC] every merge is followed by a commit; with
/// [CommitMode#EXPLICIT] only a flush commits.
///
/// **Windows.** A registered view whose sequence lies within the buffer needs a root that holds the buffer's entries
/// up to that sequence and no others. So the buffer is merged in windows that end at these sequences, each merge
/// building on the one before, and every view is rebased onto its own root when the last one is done. A merge that
/// finds no space keeps the windows that are complete, and goes on behind them later.
///
/// Its state belongs to the thread that steps it; what others read is volatile.
final class Flusher implements EngineRuntime.Task {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Views views;
    private final Space space;
    private final MergePages pages;
    /// Made with the first merge: an opening need not load its classes.
    private @Nullable TreeMerge merge;

    private final Relocation relocation;
    private final Committer committer;
    private final OverflowRuns overflow;
    private final BufferPool buffers;
    private final Poison poison;
    private final CommitMode commitMode;
    private final Generations generations;
    private final LogAccess log;
    private final WritePace pace;
    private final Function<PageAnomaly, RuntimeException> damage;

    private long entries;
    private boolean relocationDue = true;
    private @Nullable BufferMerge underWay;

    private volatile long mergedSequence;
    private volatile long mergedEntries;
    private volatile LogPosition mergedLog;
    private final AtomicLong requestedCommit = new AtomicLong();
    private volatile @Nullable NoSpaceException noSpace;
    private volatile boolean commitsHeld;
    private volatile EngineRuntime.@Nullable Worker worker;

    /// Held for a step, so that a check sees tree and space map agree.
    private final ReentrantLock turn = new ReentrantLock();

    /// How often a merge found no space; waiters compare it with what it was when they began to wait.
    private final AtomicInteger noSpaceCount = new AtomicInteger();

    private final AtomicLong requestedReclaims = new AtomicLong();
    private volatile long reclaims;

    Flusher(
            Views views,
            Space space,
            MergePages pages,
            Relocation relocation,
            Committer committer,
            OverflowRuns overflow,
            BufferPool buffers,
            Poison poison,
            CommitMode commitMode,
            Generations generations,
            LogAccess log,
            WritePace pace,
            Function<PageAnomaly, RuntimeException> damage) {
        this.views = views;
        this.space = space;
        this.pages = pages;
        this.relocation = relocation;
        this.committer = committer;
        this.overflow = overflow;
        this.buffers = buffers;
        this.poison = poison;
        this.commitMode = commitMode;
        this.generations = generations;
        this.log = log;
        this.pace = pace;
        this.damage = damage;
        this.entries = committer.durable().entries();
        this.mergedEntries = entries;
        this.mergedSequence = committer.durable().sequence();
        this.mergedLog = LogPosition.of(committer.durable());
    }

    @Override
    public long step() {
        turn.lock();
        try {
            return poison.isSet() ? UNTIL_WOKEN : mergeOrCommit();
        } catch (PageAnomaly anomaly) {
            poison.set(damage.apply(anomaly));
            return UNTIL_WOKEN;
        } catch (RuntimeException | Error e) {
            poison.set(e);
            return UNTIL_WOKEN;
        } finally {
            turn.unlock();
        }
    }

    private long mergeOrCommit() {
        try {
            buffers.makeWanted();
            // Before the view: whoever asked had frozen its buffer first, so the view shows that buffer.
            long reclaimUpTo = requestedReclaims.get();
            View view = views.current();
            if (commitIsDue()) {
                commit();
                return 0;
            }
            if (view.hasFrozen()) {
                long bytes = view.oldest().bytes();
                pace.begin();
                mergeOldest(view);
                relocateAlongside();
                pace.end(bytes);
                return 0;
            }
            if (reclaims < reclaimUpTo) {
                // All of it is merged, and with automatic commits committed. What views held that have been closed
                // since becomes free here.
                releaseUnneeded();
                reclaims = reclaimUpTo;
                return 0;
            }
            return mayRelocate() && relocateIfRoom() ? 0 : UNTIL_WOKEN;
        } catch (NoSpaceException e) {
            noSpace = e;
            noSpaceCount.incrementAndGet();
            releaseUnneeded();
            return RETRY_NANOS;
        }
    }

    /// Whether a commit was asked for, and all that it must hold is merged. It does not wait for what came behind:
    /// where writers do not rest, there would always be more. Between two windows of a merge there is no commit: the
    /// account is ahead of the tree that is read.
    private boolean commitIsDue() {
        long requested = requestedCommit.get();
        return requested > committer.durable().sequence()
                && mergedSequence >= requested
                && (underWay == null || underWay.window == 0)
                && !commitsHeld;
    }

    /// Only what is durable is moved about: then the commit behind a step says nothing new.
    private boolean mayRelocate() {
        return relocationDue && mergedSequence == committer.durable().sequence();
    }

    /// Where merges follow one another without a rest, a file that is mostly free gets a step after each of them.
    private void relocateAlongside() {
        if (mayRelocate() && space.isMostlyFree()) {
            boolean _ = relocateIfRoom();
        }
    }

    /// Moving takes a little room itself, and frames of the cache. Where there are none, it can wait, and no writer
    /// need hear of it.
    private boolean relocateIfRoom() {
        try {
            return relocate();
        } catch (NoSpaceException | CacheExhaustedException _) {
            relocationDue = false;
            return false;
        }
    }

    /// Moves a bounded piece of the tree further down in the file, if too much of the file is free.
    ///
    /// @return whether there is more to do
    private boolean relocate() {
        int end = space.worthwhileEnd();
        if (end < 0) {
            relocationDue = false;
            return false;
        }
        Root root = views.current().root;
        // Where little is free in all, small steps will do.
        int operations = Relocation.MOST_OPERATIONS;
        while (operations > 0 && !space.canSpare(pagesOfRelocation(operations, root))) {
            operations /= 2;
        }
        if (operations == 0) {
            relocationDue = false;
            return false;
        }
        long generation = generations.next();
        pages.beginLow(generation, pagesOfRelocation(operations, root));
        boolean finished = false;
        Relocation.Step step;
        try {
            step = relocation.find(root, end, operations, pages);
            MergeResult result = merge().merge(root.reference(), root.level(), step.source());
            pages.finish();
            finished = true;
            views.publish(root.after(result, generation, HeadRange.EMPTY));
        } finally {
            if (!finished) {
                pages.abandon();
            }
        }
        if (!step.source().isEmpty() || space.wouldShrink()) {
            commit();
        }
        relocationDue = !step.passEnded() || relocation.endPass();
        return relocationDue;
    }

    private long pagesOfRelocation(int operations, Root root) {
        return MergeBound.pages(operations, 0, space.tree(root.level()), 1, pages.inlineLimit(), pages.pageSize());
    }

    private void mergeOldest(View view) {
        WriteBuffer oldest = view.oldest();
        BufferMerge merging = underWay;
        if (merging == null) {
            merging = new BufferMerge(oldest, views.cutsWithin(oldest), view.root);
            underWay = merging;
        } else {
            merging.keepCuts(views.cutsWithin(oldest));
            releaseUnneeded();
        }
        while (!merging.isComplete()) {
            mergeWindow(merging);
        }
        views.publish(oldest, merging.root, merging.cuts, merging.cutRoots);
        underWay = null;
        pace.merged();
        buffers.end(oldest);
        mergedSequence = oldest.lastSequence();
        mergedEntries = entries;
        space.promises().fulfil(mergedSequence);
        mergedLog = log.behind(oldest, mergedLog);
        if (commitMode == CommitMode.AUTOMATIC && !commitsHeld) {
            commit();
        } else {
            releaseUnneeded();
            space.keepReserve();
        }
        noSpace = null;
        relocation.treeChanged();
        relocationDue = true;
    }

    private TreeMerge merge() {
        TreeMerge made = merge;
        if (made == null) {
            made = new TreeMerge(pages);
            merge = made;
        }
        return made;
    }

    private void mergeWindow(BufferMerge merging) {
        long upTo = merging.windowEnd();
        long generation = generations.next();
        pages.begin(generation);
        boolean finished = false;
        try {
            BufferSource operations =
                    new BufferSource(merging.buffer.between(merging.after, upTo), merging.after, pages, overflow);
            pace.follow(operations, merging.buffer.keys());
            MergeResult result = merge().merge(merging.root.reference(), merging.root.level(), operations);
            pages.finish();
            finished = true;
            entries += result.entryCountDelta();
            merging.root = merging.root.after(result, generation, merging.buffer.heads());
        } finally {
            if (!finished) {
                pages.abandon();
            }
        }
        if (merging.window < merging.cuts.length) {
            merging.cutRoots[merging.window] = merging.root;
        }
        merging.after = upTo;
        merging.window++;
    }

    /// Commits the newest merged root.
    private void commit() {
        Root root = views.current().root;
        try {
            committer.commit(root, mergedSequence, entries, generations.ceiling(), mergedLog, false);
        } catch (NoSpaceException e) {
            // Room was allocated before. A write or a sync that fails for want of it nevertheless is a failed one, and
            // is not tried again.
            poison.set(e);
            throw e;
        }
        log.advance(mergedLog);
        releaseUnneeded();
        space.keepReserve();
    }

    /// What has been merged.
    ///
    /// @param root the newest one
    /// @param entries how many it has
    /// @param upTo the sequence of the last write that is in it
    record Merged(Root root, long entries, long upTo) {}

    /// Hands what has been merged to `task` while no merge and no commit goes on.
    <R> R whilePaused(Function<Merged, R> task) {
        turn.lock();
        try {
            BufferMerge merging = underWay;
            return task.apply(
                    merging == null
                            ? new Merged(views.current().root, entries, mergedSequence)
                            : new Merged(merging.root, entries, merging.after));
        } finally {
            turn.unlock();
        }
    }

    /// Commits the present root under a generation that was never used and with a log position; at opening.
    void commitOpening(LogPosition position) {
        turn.lock();
        try {
            mergedLog = position;
            commit();
        } finally {
            turn.unlock();
        }
    }

    /// Commits the present root with an empty log, in the region that `placement` chooses; the last commit of a
    /// recovery. No other commit may come between: it would make durable that a region is taken, and not for what.
    ///
    /// @return where the log is
    LogPosition commitRecovered(LogPosition position, LogPlacement placement) {
        turn.lock();
        try {
            poison.check();
            LogPosition placed = placement.place(position);
            if (placed.firstPage() != position.firstPage()) {
                release(position);
            }
            mergedLog = placed;
            commit();
            relocation.treeChanged();
            relocationDue = true;
            return placed;
        } finally {
            turn.unlock();
        }
    }

    /// Frees the log's region. Every state before the next commit needs it, so that has a root of a new generation.
    private void release(LogPosition old) {
        Root root = views.current().root;
        long generation = generations.next();
        if (old.pages() > 0) {
            space.releaseReserved(old.firstPage(), old.pages(), generation);
        }
        views.publish(new Root(root.reference(), root.level(), generation, root.heads()));
    }

    /// The last commit of a partition that closes; nothing else goes on.
    void commitClean() {
        committer.commit(views.current().root, mergedSequence, entries, generations.ceiling(), mergedLog, true);
    }

    private void releaseUnneeded() {
        long[] needed = views.neededGenerations();
        BufferMerge merging = underWay;
        if (merging != null) {
            needed = Arrays.copyOf(needed, needed.length + 1 + merging.window);
            int at = needed.length - 1 - merging.window;
            needed[at++] = merging.root.generation();
            for (int i = 0; i < merging.window && i < merging.cutRoots.length; i++) {
                needed[at++] = merging.cutRoots[i].generation();
            }
            Arrays.fill(needed, at, needed.length, merging.root.generation());
        }
        Meta durable = committer.durable();
        if (durable.walPages() > 0) {
            // A replay on top of the durable root needs the runs that the log names, and no root reaches them.
            needed = Arrays.copyOf(needed, needed.length + 1);
            needed[needed.length - 1] = durable.generation();
        }
        space.releaseUnneeded(needed, durable.generation());
    }

    /// Connects the thread that steps it.
    void runsOn(EngineRuntime.Worker thread) {
        worker = thread;
    }

    boolean isRunning() {
        return worker != null;
    }

    /// There may be something to do.
    void wake() {
        EngineRuntime.Worker thread = worker;
        if (thread != null) {
            thread.wake();
        }
    }

    /// From now on merges are not followed by commits; or again they are, from the next one on.
    void holdCommits(boolean hold) {
        commitsHeld = hold;
    }

    boolean holdsCommits() {
        return commitsHeld;
    }

    /// Asks for a commit that holds everything up to `sequence`.
    void requestCommit(long sequence) {
        long _ = requestedCommit.accumulateAndGet(sequence, Math::max);
    }

    /// Asks for all that is frozen to be merged, and then for every page that nobody needs any more.
    ///
    /// @return for [#hasReclaimed]
    long requestReclaim() {
        return requestedReclaims.incrementAndGet();
    }

    boolean hasReclaimed(long request) {
        return reclaims >= request;
    }

    boolean isDurable(long sequence) {
        return committer.durable().sequence() >= sequence;
    }

    long mergedSequence() {
        return mergedSequence;
    }

    /// Of the tree that is read.
    long entries() {
        return mergedEntries;
    }

    int noSpaceCount() {
        return noSpaceCount.get();
    }

    /// What the last merge met that found no space.
    NoSpaceException noSpace() {
        NoSpaceException last = noSpace;
        return last == null ? new NoSpaceException("The device has no room for a merge") : last;
    }
}

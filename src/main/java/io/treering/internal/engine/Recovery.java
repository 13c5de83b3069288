package io.treering.internal.engine;

import io.treering.CorruptionException;
import io.treering.NoSpaceException;
import io.treering.WalMode;
import io.treering.internal.format.Meta;
import io.treering.internal.wal.GroupTiming;
import io.treering.internal.wal.ReplayHandler;
import io.treering.internal.wal.WalRegion;
import io.treering.internal.wal.WalReplay;
import io.treering.internal.wal.WriteAheadLog;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The second half of opening: from a tree that can be read to a partition that takes writes.
///
/// 1. Look through the log for the overflow runs that its replay needs, and claim them: before anything is
///    allocated, and before a commit cuts the device off where the last one saw its end. It may have grown for them
///    since.
/// 2. Commit the root as it is, with generations that were never handed out: pages of merges that were never committed
///    can then not be mistaken for new ones.
/// 3. Replay the log into the buffers.
/// 4. Commit what was replayed together with an epoch that was never used. Only then does the log take new records;
///    were it earlier, records that this replay discarded could come back after the next crash. The log is empty now,
///    so the same commit can give it another region, see [LogPlacement].
///
/// A store that was closed cleanly needs no look at the log, and one commit instead of two. A read-only opening
/// writes nothing: it keeps what it replayed in its buffers.
final class Recovery {
    private final Parts parts;
    private final Meta meta;

    Recovery(Parts parts) {
        this.parts = parts;
        this.meta = parts.committer().durable();
    }

    void run() {
        LogPosition old = LogPosition.of(meta);
        WalRegion region = region(old);
        if (parts.readOnly()) {
            if (region != null && !meta.clean()) {
                try (CountedMemory.Loan memory = replayMemory(region)) {
                    long _ = replay(region, old, memory.memory(), findRuns(region, old, memory.memory()));
                }
            }
            return;
        }
        long end = old.lsn();
        EngineRuntime.Worker flusher = flusher();
        if (region != null && !meta.clean()) {
            try (CountedMemory.Loan memory = replayMemory(region)) {
                ReplayedRuns runs = findRuns(region, old, memory.memory());
                parts.space().coverDevice();
                claim(runs);
                parts.flusher().commitOpening(old);
                end = replay(region, old, memory.memory(), runs);
            } catch (NoSpaceException e) {
                throw noRoomForLog(e);
            }
            mergeReplayed();
        }
        parts.space().allowShrinking();
        LogPosition fresh = parts.flusher()
                .commitRecovered(new LogPosition(old.epoch() + 1, end, old.firstPage(), old.pages()), placement());
        if (parts.space().worthwhileEnd() >= 0) {
            flusher.wake();
        }
        openLog(fresh);
    }

    private void mergeReplayed() {
        try {
            parts.writer().flush();
        } catch (NoSpaceException e) {
            throw noRoomForLog(e);
        }
    }

    private NoSpaceException noRoomForLog(NoSpaceException e) {
        return new NoSpaceException(
                parts.name() + " cannot be opened: its log holds writes that have to be merged, and the room that was"
                        + " there for them is gone. Nothing is lost; it can be opened once there is room again: "
                        + e.getMessage(),
                e);
    }

    private @Nullable WalRegion region(LogPosition position) {
        return position.pages() == 0 ? null : new WalRegion(position.firstPage(), position.pages(), meta.pageSize());
    }

    private LogPlacement placement() {
        return new LogPlacement(parts.name(), parts.space(), parts.config(), meta.pageSize());
    }

    private EngineRuntime.Worker flusher() {
        EngineRuntime.Worker flusher = parts.runtime().worker("treering-flusher", parts.flusher());
        parts.workers().add(flusher);
        parts.flusher().runsOn(flusher);
        return flusher;
    }

    // ---- replay ---------------------------------------------------------------------------------------------------

    /// Given back before the log that is written to takes as much.
    private CountedMemory.Loan replayMemory(WalRegion region) {
        return parts.memory().borrow(region.memoryBytes());
    }

    private ReplayedRuns findRuns(WalRegion region, LogPosition from, MemorySegment memory) {
        ReplayedRuns runs = new ReplayedRuns(parts.overflow());
        run(region, from, memory, runs);
        return runs;
    }

    /// @return where the log ends
    private long replay(WalRegion region, LogPosition from, MemorySegment memory, ReplayedRuns runs) {
        int longestKey = parts.writer().limits().longestKey();
        ReplayedWrites writes = new ReplayedWrites(parts.name(), parts.writer(), runs, longestKey, meta.sequence());
        long end = run(region, from, memory, writes).endLsn();
        writes.finish();
        return end;
    }

    private WalReplay.Result run(WalRegion region, LogPosition from, MemorySegment memory, ReplayHandler handler) {
        return WalReplay.run(parts.device(), region, memory, from.lsn(), from.epoch(), meta.sequence(), handler);
    }

    private void claim(ReplayedRuns runs) {
        runs.forEach((firstPage, pages) -> {
            if (!parts.space().claim(firstPage, pages)) {
                throw new CorruptionException(
                        parts.name(),
                        firstPage,
                        "a free run of " + pages + " pages",
                        "pages in use: the log names them");
            }
            parts.overflow().rewrite(firstPage, pages);
        });
    }

    // ---- the new log ----------------------------------------------------------------------------------------------

    private void openLog(LogPosition position) {
        WalRegion region = region(position);
        if (region == null) {
            return;
        }
        LogWriting writing = new LogWriting(parts.log(), parts.runtime());
        boolean batched = parts.config().walMode() == WalMode.BATCHED;
        GroupTiming timing = batched
                ? new GroupTiming(
                        parts.config().batchedInterval().toNanos(),
                        parts.config().batchedBytes(),
                        parts.runtime()::nanoTime,
                        writing::wake)
                : GroupTiming.onDemand();
        WriteAheadLog log = WriteAheadLog.open(
                parts.commitDevice(),
                region,
                parts.memory().allocate(region.memoryBytes()),
                position.epoch(),
                position.lsn(),
                parts.views().current().active().visible(),
                timing,
                parts.runtime().parking());
        parts.log().open(log);
        parts.writer().logOpened(log.longestKeyAndValue());
        if (batched) {
            parts.workers().add(writing.worker());
        }
    }
}

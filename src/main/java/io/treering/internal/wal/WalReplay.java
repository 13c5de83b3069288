package io.treering.internal.wal;

import io.treering.CorruptionException;
import io.treering.device.BlockDevice;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.WalOperation;
import io.treering.internal.format.WalRecord;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/// Reads the log back after a crash, and finds out where it ends.
///
/// ## What is assumed
///
/// Of the group that was in flight when the power went, any of its 512-byte sectors may be there or not. What was
/// synced is there, or has gone bad since. The device has been synced by whoever opened it, so that what is read now
/// is what another crash would leave. (W1) to (W4) are those of [WriteAheadLog].
///
/// ## Where the log ends
///
/// Records are taken one after the other from the head. A record counts if its checksum is right, if it says that it
/// is the one of this LSN and this epoch, and that the one before it is the one before it. The log ends at the first
/// that does not count, a *bad* one.
///
/// That may be the power cut: then the bad record belongs to the group that was in flight, and nobody was told that it
/// is durable. Valid records of the same group may stand behind it, and they mean nothing. Or it may be damage: the
/// record had been durable, and so had everything up to the group that was written last. If anything of a group behind
/// the bad record's is readable, it says (W3) that the log was durable beyond the bad place, and the log is refused:
/// what was acknowledged would be lost. Such a record starts less than two groups behind the bad place, so that is how
/// far to look.
///
/// What stands behind the end cannot come back. The recovery commits what was replayed and an epoch that was never
/// used, before anything is written, and what is not of that epoch does not count any more.
///
/// The first record's link to its predecessor is not checked, for the predecessor is gone. It is not needed either:
/// there is one record only with its epoch and LSN (W2).
///
/// ## Batches
///
/// What ends within a batch is not applied beyond the batch's beginning. When the end of a batch has been found, the
/// records from its beginning on are read once more.
public final class WalReplay {
    /// A bad record's group, and the first record of another behind it.
    private static final int LOOK_AHEAD_GROUPS = 2;

    private static final long NOTHING = -1;

    private final BlockDevice device;
    private final WalRegion region;
    private final LogWindow window;
    private final MemorySegment memory;
    private final long head;
    private final long limit;
    private final long epoch;
    private final long afterSequence;
    private final ReplayHandler handler;
    private final CRC32C crc = new CRC32C();

    /// The next operation to be applied: its record and its place there.
    private long nextRecord;

    private int nextOperation;

    /// The sequence of the next record's first operation.
    private long nextSequence = NOTHING;

    private long lastSequence;
    private long applied;

    /// Where a replay ended.
    ///
    /// @param endLsn where the log ends; the next epoch's records may start here
    /// @param lastSequence of the last operation that was applied or did not have to be
    /// @param operations how many were applied
    public record Result(long endLsn, long lastSequence, long operations) {}

    private WalReplay(
            BlockDevice device,
            WalRegion region,
            LogWindow window,
            long head,
            long epoch,
            long afterSequence,
            ReplayHandler handler) {
        this.device = device;
        this.region = region;
        this.window = window;
        this.memory = window.memory();
        this.head = head;
        this.limit = head + region.bytes();
        this.epoch = epoch;
        this.afterSequence = afterSequence;
        this.handler = handler;
        this.nextRecord = head;
        this.lastSequence = afterSequence;
    }

    /// Replays what the log holds beyond the tree.
    ///
    /// @param memory [WalRegion#memoryBytes()] of native memory
    /// @param headLsn where to start, as the meta block says
    /// @param epoch the only epoch whose records count
    /// @param afterSequence operations up to it are in the tree
    /// @throws CorruptionException if something that had been durable is lost, or cannot be what was written
    /// @throws io.treering.IoFailureException if the log cannot be read
    public static Result run(
            BlockDevice device,
            WalRegion region,
            MemorySegment memory,
            long headLsn,
            long epoch,
            long afterSequence,
            ReplayHandler handler) {
        if (headLsn < 0 || headLsn % WalRecord.ALIGNMENT != 0 || headLsn > Long.MAX_VALUE / 2) {
            throw new CorruptionException(
                    device.name(), region.firstPage(), "a log position as head of the log", Long.toString(headLsn));
        }
        long end = (long) region.firstPage() * region.pageSize() + region.bytes();
        if (end > device.size()) {
            throw new CorruptionException(
                    device.name(),
                    region.firstPage(),
                    "a log that ends at byte " + end,
                    "a device of " + device.size() + " bytes");
        }
        long limit = Bytes.roundUp(headLsn + region.bytes(), WalRegion.alignment(device));
        try (LogWindow window = new LogWindow(device, region, WalRegion.align(memory), limit)) {
            return new WalReplay(device, region, window, headLsn, epoch, afterSequence, handler).replay();
        }
    }

    private Result replay() {
        long lsn = head;
        int previousCrc = 0;
        while (lsn < limit) {
            int record = valid(lsn);
            if (record < 0 || (lsn > head && WalRecord.previousCrc(memory, record) != previousCrc)) {
                break;
            }
            previousCrc = WalRecord.crc(memory, record);
            int length = WalRecord.paddedLength(memory, record);
            if (WalRecord.type(memory, record) == WalRecord.FILLED) {
                checkSequence(lsn, record);
                int whole = wholeOperations(lsn, record);
                if (whole < 0) {
                    break;
                }
                int operations = WalRecord.operations(memory, record);
                nextSequence = WalRecord.firstSequence(memory, record) + operations;
                if (whole > 0) {
                    applyUpTo(lsn, record, whole);
                    nextRecord = whole == operations ? lsn + length : lsn;
                    nextOperation = whole == operations ? 0 : whole;
                }
            } else if (nextRecord == lsn) {
                nextRecord += length;
            }
            lsn += length;
        }
        refuseIfDurable(lsn);
        return new Result(Bytes.roundUp(lsn, WalRegion.alignment(device)), lastSequence, applied);
    }

    // ---- trust ------------------------------------------------------------------------------------------------------

    /// Where in memory the record at an LSN is, if that is what it is and its checksum is right; else -1.
    private int valid(long lsn) {
        long remaining = Math.min(region.remaining(lsn), limit - lsn);
        int record = window.read(lsn, WalRecord.BYTES);
        if (!WalRecord.isRecord(memory, record, lsn, epoch, region.recordBytes(), remaining)) {
            return -1;
        }
        if (WalRecord.type(memory, record) == WalRecord.FILLED) {
            record = window.read(lsn, WalRecord.length(memory, record));
        }
        int found = WalRecord.checksum(memory, window.bytes(), record, crc);
        return found == WalRecord.crc(memory, record) ? record : -1;
    }

    /// There is no gap between the tree and the log, nor in the log.
    private void checkSequence(long lsn, int record) {
        long first = WalRecord.firstSequence(memory, record);
        if (nextSequence == NOTHING ? first > afterSequence + 1 : first != nextSequence) {
            long expected = nextSequence == NOTHING ? afterSequence + 1 : nextSequence;
            throw damaged(lsn, "operations from sequence " + expected + " on", "sequence " + first);
        }
    }

    /// How many operations of a record are there with the whole of their batches; -1 if the record did not reach the
    /// device with all that belongs to it.
    private int wholeOperations(long lsn, int record) {
        int count = WalRecord.operations(memory, record);
        long sequence = WalRecord.firstSequence(memory, record);
        long end = record + (long) WalRecord.length(memory, record);
        long at = record + (long) WalRecord.BYTES;
        int whole = 0;
        for (int i = 0; i < count; i++) {
            if (!WalOperation.isOperation(memory, at, end)) {
                throw damaged(lsn, "operation " + i + " of " + count, "bytes that are none");
            }
            if (sequence + i > afterSequence && !isRunPresent(at)) {
                return -1;
            }
            if ((WalOperation.flags(memory, at) & WalOperation.MORE) == 0) {
                whole = i + 1;
            }
            at = WalOperation.end(memory, at);
        }
        if (at != end) {
            throw damaged(lsn, count + " operations", "other bytes behind them");
        }
        return whole;
    }

    private boolean isRunPresent(long operation) {
        if (WalOperation.kind(memory, operation) != WalOperation.PUT_OVERFLOW) {
            return true;
        }
        long key = operation + WalOperation.KEY;
        int keyLength = WalOperation.keyLength(memory, operation);
        return handler.verifyOverflow(memory, key, keyLength, key + keyLength);
    }

    /// The log would end at `end`: is there a record behind it that knows better?
    private void refuseIfDurable(long end) {
        long last = Math.min(limit, end + LOOK_AHEAD_GROUPS * region.groupSpan());
        for (long lsn = end + WalRecord.ALIGNMENT; lsn < last; lsn += WalRecord.ALIGNMENT) {
            int record = valid(lsn);
            if (record >= 0 && WalRecord.durableLsn(memory, record) > end) {
                throw damaged(
                        end,
                        "a record of the log at LSN " + end,
                        "none, although the log was durable up to LSN " + WalRecord.durableLsn(memory, record)
                                + " when the record at LSN " + lsn + " was written");
            }
        }
    }

    private CorruptionException damaged(long lsn, String expected, String found) {
        return new CorruptionException(device.name(), region.page(lsn), expected, found);
    }

    // ---- applying ---------------------------------------------------------------------------------------------------

    /// Applies everything up to the record at `last`, which is in memory at `record`, and of that the first `count`
    /// operations. Records before it are part of a batch: they were valid a moment ago.
    private void applyUpTo(long last, int record, int count) {
        if (nextRecord == last) {
            apply(record, nextOperation, count);
            return;
        }
        while (nextRecord < last) {
            int again = validAgain(nextRecord);
            int length = WalRecord.paddedLength(memory, again);
            apply(again, nextOperation, WalRecord.operations(memory, again));
            nextRecord += length;
            nextOperation = 0;
        }
        apply(validAgain(last), 0, count);
    }

    private int validAgain(long lsn) {
        int record = valid(lsn);
        if (record < 0 || (WalRecord.type(memory, record) == WalRecord.FILLED && wholeOperations(lsn, record) < 0)) {
            throw damaged(lsn, "the same record as a moment ago", "another");
        }
        return record;
    }

    private void apply(int record, int from, int to) {
        long sequence = WalRecord.firstSequence(memory, record);
        long at = record + (long) WalRecord.BYTES;
        for (int i = 0; i < to; i++) {
            if (i >= from && sequence + i > afterSequence) {
                apply(at, sequence + i);
            }
            at = WalOperation.end(memory, at);
        }
    }

    private void apply(long operation, long sequence) {
        int keyLength = WalOperation.keyLength(memory, operation);
        long key = operation + WalOperation.KEY;
        handler.apply(
                WalOperation.kind(memory, operation),
                WalOperation.treeId(memory, operation),
                memory,
                key,
                keyLength,
                key + keyLength,
                WalOperation.valueLength(memory, operation),
                sequence,
                (WalOperation.flags(memory, operation) & WalOperation.MORE) != 0);
        lastSequence = sequence;
        applied++;
    }
}

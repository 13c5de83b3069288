package io.treering.internal.wal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.ClosedException;
import io.treering.device.BlockDevice;
import io.treering.internal.format.WalOperation;
import io.treering.internal.format.WalRecord;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The log that is being written.
///
/// ## Overview
///
/// The engine's writer, one at a time, copies operations into the pending [Group]. Whoever needs them to be durable
/// calls [#commit]: the first to come becomes the leader, takes all that is pending, writes it in whole blocks, syncs
/// the device and wakes those who wait for the same ([Turn]); the next leader takes what has gathered meanwhile. So
/// one group is in flight at a time, and any number of writers share a sync. The leader works on its own thread: there
/// is no hand-off, and a log that is used by one thread needs no other.
///
/// When nobody waits, somebody calls [#sync()] every [#nanosUntilDue]; when the pending group is full, the appending
/// thread writes it itself.
///
/// ## What is on the device
///
/// 1. (W1) A block that was synced is not written again before the head has passed it.
/// 2. (W2) No two records were ever written with the same epoch and LSN: a failed write is never repeated, and each
///    recovery takes an epoch that was never used.
/// 3. (W3) Each record says how far the log was durable when it was written. Records of one group say the same: the
///    LSN at which the group starts.
/// 4. (W4) The log never reaches further than one lap beyond the head that the durable meta block names.
///
/// [WalReplay] says what follows from these.
///
/// ## Failures
///
/// The first failure of a write or a sync stays: everything afterwards throws it, for a sync that is tried again may
/// succeed without meaning anything.
public final class WriteAheadLog {
    private static final int ALIGNMENTS_PER_REGION = 32;

    private final BlockDevice device;
    private final WalRegion region;
    private final int alignment;
    private final int recordBytes;
    private final long epoch;
    private final GroupTiming timing;
    private final Turn turn;

    /// Guards the pending group and all that says something about it. Held for the time of a copy, never while
    /// blocked.
    private final ReentrantLock staging = new ReentrantLock();

    private final Group first;
    private final Group second;
    private Group pending;

    /// When the pending group began.
    private long began;

    /// The last operation that was appended.
    private long lastSequence;

    /// The last one that is not part of a batch that still goes on, and where it ends.
    private long wholeSequence;

    private long wholeLsn;

    /// Where the last operation of the batch was written; it never leaves the pending group before the batch ends.
    private int lastOperation;

    /// An operation is being written. A stack that ended in there has left it so, perhaps without a chance to say so.
    private boolean unfinished;

    private @Nullable Thread batchOwner;

    /// Its end is moved by the appending thread under the lock, and read by others without.
    private final LogRoom room;

    // The leader's own.
    private final ZeroAhead zeroAhead;
    private final CRC32C crc = new CRC32C();
    private int previousCrc;

    private volatile boolean batchOpen;
    private volatile long durableSequence;
    private volatile long durableLsn;
    private final FirstFailure failure = new FirstFailure();

    private WriteAheadLog(
            BlockDevice device,
            WalRegion region,
            MemorySegment memory,
            long epoch,
            long startLsn,
            long lastSequence,
            GroupTiming timing,
            Parking parking) {
        this.device = device;
        this.region = region;
        this.alignment = WalRegion.alignment(device);
        this.recordBytes = region.recordBytes() & -alignment;
        this.epoch = epoch;
        this.timing = timing;
        long stride = region.stagingBytes();
        this.first = new Group(region, memory.asSlice(0, stride), alignment);
        this.second = new Group(region, memory.asSlice(stride, stride), alignment);
        this.zeroAhead = new ZeroAhead(device, region, memory.asSlice(2 * stride, ZeroAhead.BYTES), startLsn);
        this.pending = first;
        first.begin(startLsn);
        this.lastSequence = lastSequence;
        this.wholeSequence = lastSequence;
        this.durableSequence = lastSequence;
        this.wholeLsn = startLsn;
        this.durableLsn = startLsn;
        this.room = new LogRoom(region, alignment, recordBytes, startLsn);
        this.turn = new Turn(new LogProgress(), parking);
    }

    /// Starts an epoch. Head and end of the log are `startLsn`: what was before it is in the committed tree, with this
    /// epoch and this head in the same commit.
    ///
    /// @param memory [WalRegion#memoryBytes()] of native memory, the log's own until [#close()]
    /// @param epoch never used before in the life of the store
    /// @param startLsn where the replay ended
    /// @param lastSequence the sequence of the last write before this log's first
    public static WriteAheadLog open(
            BlockDevice device,
            WalRegion region,
            MemorySegment memory,
            long epoch,
            long startLsn,
            long lastSequence,
            GroupTiming timing,
            Parking parking) {
        int alignment = WalRegion.alignment(device);
        if (region.bytes() < (long) ALIGNMENTS_PER_REGION * alignment || region.bytes() % alignment != 0) {
            throw new IllegalArgumentException("a log of " + region.bytes() + " bytes on blocks of " + alignment
                    + ": it takes at least " + ALIGNMENTS_PER_REGION + " whole ones");
        }
        if (startLsn < 0 || startLsn % alignment != 0) {
            throw new IllegalArgumentException("LSN " + startLsn + " is not a multiple of " + alignment);
        }
        return new WriteAheadLog(
                device, region, WalRegion.align(memory), epoch, startLsn, lastSequence, timing, parking);
    }

    // ---- room -------------------------------------------------------------------------------------------------------

    /// Whether a batch of that many operations, with that many bytes of keys and values in all, is sure to fit; so is
    /// a single operation. Asked by the writer before it appends; an operation for which there is no room then is an
    /// [IllegalStateException]. There is room again after [#advanceHead].
    public boolean hasRoom(int operations, long keyAndValueBytes) {
        return room.isFor(operations, keyAndValueBytes);
    }

    /// As [#hasRoom], if the log were empty: what does not fit then never will.
    public boolean couldHaveRoom(int operations, long keyAndValueBytes) {
        return room.couldBeFor(operations, keyAndValueBytes);
    }

    /// The greatest sum of the lengths of a key and a value.
    public int longestKeyAndValue() {
        return recordBytes - WalRecord.BYTES - WalOperation.BYTES;
    }

    /// The region before `lsn` may be overwritten, because a durable meta block names `lsn` or something behind it as
    /// the head (W4).
    public void advanceHead(long lsn) {
        room.moveHead(lsn);
    }

    /// Bytes of the region between the head and what was appended last.
    public long usedBytes() {
        return room.usedBytes();
    }

    /// Bytes of the region.
    public long capacity() {
        return region.bytes();
    }

    // ---- appending --------------------------------------------------------------------------------------------------

    /// Adds an operation to the pending group. By the engine's writer only, one at a time, as with [#beginBatch],
    /// [#endBatch] and [#cut].
    ///
    /// @param kind [WalOperation#PUT], [WalOperation#DELETE] or [WalOperation#PUT_OVERFLOW]
    /// @param sequence one more than that of the operation before it
    /// @return what to [#commit]
    public long append(int kind, byte[] key, int keyLength, byte[] value, int valueLength, long sequence) {
        checkOperation(keyLength, valueLength, sequence);
        staging.lock();
        try {
            int operation = reserve(WalOperation.BYTES + keyLength + valueLength, sequence);
            unfinished = true;
            long lsn = fill(operation, kind, key, keyLength, value, valueLength, sequence);
            unfinished = false;
            return lsn;
        } finally {
            staging.unlock();
        }
    }

    /// An operation that stays unfinished must not be written by whoever writes the group: the log has failed.
    private long fill(
            int operation, int kind, byte[] key, int keyLength, byte[] value, int valueLength, long sequence) {
        try {
            int at = pending.put(operation, kind, flags(), key, keyLength, valueLength);
            MemorySegment.copy(value, 0, pending.memory(), JAVA_BYTE, at, valueLength);
            return appended(operation, sequence);
        } catch (RuntimeException | Error e) {
            abandonBatch(e);
            throw e;
        }
    }

    private void failIfUnfinished() {
        if (unfinished) {
            abandonBatch(new IllegalStateException("An operation broke off while it was being appended"));
        }
    }

    private void checkOperation(int keyLength, long valueLength, long sequence) {
        failure.check();
        if (keyLength > WalOperation.LONGEST_KEY || keyLength + valueLength > longestKeyAndValue()) {
            throw new IllegalArgumentException("a key of " + keyLength + " and a value of " + valueLength
                    + " bytes: together at most " + longestKeyAndValue());
        }
        if (sequence != lastSequence + 1) {
            throw new IllegalArgumentException("sequence " + sequence + " after " + lastSequence);
        }
    }

    /// Under the lock, which is let go while a full group is written.
    private int reserve(int size, long sequence) {
        failIfUnfinished();
        failure.check();
        room.ensureFor(size);
        int operation = pending.reserve(size, sequence);
        while (operation == Group.FULL) {
            staging.unlock();
            try {
                writeFullGroup();
            } finally {
                staging.lock();
            }
            failure.check();
            operation = pending.reserve(size, sequence);
        }
        return operation;
    }

    private int flags() {
        return batchOpen ? WalOperation.MORE : 0;
    }

    private long appended(int operation, long sequence) {
        lastSequence = sequence;
        room.moveEnd(pending.nextLsn());
        lastOperation = operation;
        if (!batchOpen) {
            isWhole();
        }
        if (pending.count() == 1) {
            began = timing.clock().getAsLong();
            timing.wake().run();
        } else if (pending.bytes() >= timing.bytes() && operation < timing.bytes()) {
            timing.wake().run();
        }
        return pending.endLsn();
    }

    private void isWhole() {
        wholeSequence = lastSequence;
        wholeLsn = pending.endLsn();
    }

    /// What is appended from here to [#endBatch()] is replayed as a whole or not at all. Who cannot go on until there
    /// calls [#abandonBatch]; else all who wait for the log would wait for ever.
    public void beginBatch() {
        staging.lock();
        try {
            failure.check();
            ensureNoBatch();
            batchOwner = Thread.currentThread();
            batchOpen = true;
        } finally {
            staging.unlock();
        }
    }

    /// Completes the batch. One without operations changes nothing.
    ///
    /// @return what to [#commit]
    public long endBatch() {
        staging.lock();
        try {
            if (!batchOpen) {
                throw new IllegalStateException("No batch has begun");
            }
            failure.check();
            if (lastSequence != wholeSequence) {
                WalOperation.endBatch(pending.memory(), lastOperation);
                isWhole();
            }
            batchOwner = null;
            batchOpen = false;
            return wholeLsn;
        } finally {
            staging.unlock();
            turn.wake();
        }
    }

    /// The batch cannot be completed: the log fails with the cause.
    public void abandonBatch(Throwable cause) {
        failure.set(cause);
        turn.wake();
    }

    /// Ends the record that is being filled.
    ///
    /// @return where the next record will start: the head to commit together with everything that was appended so far
    public long cut() {
        staging.lock();
        try {
            failure.check();
            ensureNoBatch();
            pending.endRecord();
            return pending.nextLsn();
        } finally {
            staging.unlock();
        }
    }

    private void ensureNoBatch() {
        if (batchOpen) {
            throw new IllegalStateException("A batch has begun and not ended");
        }
    }

    // ---- durability -------------------------------------------------------------------------------------------------

    /// Returns once what was appended up to `lsn` is durable.
    ///
    /// An interrupt does not end the wait; the status is kept.
    ///
    /// @throws RuntimeException the first failure of a write or sync of this log
    public void commit(long lsn) {
        if (lsn > room.endLsn()) {
            throw new IllegalArgumentException("LSN " + lsn + " is behind the log's end at " + room.endLsn());
        }
        while (durableLsn < lsn) {
            failure.check();
            if (!batchOpen && turn.tryTake()) {
                try {
                    writePending(false);
                } finally {
                    turn.giveBack();
                }
            } else {
                ensureNotInBatch();
                turn.await(lsn, () -> durableLsn >= lsn || failure.isSet() || (!batchOpen && turn.isFree()));
            }
        }
    }

    private void ensureNotInBatch() {
        if (batchOpen && Thread.currentThread().equals(batchOwner)) {
            throw new IllegalStateException("A thread would wait for the end of its own batch");
        }
    }

    /// Returns once everything that was appended is durable, apart from a batch that has not ended.
    public void sync() {
        long lsn;
        staging.lock();
        try {
            failure.check();
            lsn = wholeLsn;
        } finally {
            staging.unlock();
        }
        commit(lsn);
    }

    /// How many nanoseconds from `now` until somebody should call [#sync()]: 0 or less when it is due,
    /// `Long.MAX_VALUE` when nothing will be due.
    public long nanosUntilDue(long now) {
        staging.lock();
        try {
            if (pending.isEmpty() || failure.isSet()) {
                return Long.MAX_VALUE;
            }
            if (pending.bytes() >= timing.bytes()) {
                return 0;
            }
            return timing.nanos() == Long.MAX_VALUE ? Long.MAX_VALUE : began + timing.nanos() - now;
        } finally {
            staging.unlock();
        }
    }

    /// The log is durable up to here.
    public long durableLsn() {
        return durableLsn;
    }

    /// Every operation up to this sequence is durable; never inside a batch.
    public long durableSequence() {
        return durableSequence;
    }

    /// The appending thread makes room: it, or a leader that comes before it, writes the pending group.
    private void writeFullGroup() {
        if (turn.tryTake()) {
            try {
                writePending(true);
            } finally {
                turn.giveBack();
            }
        } else {
            turn.await(Turn.ONLY_THE_TURN, () -> turn.isFree() || failure.isSet());
        }
    }

    /// The leader's work. Within a batch only the appending thread does it, because the last operation must still be
    /// pending when the batch ends, and because a batch takes no more room than [#hasRoom] assumed.
    private void writePending(boolean appending) {
        Group group;
        long sequence;
        staging.lock();
        try {
            group = pending;
            failIfUnfinished();
            if (failure.isSet() || group.isEmpty() || (batchOpen && !appending)) {
                return;
            }
            group.endRecord();
            pending = group == first ? second : first;
            pending.begin(group.nextLsn());
            sequence = wholeSequence;
        } finally {
            staging.unlock();
        }
        long end = group.nextLsn();
        try {
            previousCrc = group.seal(epoch, durableLsn, previousCrc, crc);
            group.write(device);
            zeroAhead.follow(end);
            device.sync();
        } catch (Throwable e) {
            failure.set(e);
            throw e;
        }
        durableSequence = sequence;
        durableLsn = end;
    }

    // ---- failure and end --------------------------------------------------------------------------------------------

    /// Refuses what is new and waits for the group in flight; what is pending is dropped, and who waits for it gets a
    /// [ClosedException]. On return nothing uses the memory or the device any more. Idempotent.
    public void close() {
        // Under the lock, so that nobody is still copying: whoever comes later sees the failure first.
        staging.lock();
        try {
            failure.set(new ClosedException("The log of " + device.name()));
        } finally {
            staging.unlock();
        }
        turn.wake();
        // The turn is never given back: nobody leads from now on.
        while (!turn.tryClose()) {
            turn.await(Turn.ONLY_THE_TURN, () -> turn.isFree() || turn.isClosed());
        }
    }

    private final class LogProgress implements Turn.Progress {
        @Override
        public long durableLsn() {
            return durableLsn;
        }

        @Override
        public boolean isOver() {
            return failure.isSet();
        }
    }
}

package io.treering.internal.engine;

import io.treering.WriteBatch;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.engine.Admission.Claim;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntUnaryOperator;

/// The one writer: every write passes through here, under one lock, in the order of its sequence.
///
/// A write is appended to the log (if there is one), then to the active buffer, then made visible: at once, or, where
/// the log is synchronous, once it is durable. A *large* value, above 64 KiB, a sixteenth of the write buffer or what
/// a record of the log takes, goes to its overflow run first, outside the lock; log and buffer hold the run's
/// reference.
///
/// **Room.** A full buffer is frozen and another takes its place; for ascending keys that happens sooner, see
/// [BufferPool]. Where the flusher falls behind, writers are slowed down, see [WritePace]; only when all buffers are
/// full does a write wait for one. What a merge could find no room for on the device does not come into a buffer, see
/// [Admission].
final class Writer {
    /// In place of an LSN.
    private static final long NOT_BUFFERED = -1;

    private static final byte[] NO_VALUE = {};

    private final ReentrantLock lock = new ReentrantLock();
    private final Lifecycle lifecycle;
    private final Poison poison;
    private final Views views;
    private final Flusher flusher;
    private final BufferPool buffers;
    private final ValueRuns runs;
    private final Waiter waiter;
    private final LogAccess log;
    private final Admission admission;
    private final WritePace pace;

    /// Changes once, before the first write.
    private WriteLimits limits;

    /// Guarded by the lock, as everything below.
    private final Appender appender;

    /// How much of the active buffer has been paid for, and from when on it is time to pay again.
    private long paid;

    private long payFrom;
    private final Copies copies;

    /// Not guarded.
    private final SpareBatch batches;

    Writer(
            Lifecycle lifecycle,
            Poison poison,
            Views views,
            Flusher flusher,
            BufferPool buffers,
            ValueRuns runs,
            Waiter waiter,
            int longestKey,
            LogAccess log,
            Admission admission,
            WritePace pace) {
        this.lifecycle = lifecycle;
        this.poison = poison;
        this.views = views;
        this.flusher = flusher;
        this.buffers = buffers;
        this.runs = runs;
        this.waiter = waiter;
        this.log = log;
        this.admission = admission;
        this.pace = pace;
        this.copies = new Copies(longestKey);
        this.batches = new SpareBatch(runs);
        this.appender = new Appender(log, views, poison, copies);
        this.limits = WriteLimits.of(longestKey, appender.active());
    }

    WriteLimits limits() {
        return limits;
    }

    /// From now on there is a log, whose records take so much.
    void logOpened(int longestKeyAndValue) {
        limits = limits.within(longestKeyAndValue);
    }

    // ---- single writes --------------------------------------------------------------------------------------------

    void put(byte[] key, byte[] value) {
        limits.checkKey(key.length);
        long lsn = NOT_BUFFERED;
        if (value.length <= limits.largestBuffered()) {
            lock.lock();
            try {
                makeRoom(1, (long) key.length + value.length, Claim.PUT);
                if (isBuffered(key.length, value.length)) {
                    lsn = appender.append(BufferEntry.PUT, key, key.length, value, value.length);
                    appender.show();
                }
            } finally {
                lock.unlock();
            }
        }
        if (lsn == NOT_BUFFERED) {
            putInRun(key.clone(), key.length, new ValueBytes.OfArray(value));
        } else {
            awaitDurable(lsn);
        }
    }

    void put(byte[] key, int keyLength, MemorySegment value) {
        limits.checkKey(keyLength);
        limits.checkValue(value.byteSize());
        long lsn = NOT_BUFFERED;
        if (value.byteSize() <= limits.largestBuffered()) {
            int length = (int) value.byteSize();
            lock.lock();
            try {
                byte[] copy = copies.ofValue(value, length);
                makeRoom(1, (long) keyLength + length, Claim.PUT);
                if (isBuffered(keyLength, length)) {
                    lsn = appender.append(BufferEntry.PUT, key, keyLength, copy, length);
                    appender.show();
                }
            } finally {
                lock.unlock();
            }
        }
        if (lsn == NOT_BUFFERED) {
            putInRun(key, keyLength, new ValueBytes.OfSegment(value));
        } else {
            awaitDurable(lsn);
        }
    }

    void delete(byte[] key, int keyLength) {
        limits.checkKey(keyLength);
        long lsn;
        lock.lock();
        try {
            makeRoom(1, keyLength, Claim.DELETE);
            lsn = appender.append(BufferEntry.DELETE, key, keyLength, NO_VALUE, 0);
            appender.show();
        } finally {
            lock.unlock();
        }
        awaitDurable(lsn);
    }

    private void putInRun(byte[] key, int keyLength, ValueBytes value) {
        limits.checkValue(value.length());
        lifecycle.enter();
        try (RunsInHand.Hand hand = runs.hand()) {
            poison.check();
            long run = runs.write(hand, key, keyLength, value, pages -> allocateMakingRoom(hand, pages));
            long lsn;
            lock.lock();
            try {
                makeRoom(1, (long) keyLength + OverflowReference.BYTES, Claim.PUT);
                hand.beginAppend();
                lsn = appender.appendReference(key, keyLength, run, value.length());
                hand.areBuffered();
                appender.show();
            } finally {
                lock.unlock();
            }
            awaitDurable(lsn);
        } finally {
            lifecycle.leave();
        }
    }

    /// Whether a value that is being put goes to the buffer; under the lock, once there is room. One that the merge
    /// would put in a run does not where the merge might find no such run.
    private boolean isBuffered(int keyLength, int valueLength) {
        if (!runs.spills(keyLength, valueLength)) {
            return true;
        }
        if (admission.isTight()) {
            return false;
        }
        admission.holdsRun();
        return true;
    }

    /// Where the log is synchronous: waits for durability, then makes visible what is durable.
    private void awaitDurable(long lsn) {
        if (!log.isSynchronous()) {
            return;
        }
        log.commit(lsn);
        lock.lock();
        try {
            appender.showDurable();
        } finally {
            lock.unlock();
        }
    }

    /// A write that the log held, or those of a batch. Nothing is logged; the log is not open yet.
    ///
    /// The end of the log may be there only as long as the machine runs. So no commit may hold a part of a batch,
    /// although the rest is in the log.
    ///
    /// @param more whether it is a part of a batch that does not fit into a buffer, and not the last one
    void replay(List<ReplayedWrites.Write> batch, long bytes, boolean more) {
        lock.lock();
        try {
            boolean isWhole = !more && !flusher.holdsCommits() && limits.fits(batch.size(), bytes);
            if (isWhole) {
                makeRoom(batch.size(), bytes, Claim.REPLAY);
            } else {
                // The buffers were larger before the crash.
                flusher.holdCommits(true);
            }
            for (int i = 0; i < batch.size(); i++) {
                appender.touchAhead(i, batch.size(), next -> batch.get(next).hash);
                ReplayedWrites.Write write = batch.get(i);
                byte[] key = write.key;
                byte[] value = write.value;
                if (!isWhole) {
                    limits.checkReplayed(key.length, value.length);
                    makeRoom(1, (long) key.length + value.length, Claim.REPLAY);
                }
                long _ = appender.append(write.kind, key, key.length, value, value.length);
            }
            appender.show();
            if (!isWhole && !more) {
                if (flusher.isRunning()) {
                    freeze();
                    awaitFlusher(() -> !views.current().hasFrozen());
                }
                flusher.holdCommits(false);
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- batches ----------------------------------------------------------------------------------------------------

    /// Writes all of a batch or nothing.
    void write(WriteBatch operations) {
        BatchContents batch = batches.take(operations, limits.largestBuffered());
        try {
            write(batch);
        } finally {
            batches.giveBack(batch);
        }
    }

    private void write(BatchContents batch) {
        lifecycle.enter();
        try (RunsInHand.Hand hand = runs.hand()) {
            poison.check();
            batch.check(limits, log);
            IntUnaryOperator makingRoom = pages -> allocateMakingRoom(hand, pages);
            Claim claim = batch.isAllDeletes() ? Claim.DELETE : Claim.PUT;
            long lsn = NOT_BUFFERED;
            while (lsn == NOT_BUFFERED) {
                runs.write(hand, batch, limits.largestBuffered(), admission.isTight(), makingRoom);
                lock.lock();
                try {
                    makeRoom(batch.count(), batch.bufferedBytes(), claim);
                    if (areBuffered(batch)) {
                        hand.beginAppend();
                        lsn = appender.appendAll(batch);
                        hand.areBuffered();
                        appender.show();
                    }
                } finally {
                    lock.unlock();
                }
            }
            awaitDurable(lsn);
        } finally {
            lifecycle.leave();
        }
    }

    /// Whether all that has no run goes to the buffer, see [#isBuffered]. If not, space has become tight just now.
    private boolean areBuffered(BatchContents batch) {
        for (int i = 0; i < batch.count(); i++) {
            if (batch.reference(i) == PageReference.NONE
                    && !batch.isDelete(i)
                    && !isBuffered(batch.keyLength(i), batch.valueLength(i))) {
                return false;
            }
        }
        return true;
    }

    // ---- room -------------------------------------------------------------------------------------------------------

    /// Sees to it that so many entries fit into the active buffer, the log and the device; slows down, freezes and
    /// waits as needed.
    private void makeRoom(int entries, long bytes, Claim claim) {
        lifecycle.ensureOpen();
        poison.check();
        appender.ensureWhole();
        if (appender.active().bytes() >= payFrom) {
            pay();
            if (flusher.isRunning() && buffers.givesWay(appender.active(), views.current())) {
                freeze();
            }
        }
        if (!log.hasRoom(entries, bytes)) {
            makeRoomInLog(entries, bytes);
        }
        if (!appender.active().hasRoom(entries, bytes)) {
            pay();
            freeze();
        }
        if (!admission.covers(appender.active(), entries, bytes)) {
            makeRoomOnDevice(entries, bytes, claim);
        }
    }

    /// What is buffered is merged, and committed, before a write is refused: that may free pages.
    private void makeRoomOnDevice(int entries, long bytes, Claim claim) {
        boolean reserveToo = claim != Claim.PUT;
        if (admission.admit(appender.active(), entries, bytes, reserveToo)) {
            return;
        }
        if (views.current().hasFrozen()) {
            // Their merges seldom need what they were promised, and the active buffer is better merged when it is full.
            settle();
            if (admission.admit(appender.active(), entries, bytes, reserveToo)) {
                return;
            }
        }
        reclaim();
        if (admission.admit(appender.active(), entries, bytes, reserveToo)) {
            return;
        }
        if (claim != Claim.REPLAY) {
            throw admission.refusal(appender.active(), entries, bytes);
        }
        admission.admitAnyway(appender.active(), entries, bytes);
    }

    /// What is buffered is merged, and committed, before a run is refused; no write is promised the room meanwhile.
    private int allocateMakingRoom(RunsInHand.Hand hand, int pages) {
        lock.lock();
        try {
            reclaim();
            return runs.allocate(hand, pages);
        } finally {
            lock.unlock();
        }
    }

    /// Returns once all that is buffered is merged, nothing is promised, and what nobody needs is free. Under the lock.
    private void reclaim() {
        if (!appender.active().isEmpty()) {
            freeze();
        }
        admission.withdraw();
        settle();
    }

    /// Returns once all that is frozen is merged, and what nobody needs is free. Under the lock.
    private void settle() {
        long request = flusher.requestReclaim();
        awaitFlusher(() -> flusher.hasReclaimed(request));
        admission.hopeAgain();
    }

    /// Pays for what was written by pausing, if the flusher is behind.
    private void pay() {
        long written = appender.active().bytes() - paid;
        paid = appender.active().bytes();
        admission.noticeViews();
        if (buffers.wantOne(appender.active())) {
            flusher.wake();
        }
        double fullness = Math.max(log.fullness(), admission.fullness(appender.active()));
        double behind = pace.behind(views.current(), fullness);
        payFrom = paid + pace.pay(flusher.isRunning() ? written : 0, behind);
    }

    private void makeRoomInLog(int entries, long bytes) {
        if (!appender.active().isEmpty()) {
            freeze();
        }
        awaitFlusher(() -> log.hasRoom(entries, bytes));
    }

    /// Puts a fresh buffer in front and hands the full one to the flusher. Under the lock.
    private void freeze() {
        appender.endBuffer();
        WriteBuffer fresh = buffers.begin(appender.sequence());
        while (fresh == null) {
            awaitFlusher(buffers::hasIdle);
            fresh = buffers.begin(appender.sequence());
        }
        admission.freeze(appender.active());
        appender.beginBuffer(fresh);
        paid = 0;
        payFrom = 0;
        flusher.wake();
    }

    private void awaitFlusher(BooleanSupplier condition) {
        int noSpaceBefore = flusher.noSpaceCount();
        flusher.wake();
        waiter.await(() -> condition.getAsBoolean() || poison.isSet() || flusher.noSpaceCount() != noSpaceBefore);
        poison.check();
        if (!condition.getAsBoolean()) {
            throw flusher.noSpace();
        }
    }

    // ---- flush and sync -------------------------------------------------------------------------------------------

    /// Everything acknowledged is merged, committed and durable on return.
    void flush() {
        poison.check();
        long target;
        lock.lock();
        try {
            if (!appender.active().isEmpty()) {
                freeze();
            }
            target = appender.sequence();
        } finally {
            lock.unlock();
        }
        flusher.requestCommit(target);
        awaitFlusher(() -> flusher.isDurable(target));
    }

    /// Everything acknowledged is durable on return.
    void sync() {
        if (!log.isOpen()) {
            flush();
            return;
        }
        poison.check();
        log.sync();
    }

    /// No write is inside on return, and none comes in later: the lifecycle refuses them.
    void quiesce() {
        lock.lock();
        try {
            assert lifecycle.isClosing() : "only a closing partition comes to rest";
        } finally {
            lock.unlock();
        }
    }
}

package io.treering.internal.engine;

import io.treering.NoSpaceException;
import io.treering.TreeringException;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The one writer: every write passes through here, under one lock, in the order of its sequence.
///
/// A write is appended to the log (if there is one), then to the active buffer, then made visible: at once, or, where
/// the log is synchronous, once it is durable. A *large* value, above 64 KiB or a sixteenth of the write buffer, goes
/// to its overflow run first, outside the lock; log and buffer hold the run's reference.
///
/// **Room.** A full buffer is frozen and another takes its place; while the flusher merges the frozen one, writers are
/// slowed down so that they do not fill theirs sooner. Only when all buffers are in use does a write wait.
final class Writer {
    private static final int LARGEST_BUFFERED_VALUE = 64 << 10;

    /// So many values of the largest kind fit into a buffer at least.
    private static final int VALUES_IN_BUFFER = 16;

    /// How many bytes of the buffer pass between two looks at the flusher's progress.
    private static final long THROTTLE_STEP = 8 << 10;

    /// Thousandths of the buffer that writers may be ahead of the merge.
    private static final int SLACK = 120;

    private static final int PER_MILLE = 1_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Lifecycle lifecycle;
    private final Poison poison;
    private final Views views;
    private final Flusher flusher;
    private final BufferPool buffers;
    private final Space space;
    private final OverflowRuns overflow;
    private final Waiter waiter;
    private final int longestKey;
    private final LogAccess log;

    /// Bytes; values above it are written to the device when they are put.
    private final int largestBuffered;

    private final long largestBatch;

    /// Guarded by the lock, as everything below.
    private WriteBuffer active;

    private long sequence;
    private long nextThrottle = THROTTLE_STEP;
    private final byte[] reference = new byte[OverflowReference.BYTES];
    private EngineRuntime.@Nullable Worker flusherThread;

    Writer(
            Lifecycle lifecycle,
            Poison poison,
            Views views,
            Flusher flusher,
            BufferPool buffers,
            Space space,
            OverflowRuns overflow,
            Waiter waiter,
            int longestKey,
            LogAccess log) {
        this.lifecycle = lifecycle;
        this.poison = poison;
        this.views = views;
        this.flusher = flusher;
        this.buffers = buffers;
        this.space = space;
        this.overflow = overflow;
        this.waiter = waiter;
        this.longestKey = longestKey;
        this.log = log;
        this.active = views.current().active();
        this.sequence = active.visible();
        this.largestBatch = active.capacity();
        this.largestBuffered = (int) Math.min(LARGEST_BUFFERED_VALUE, active.capacity() / VALUES_IN_BUFFER);
    }

    int largestBuffered() {
        return largestBuffered;
    }

    /// Connects the thread that merges; before the first write.
    void wakes(EngineRuntime.Worker worker) {
        flusherThread = worker;
    }

    /// Refuses a key that is too long.
    int checkKey(long length) {
        if (length > longestKey) {
            throw new IllegalArgumentException("A key has at most " + longestKey + " bytes, not " + length);
        }
        return (int) length;
    }

    private static void checkValue(long length) {
        if (length > OverflowReference.MAXIMUM_VALUE_BYTES) {
            throw new IllegalArgumentException(
                    "A value has at most " + OverflowReference.MAXIMUM_VALUE_BYTES + " bytes, not " + length);
        }
    }

    /// Memory of the caller's that is closed, or another thread's, must not show only when it is being copied into the
    /// log: a write that breaks off there poisons the partition.
    private static void checkReadable(MemorySegment value) {
        if (value.byteSize() > 0) {
            byte _ = value.get(ValueLayout.JAVA_BYTE, 0);
        }
    }

    // ---- single writes --------------------------------------------------------------------------------------------

    void put(byte[] key, byte[] value) {
        checkKey(key.length);
        if (value.length > largestBuffered) {
            putLarge(key, key.length, new ValueBytes.OfArray(value));
            return;
        }
        long hash = KeyHash.hash(key, key.length);
        long lsn;
        lock.lock();
        try {
            makeRoom(1, (long) key.length + value.length);
            lsn = append(BufferEntry.PUT, key, key.length, hash, value, value.length);
            show();
        } finally {
            lock.unlock();
        }
        awaitDurable(lsn);
    }

    void put(byte[] key, int keyLength, MemorySegment value) {
        checkKey(keyLength);
        checkValue(value.byteSize());
        if (value.byteSize() > largestBuffered) {
            putLarge(key, keyLength, new ValueBytes.OfSegment(value));
            return;
        }
        int length = (int) value.byteSize();
        checkReadable(value);
        long hash = KeyHash.hash(key, keyLength);
        long lsn;
        lock.lock();
        try {
            makeRoom(1, (long) keyLength + length);
            long next = sequence + 1;
            lsn = log.append(BufferEntry.PUT, key, keyLength, value, next);
            added(active.append(key, keyLength, hash, value, 0, length, next, BufferEntry.PUT));
            show();
        } finally {
            lock.unlock();
        }
        awaitDurable(lsn);
    }

    void delete(byte[] key, int keyLength) {
        checkKey(keyLength);
        long hash = KeyHash.hash(key, keyLength);
        long lsn;
        lock.lock();
        try {
            makeRoom(1, keyLength);
            lsn = append(BufferEntry.DELETE, key, keyLength, hash, reference, 0);
            show();
        } finally {
            lock.unlock();
        }
        awaitDurable(lsn);
    }

    private void putLarge(byte[] key, int keyLength, ValueBytes value) {
        checkValue(value.length());
        lifecycle.enter();
        try {
            poison.check();
            long run = writeRun(key, keyLength, value);
            long hash = KeyHash.hash(key, keyLength);
            long lsn;
            lock.lock();
            try {
                makeRoom(1, (long) keyLength + OverflowReference.BYTES);
                lsn = appendReference(key, keyLength, hash, run, value.length());
                show();
            } catch (RuntimeException e) {
                space.giveBack(PageReference.page(run), overflow.pages(keyLength, value.length()));
                throw e;
            } finally {
                lock.unlock();
            }
            awaitDurable(lsn);
        } finally {
            lifecycle.leave();
        }
    }

    private long writeRun(byte[] key, int keyLength, ValueBytes value) {
        int pages = overflow.pages(keyLength, value.length());
        int first = space.allocateRun(pages);
        try {
            return overflow.write(first, views.current().generation, key, keyLength, value);
        } catch (TreeringException e) {
            // Room was allocated: whatever the device says now, it has failed.
            poison.set(e);
            space.giveBack(first, pages);
            throw poison.exception();
        } catch (RuntimeException e) {
            space.giveBack(first, pages);
            throw e;
        }
    }

    private long appendReference(byte[] key, int keyLength, long hash, long run, long valueLength) {
        Bytes.ARRAY_LE_LONG.set(reference, OverflowReference.PAGE_ID, run);
        Bytes.ARRAY_LE_LONG.set(reference, OverflowReference.VALUE_LENGTH, valueLength);
        return append(BufferEntry.PUT_OVERFLOW, key, keyLength, hash, reference, OverflowReference.BYTES);
    }

    private long append(int kind, byte[] key, int keyLength, long hash, byte[] value, int valueLength) {
        long next = sequence + 1;
        long lsn = log.append(kind, key, keyLength, value, valueLength, next);
        added(active.append(key, keyLength, hash, value, 0, valueLength, next, kind));
        return lsn;
    }

    private void added(long entry) {
        if (entry == 0) {
            // The log has it and the buffer has not: whatever came next would get the same sequence.
            IllegalStateException failure =
                    new IllegalStateException("The buffer is full although room was made in it");
            poison.set(failure);
            throw failure;
        }
        sequence++;
    }

    private void show() {
        if (!log.isSynchronous()) {
            active.publish(sequence);
        }
    }

    /// Where the log is synchronous: waits for durability, then makes visible what is durable.
    private void awaitDurable(long lsn) {
        if (!log.isSynchronous()) {
            return;
        }
        log.commit(lsn);
        lock.lock();
        try {
            long durable = log.durableSequence();
            if (active.visible() < durable) {
                active.publish(durable);
            }
        } finally {
            lock.unlock();
        }
    }

    /// A write that the log held. Nothing is logged; the log is not open yet.
    void replay(int kind, byte[] key, byte[] value) {
        lock.lock();
        try {
            makeRoom(1, (long) key.length + value.length);
            long _ = append(kind, key, key.length, KeyHash.hash(key, key.length), value, value.length);
            show();
        } finally {
            lock.unlock();
        }
    }

    // ---- batches ----------------------------------------------------------------------------------------------------

    /// Writes all of a batch or nothing.
    void write(BatchContents batch) {
        lifecycle.enter();
        try {
            poison.check();
            checkLimits(batch);
            long[] runs = writeRuns(batch);
            long lsn;
            lock.lock();
            try {
                makeRoom(batch.count(), batch.bufferedBytes());
                lsn = appendAll(batch, runs);
                show();
            } catch (NoSpaceException e) {
                giveBack(batch, runs);
                throw e;
            } finally {
                lock.unlock();
            }
            awaitDurable(lsn);
        } finally {
            lifecycle.leave();
        }
    }

    private void checkLimits(BatchContents batch) {
        batch.checkLimits(longestKey, largestBatch);
        if (!log.couldHaveRoom(batch.count(), batch.bufferedBytes())) {
            throw new IllegalArgumentException("A batch of " + batch.count() + " operations and "
                    + batch.bufferedBytes() + " bytes does not fit into the log: raise walSize, or write it in parts");
        }
    }

    private long appendAll(BatchContents batch, long[] runs) {
        log.beginBatch();
        try {
            for (int i = 0; i < batch.count(); i++) {
                long _ = append(batch, i, runs[i]);
            }
        } catch (RuntimeException e) {
            log.abandonBatch(e);
            throw e;
        }
        return log.endBatch();
    }

    private long append(BatchContents batch, int i, long run) {
        byte[] key = batch.key(i);
        long hash = KeyHash.hash(key, key.length);
        if (batch.isDelete(i)) {
            return append(BufferEntry.DELETE, key, key.length, hash, reference, 0);
        }
        byte[] value = batch.value(i);
        return run == PageReference.NONE
                ? append(BufferEntry.PUT, key, key.length, hash, value, value.length)
                : appendReference(key, key.length, hash, run, value.length);
    }

    private long[] writeRuns(BatchContents batch) {
        long[] runs = new long[batch.count()];
        try {
            for (int i = 0; i < runs.length; i++) {
                if (!batch.isDelete(i) && batch.value(i).length > largestBuffered) {
                    byte[] key = batch.key(i);
                    runs[i] = writeRun(key, key.length, new ValueBytes.OfArray(batch.value(i)));
                }
            }
            return runs;
        } catch (RuntimeException e) {
            giveBack(batch, runs);
            throw e;
        }
    }

    private void giveBack(BatchContents batch, long[] runs) {
        for (int i = 0; i < runs.length; i++) {
            if (runs[i] != PageReference.NONE) {
                space.giveBack(PageReference.page(runs[i]), overflow.pages(batch.key(i).length, batch.value(i).length));
            }
        }
    }

    // ---- room -------------------------------------------------------------------------------------------------------

    /// Sees to it that so many entries fit into the active buffer and the log; slows down, freezes and waits as needed.
    private void makeRoom(int entries, long bytes) {
        lifecycle.ensureOpen();
        poison.check();
        if (active.bytes() >= nextThrottle) {
            throttle();
        }
        if (!log.hasRoom(entries, bytes)) {
            makeRoomInLog(entries, bytes);
        }
        if (!active.hasRoom(entries, bytes)) {
            freeze();
        }
    }

    private void throttle() {
        WriteBuffer buffer = active;
        long filled = buffer.bytes() * PER_MILLE / buffer.capacity();
        nextThrottle = buffer.bytes() + THROTTLE_STEP;
        if (flusherThread != null && views.current().hasFrozen() && filled > flusher.progress() + SLACK) {
            int noSpaceBefore = flusher.noSpaceCount();
            waiter.await(() -> !views.current().hasFrozen()
                    || filled <= flusher.progress() + SLACK
                    || poison.isSet()
                    || flusher.noSpaceCount() != noSpaceBefore);
        }
    }

    private void makeRoomInLog(int entries, long bytes) {
        if (!active.isEmpty()) {
            freeze();
        }
        awaitFlusher(() -> log.hasRoom(entries, bytes));
    }

    /// Puts a fresh buffer in front and hands the full one to the flusher. Under the lock; a buffer that is empty
    /// stays.
    private void freeze() {
        log.endOf(active);
        active.publish(sequence);
        WriteBuffer fresh = buffers.begin(sequence);
        while (fresh == null) {
            awaitFlusher(buffers::hasIdle);
            fresh = buffers.begin(sequence);
        }
        views.freeze(fresh);
        active = fresh;
        nextThrottle = THROTTLE_STEP;
        wakeFlusher();
    }

    private void awaitFlusher(BooleanSupplier condition) {
        int noSpaceBefore = flusher.noSpaceCount();
        wakeFlusher();
        waiter.await(() -> condition.getAsBoolean() || poison.isSet() || flusher.noSpaceCount() != noSpaceBefore);
        poison.check();
        if (!condition.getAsBoolean()) {
            throw flusher.noSpace();
        }
    }

    private void wakeFlusher() {
        EngineRuntime.Worker worker = flusherThread;
        if (worker != null) {
            worker.wake();
        }
    }

    // ---- flush and sync -------------------------------------------------------------------------------------------

    /// Everything acknowledged is merged, committed and durable on return.
    void flush() {
        poison.check();
        long target;
        lock.lock();
        try {
            if (!active.isEmpty()) {
                freeze();
            }
            target = sequence;
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

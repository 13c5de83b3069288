package io.treering.internal.engine;

import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.CacheLines;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import java.util.function.IntToLongFunction;

/// Log and active buffer, to which each write is appended in this order. Under the writer's lock, all of it.
///
/// **Broken off.** Whatever is thrown in the middle leaves the two apart: the log has what the buffer has not, or the
/// buffer's index names what is not whole. Nothing may come behind that. The stack of a thread can end anywhere, in
/// whatever would handle that as well; so a mark is set before and taken away behind, which takes no stack, and who
/// comes next and finds it poisons the partition.
final class Appender {
    /// So many slots of the index are fetched together: as many as a processor's core can wait for at a time, and a few
    /// more.
    private static final int TOUCHED = 16;

    private final LogAccess log;
    private final Views views;
    private final Poison poison;
    private WriteBuffer active;
    private long sequence;
    private final byte[] reference = new byte[OverflowReference.BYTES];
    private final Copies copies;
    private boolean unfinished;

    Appender(LogAccess log, Views views, Poison poison, Copies copies) {
        this.log = log;
        this.views = views;
        this.poison = poison;
        this.active = views.current().active();
        this.sequence = active.visible();
        this.copies = copies;
    }

    WriteBuffer active() {
        return active;
    }

    /// Of the last write.
    long sequence() {
        return sequence;
    }

    /// Whether nothing has broken off so far.
    boolean isWhole() {
        return !unfinished;
    }

    void ensureWhole() {
        if (unfinished) {
            poison.set(new IllegalStateException("A write broke off while it was being appended"));
            throw poison.exception();
        }
    }

    // ---- appending --------------------------------------------------------------------------------------------------

    /// Has the processor fetch what the next appends of a batch need of the buffer's index, all at once; each would
    /// wait
    /// otherwise. To be called before each append, and does something before every so many.
    ///
    /// @param index of the operation that comes next
    /// @param hashes of the operations' keys
    void touchAhead(int index, int count, IntToLongFunction hashes) {
        if (index % TOUCHED == 0) {
            int end = Math.min(index + TOUCHED, count);
            long touched = 0;
            for (int i = index; i < end; i++) {
                touched += active.touchSlot(hashes.applyAsLong(i));
            }
            CacheLines.keep(touched);
        }
    }

    /// Room has been made.
    ///
    /// @return what the log is to commit
    long append(int kind, byte[] key, int keyLength, byte[] value, int valueLength) {
        unfinished = true;
        long lsn = appendToBoth(kind, key, keyLength, value, valueLength);
        unfinished = false;
        return lsn;
    }

    /// As [#append], of a value that is in a run.
    long appendReference(byte[] key, int keyLength, long run, long valueLength) {
        return append(BufferEntry.PUT_OVERFLOW, key, keyLength, referenceTo(run, valueLength), OverflowReference.BYTES);
    }

    /// Appends a batch.
    ///
    /// @return what the log is to commit
    long appendAll(BatchContents batch) {
        unfinished = true;
        log.beginBatch();
        try {
            for (int i = 0; i < batch.count(); i++) {
                touchAhead(i, batch.count(), batch::hash);
                long _ = append(batch, i);
            }
        } catch (RuntimeException | Error e) {
            log.abandonBatch(e);
            throw e;
        }
        long lsn = log.endBatch();
        unfinished = false;
        return lsn;
    }

    private long append(BatchContents batch, int i) {
        int start = batch.start(i);
        int keyLength = batch.keyLength(i);
        long hash = batch.hash(i);
        byte[] key = copies.ofKey(batch.block(i), start, keyLength);
        if (batch.isDelete(i)) {
            return appendHashed(BufferEntry.DELETE, key, keyLength, hash, reference, 0);
        }
        int valueLength = batch.valueLength(i);
        if (batch.reference(i) == PageReference.NONE) {
            byte[] value = copies.ofValue(batch.block(i), start + keyLength, valueLength);
            return appendHashed(BufferEntry.PUT, key, keyLength, hash, value, valueLength);
        }
        byte[] toRun = referenceTo(batch.reference(i), valueLength);
        return appendHashed(BufferEntry.PUT_OVERFLOW, key, keyLength, hash, toRun, OverflowReference.BYTES);
    }

    private byte[] referenceTo(long run, long valueLength) {
        Bytes.ARRAY_LE_LONG.set(reference, OverflowReference.PAGE_ID, run);
        Bytes.ARRAY_LE_LONG.set(reference, OverflowReference.VALUE_LENGTH, valueLength);
        return reference;
    }

    private long appendToBoth(int kind, byte[] key, int keyLength, byte[] value, int valueLength) {
        byte[] copy = copies.ofKey(key, keyLength);
        return appendHashed(kind, copy, keyLength, KeyHash.hash(copy, keyLength), value, valueLength);
    }

    private long appendHashed(int kind, byte[] key, int keyLength, long hash, byte[] value, int valueLength) {
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

    // ---- what is seen -----------------------------------------------------------------------------------------------

    /// Lets readers see what was appended, unless they are to wait until it is durable.
    void show() {
        if (!log.isSynchronous()) {
            active.publish(sequence);
        }
    }

    /// Lets readers see what is durable.
    void showDurable() {
        long durable = log.durableSequence();
        if (active.visible() < durable) {
            active.publish(durable);
        }
    }

    // ---- buffers ----------------------------------------------------------------------------------------------------

    /// Nothing more comes into the active buffer.
    void endBuffer() {
        ensureWhole();
        log.endOf(active);
        active.publish(sequence);
    }

    /// The next write goes to a fresh buffer.
    void beginBuffer(WriteBuffer fresh) {
        unfinished = true;
        views.freeze(fresh);
        active = fresh;
        unfinished = false;
    }
}

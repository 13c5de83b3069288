package io.treering.jmh;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/// LMDB called with direct byte buffers. Between the puts of a transaction no other session can write; a read by this
/// session commits them.
final class LmdbSession extends Session {
    private static final PutFlags[] PUT = {};
    private static final PutFlags[] APPEND = {PutFlags.MDB_APPEND};

    private final LmdbStore lmdb;
    private final ByteBuffer keyBuffer = ByteBuffer.allocateDirect(Dataset.KEY_BYTES);
    private final ByteBuffer valueBuffer;
    private @Nullable Txn<ByteBuffer> reading;
    private @Nullable Cursor<ByteBuffer> cursor;
    private @Nullable Txn<ByteBuffer> writing;
    private long pending;
    private long commitsSeen;

    LmdbSession(LmdbStore lmdb, Dataset dataset) {
        super(dataset);
        this.lmdb = lmdb;
        valueBuffer = ByteBuffer.allocateDirect(dataset.valueBytes());
    }

    @Override
    void put(long number) {
        put(number, PUT);
        commitIfFull();
    }

    private void commitIfFull() {
        if (pending >= lmdb.transactionSize().puts(this)) {
            commit();
        }
    }

    private void put(long number, PutFlags... flags) {
        if (writing == null) {
            stopReading();
            writing = lmdb.env().txnWrite();
        }
        fillKey(number);
        dataset.value(number, value);
        valueBuffer.clear();
        valueBuffer.put(0, value);
        lmdb.entries().put(writing, keyBuffer, valueBuffer, flags);
        pending++;
    }

    private void commit() {
        if (writing != null) {
            writing.commit();
            writing.close();
            writing = null;
            pending = 0;
            lmdb.committed();
        }
    }

    @Override
    void putBatch(long from, long to) {
        commit();
        for (long number = from; number < to; number++) {
            put(number, PUT);
        }
        commit();
    }

    @Override
    void load(long[] sorted) {
        for (long number : sorted) {
            put(number, APPEND);
            commitIfFull();
        }
        flush();
    }

    /// The present, for reading. A transaction that nobody has outdated is used again.
    private Txn<ByteBuffer> reading() {
        commit();
        long commits = lmdb.commits();
        if (reading == null) {
            reading = lmdb.env().txnRead();
        } else if (commits != commitsSeen) {
            reading.reset();
            reading.renew();
            if (cursor != null) {
                cursor.renew(reading);
            }
        }
        commitsSeen = commits;
        return reading;
    }

    /// A reading transaction that stays open keeps the pages that it sees from being used again.
    private void stopReading() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
        if (reading != null) {
            reading.close();
            reading = null;
        }
    }

    @Override
    int get(long number) {
        Txn<ByteBuffer> transaction = reading();
        fillKey(number);
        ByteBuffer found = lmdb.entries().get(transaction, keyBuffer);
        if (found == null) {
            return ABSENT;
        }
        int length = found.remaining();
        found.get(0, value, 0, Math.min(length, value.length));
        return length;
    }

    /// There is no such operation: gets, one by one, in one transaction.
    @Override
    long multiGet(long[] numbers) {
        Txn<ByteBuffer> transaction = reading();
        long sum = 0;
        for (long number : numbers) {
            fillKey(number);
            lmdb.entries().get(transaction, keyBuffer).get(0, value);
            sum += valueHead();
        }
        return sum;
    }

    @Override
    long scan() {
        long sum = 0;
        try (Cursor<ByteBuffer> all = lmdb.entries().openCursor(reading())) {
            for (boolean valid = all.first(); valid; valid = all.next()) {
                sum += look(all);
            }
        }
        return sum;
    }

    @Override
    long scanReversed() {
        long sum = 0;
        try (Cursor<ByteBuffer> all = lmdb.entries().openCursor(reading())) {
            for (boolean valid = all.last(); valid; valid = all.prev()) {
                sum += look(all);
            }
        }
        return sum;
    }

    @Override
    long scanCopying() {
        long sum = 0;
        try (Cursor<ByteBuffer> all = lmdb.entries().openCursor(reading())) {
            for (boolean valid = all.first(); valid; valid = all.next()) {
                all.key().get(0, key);
                all.val().get(0, value);
                sum += Dataset.head(key, 0) ^ Dataset.head(value, 0);
            }
        }
        return sum;
    }

    @Override
    long seek(long number, int entries) {
        Txn<ByteBuffer> transaction = reading();
        if (cursor == null) {
            cursor = lmdb.entries().openCursor(transaction);
        }
        fillKey(number);
        long sum = 0;
        boolean valid = cursor.get(keyBuffer, GetOp.MDB_SET_RANGE);
        for (int i = 0; i < entries && valid; i++) {
            sum += look(cursor);
            valid = cursor.next();
        }
        return sum;
    }

    private static long look(Cursor<ByteBuffer> at) {
        return at.key().getLong(0) ^ at.val().getLong(0);
    }

    private void fillKey(long number) {
        keyBuffer.clear();
        keyBuffer.putLong(0, Dataset.keyHead(number));
        keyBuffer.putLong(8, Dataset.keyTail(number));
    }

    @Override
    void flush() {
        commit();
        lmdb.env().sync(true);
    }

    @Override
    void compact() {
        // A tree has one shape only.
    }

    @Override
    public void close() {
        commit();
        stopReading();
        lmdb.transactionSize().left(this);
    }
}

package io.treering.jmh;

import java.util.Objects;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Transaction;
import org.jspecify.annotations.Nullable;

/// Xodus called with byte arrays. A transaction keeps those that are put until it commits, so a put allocates both.
/// Between the puts of a transaction no other session can write; a read by this session commits them.
final class XodusSession extends Session {
    private final XodusStore xodus;

    /// Shows [#key] as it is at the moment.
    private final ByteIterable searched = new ArrayByteIterable(key);

    private @Nullable Transaction reading;
    private @Nullable Cursor cursor;
    private @Nullable Transaction writing;
    private long pending;
    private long commitsSeen;

    XodusSession(XodusStore xodus, Dataset dataset) {
        super(dataset);
        this.xodus = xodus;
    }

    @Override
    void put(long number) {
        setEntry(number);
        xodus.entries().put(writing(), copyOf(key), copyOf(value));
        commitIfFull();
    }

    private static ByteIterable copyOf(byte[] bytes) {
        return new ArrayByteIterable(bytes.clone());
    }

    private Transaction writing() {
        if (writing == null) {
            stopReading();
            writing = xodus.environment().beginExclusiveTransaction();
        }
        return writing;
    }

    private void commitIfFull() {
        pending++;
        if (pending >= xodus.transactionSize().puts(this)) {
            commit();
        }
    }

    private void commit() {
        if (writing != null) {
            if (!writing.commit()) {
                throw new IllegalStateException("an exclusive transaction was not alone");
            }
            writing = null;
            pending = 0;
            xodus.committed();
        }
    }

    @Override
    void putBatch(long from, long to) {
        commit();
        for (long number = from; number < to; number++) {
            setEntry(number);
            xodus.entries().put(writing(), copyOf(key), copyOf(value));
        }
        commit();
    }

    @Override
    void load(long[] sorted) {
        for (long number : sorted) {
            setEntry(number);
            xodus.entries().putRight(writing(), copyOf(key), copyOf(value));
            commitIfFull();
        }
        flush();
    }

    /// The present, for reading. A transaction that nobody has outdated is used again.
    private Transaction reading() {
        commit();
        long commits = xodus.commits();
        if (reading == null || commits != commitsSeen) {
            stopReading();
            reading = xodus.environment().beginReadonlyTransaction();
            commitsSeen = commits;
        }
        return reading;
    }

    /// A reading transaction that stays open keeps the files that it sees from being deleted.
    private void stopReading() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
        if (reading != null) {
            reading.abort();
            reading = null;
        }
    }

    @Override
    int get(long number) {
        setKey(number);
        ByteIterable found = xodus.entries().get(reading(), searched);
        if (found == null) {
            return ABSENT;
        }
        copy(found, value);
        return found.getLength();
    }

    /// There is no such operation: gets, one by one, in one transaction.
    @Override
    long multiGet(long[] numbers) {
        Transaction transaction = reading();
        long sum = 0;
        for (long number : numbers) {
            setKey(number);
            copy(Objects.requireNonNull(xodus.entries().get(transaction, searched)), value);
            sum += valueHead();
        }
        return sum;
    }

    @Override
    long scan() {
        long sum = 0;
        try (Cursor all = xodus.entries().openCursor(reading())) {
            while (all.getNext()) {
                sum += look(all);
            }
        }
        return sum;
    }

    @Override
    long scanReversed() {
        long sum = 0;
        try (Cursor all = xodus.entries().openCursor(reading())) {
            for (boolean valid = all.getLast(); valid; valid = all.getPrev()) {
                sum += look(all);
            }
        }
        return sum;
    }

    @Override
    long scanCopying() {
        long sum = 0;
        try (Cursor all = xodus.entries().openCursor(reading())) {
            while (all.getNext()) {
                copy(all.getKey(), key);
                copy(all.getValue(), value);
                sum += Dataset.head(key, 0) ^ Dataset.head(value, 0);
            }
        }
        return sum;
    }

    @Override
    long seek(long number, int count) {
        Transaction transaction = reading();
        if (cursor == null) {
            cursor = xodus.entries().openCursor(transaction);
        }
        setKey(number);
        long sum = 0;
        boolean valid = cursor.getSearchKeyRange(searched) != null;
        for (int i = 0; i < count && valid; i++) {
            sum += look(cursor);
            valid = cursor.getNext();
        }
        return sum;
    }

    /// Key and value are copied out of the cache: small as they are, that is less work than to ask an iterator for
    /// each byte, which is the only way to look at them in place.
    private static long look(Cursor at) {
        return head(at.getKey()) ^ head(at.getValue());
    }

    private static long head(ByteIterable bytes) {
        return Dataset.head(bytes.getBytesUnsafe(), 0);
    }

    private static void copy(ByteIterable from, byte[] into) {
        System.arraycopy(from.getBytesUnsafe(), 0, into, 0, Math.min(from.getLength(), into.length));
    }

    @Override
    void flush() {
        commit();
        xodus.sync();
    }

    @Override
    void compact() {
        commit();
        stopReading();
        xodus.compact();
    }

    @Override
    public void close() {
        commit();
        stopReading();
        xodus.transactionSize().left(this);
    }
}

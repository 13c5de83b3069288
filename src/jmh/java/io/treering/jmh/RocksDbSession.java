package io.treering.jmh;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// RocksDB called with byte arrays, which is its faster way with entries as small as these.
final class RocksDbSession extends Session {
    private final RocksDbStore rocks;
    private @Nullable RocksIterator cursor;

    RocksDbSession(RocksDbStore rocks, Dataset dataset) {
        super(dataset);
        this.rocks = rocks;
    }

    @Override
    void put(long number) {
        setEntry(number);
        try {
            rocks.db().put(rocks.writeOptions(), key, value);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void putBatch(long from, long to) {
        try (WriteBatch batch = new WriteBatch()) {
            for (long number = from; number < to; number++) {
                setEntry(number);
                batch.put(key, value);
            }
            rocks.db().write(rocks.writeOptions(), batch);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void load(long[] sorted) {
        rocks.load(sorted, dataset);
    }

    @Override
    int get(long number) {
        setKey(number);
        try {
            return rocks.db().get(rocks.readOptions(), key, value);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    long multiGet(long[] numbers) {
        try {
            return sumOfHeads(rocks.db().multiGetAsList(rocks.readOptions(), keys(numbers)));
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    long scan() {
        long sum = 0;
        try (RocksIterator iterator = rocks.db().newIterator(rocks.readOptions())) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                sum += look(iterator);
            }
            iterator.status();
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        return sum;
    }

    @Override
    long scanReversed() {
        long sum = 0;
        try (RocksIterator iterator = rocks.db().newIterator(rocks.readOptions())) {
            for (iterator.seekToLast(); iterator.isValid(); iterator.prev()) {
                sum += look(iterator);
            }
            iterator.status();
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        return sum;
    }

    /// RocksDB's iterator shows nothing in place, it always copies.
    @Override
    long scanCopying() {
        return scan();
    }

    @Override
    long seek(long number, int entries) {
        if (cursor == null) {
            cursor = rocks.db().newIterator(rocks.readOptions());
        }
        setKey(number);
        cursor.seek(key);
        long sum = 0;
        for (int i = 0; i < entries && cursor.isValid(); i++) {
            sum += look(cursor);
            cursor.next();
        }
        return sum;
    }

    private long look(RocksIterator iterator) {
        iterator.key(key);
        iterator.value(value);
        return Dataset.head(key, 0) ^ Dataset.head(value, 0);
    }

    @Override
    void flush() {
        rocks.flush();
    }

    @Override
    void compact() {
        rocks.compact();
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
    }
}

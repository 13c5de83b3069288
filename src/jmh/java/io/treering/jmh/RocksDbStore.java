package io.treering.jmh;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// RocksDB called with byte arrays, which is its faster way with entries as small as these.
final class RocksDbStore implements Store {
    private final RocksDbInstance rocks;
    private final byte[] key = new byte[Dataset.KEY_BYTES];
    private final byte[] value = new byte[Dataset.VALUE_BYTES];
    private final byte[] expected = new byte[Dataset.VALUE_BYTES];
    private @Nullable RocksIterator cursor;

    RocksDbStore(RocksDbInstance rocks) {
        this.rocks = rocks;
    }

    @Override
    public void put(long number) {
        Dataset.key(number, key);
        Dataset.value(number, value);
        try {
            rocks.db().put(rocks.writeOptions(), key, value);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void putBatch(long from, long to) {
        try (WriteBatch batch = new WriteBatch()) {
            for (long number = from; number < to; number++) {
                Dataset.key(number, key);
                Dataset.value(number, value);
                batch.put(key, value);
            }
            rocks.db().write(rocks.writeOptions(), batch);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int get(long number) {
        Dataset.key(number, key);
        try {
            return rocks.db().get(rocks.readOptions(), key, value);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long valueHead() {
        return Dataset.head(value, 0);
    }

    @Override
    public boolean holds(long number) {
        Dataset.value(number, expected);
        return get(number) == Dataset.VALUE_BYTES && Arrays.equals(value, expected);
    }

    @Override
    public long scan() {
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

    /// RocksDB's iterator shows nothing in place, it always copies.
    @Override
    public long scanCopying() {
        return scan();
    }

    @Override
    public long seek(long number, int entries) {
        if (cursor == null) {
            cursor = rocks.db().newIterator(rocks.readOptions());
        }
        Dataset.key(number, key);
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
    public void flush() {
        rocks.flush();
    }

    @Override
    public void compact() {
        rocks.compact();
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
        rocks.close();
    }
}

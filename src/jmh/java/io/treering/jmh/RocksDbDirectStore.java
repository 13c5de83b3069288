package io.treering.jmh;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// RocksDB called with direct byte buffers. Reading them is faster, but checking and handing them over costs more than
/// it saves with entries as small as these.
final class RocksDbDirectStore implements Store {
    private final RocksDbInstance rocks;
    private final ByteBuffer key = ByteBuffer.allocateDirect(Dataset.KEY_BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(Dataset.VALUE_BYTES);
    private final byte[] scratch = new byte[Dataset.VALUE_BYTES];
    private final byte[] expected = new byte[Dataset.VALUE_BYTES];
    private @Nullable RocksIterator cursor;

    RocksDbDirectStore(RocksDbInstance rocks) {
        this.rocks = rocks;
    }

    @Override
    public void put(long number) {
        setKey(number);
        setValue(number);
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
                setKey(number);
                setValue(number);
                batch.put(key, value);
            }
            rocks.db().write(rocks.writeOptions(), batch);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int get(long number) {
        setKey(number);
        value.clear();
        try {
            return rocks.db().get(rocks.readOptions(), key, value);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long valueHead() {
        return value.getLong(0);
    }

    @Override
    public boolean holds(long number) {
        Dataset.value(number, expected);
        if (get(number) != Dataset.VALUE_BYTES) {
            return false;
        }
        value.get(0, scratch);
        return Arrays.equals(scratch, expected);
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
        key.clear();
        value.clear();
        iterator.key(key);
        iterator.value(value);
        return key.getLong(0) ^ value.getLong(0);
    }

    private void setKey(long number) {
        key.clear();
        key.putLong(0, Dataset.keyHead(number));
        key.putLong(8, Dataset.keyTail(number));
    }

    private void setValue(long number) {
        Dataset.value(number, scratch);
        value.clear();
        value.put(0, scratch);
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

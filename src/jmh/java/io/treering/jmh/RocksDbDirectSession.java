package io.treering.jmh;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ByteBufferGetStatus;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;

/// RocksDB called with direct byte buffers. Reading them is faster, but checking and handing them over costs more than
/// it saves with entries as small as these.
final class RocksDbDirectSession extends Session {
    private final RocksDbStore rocks;
    private final ByteBuffer keyBuffer = ByteBuffer.allocateDirect(Dataset.KEY_BYTES);
    private final ByteBuffer valueBuffer;
    private final List<ByteBuffer> keyBuffers = new ArrayList<>();
    private final List<ByteBuffer> valueBuffers = new ArrayList<>();
    private @Nullable RocksIterator cursor;

    RocksDbDirectSession(RocksDbStore rocks, Dataset dataset) {
        super(dataset);
        this.rocks = rocks;
        valueBuffer = ByteBuffer.allocateDirect(dataset.valueBytes());
        for (int i = 0; i < MULTI_GET; i++) {
            keyBuffers.add(ByteBuffer.allocateDirect(Dataset.KEY_BYTES));
            valueBuffers.add(ByteBuffer.allocateDirect(dataset.valueBytes()));
        }
    }

    @Override
    void put(long number) {
        fillBuffers(number);
        try {
            rocks.db().put(rocks.writeOptions(), keyBuffer, valueBuffer);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void putBatch(long from, long to) {
        try (WriteBatch batch = new WriteBatch()) {
            for (long number = from; number < to; number++) {
                fillBuffers(number);
                batch.put(keyBuffer, valueBuffer);
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
        fillKey(number, keyBuffer);
        valueBuffer.clear();
        try {
            int length = rocks.db().get(rocks.readOptions(), keyBuffer, valueBuffer);
            valueBuffer.get(0, value);
            return length;
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    long multiGet(long[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            fillKey(numbers[i], keyBuffers.get(i));
            valueBuffers.get(i).clear();
        }
        long sum = 0;
        try {
            for (ByteBufferGetStatus found : rocks.db()
                    .multiGetByteBuffers(
                            rocks.readOptions(),
                            keyBuffers.subList(0, numbers.length),
                            valueBuffers.subList(0, numbers.length))) {
                if (found.status.getCode() != Status.Code.Ok) {
                    throw new AssertionError("not found");
                }
                sum += found.value.getLong(0);
            }
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        return sum;
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
        fillKey(number, keyBuffer);
        cursor.seek(keyBuffer);
        long sum = 0;
        for (int i = 0; i < entries && cursor.isValid(); i++) {
            sum += look(cursor);
            cursor.next();
        }
        return sum;
    }

    private long look(RocksIterator iterator) {
        keyBuffer.clear();
        valueBuffer.clear();
        iterator.key(keyBuffer);
        iterator.value(valueBuffer);
        return keyBuffer.getLong(0) ^ valueBuffer.getLong(0);
    }

    private static void fillKey(long number, ByteBuffer buffer) {
        buffer.clear();
        buffer.putLong(0, Dataset.keyHead(number));
        buffer.putLong(8, Dataset.keyTail(number));
    }

    private void fillBuffers(long number) {
        fillKey(number, keyBuffer);
        dataset.value(number, value);
        valueBuffer.clear();
        valueBuffer.put(0, value);
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

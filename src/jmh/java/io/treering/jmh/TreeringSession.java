package io.treering.jmh;

import io.treering.Cursor;
import io.treering.KeyRange;
import io.treering.Partition;
import io.treering.Scan;
import io.treering.WriteBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Treering called with byte arrays.
final class TreeringSession extends Session {
    private final Partition partition;
    private final WriteBatch batch = new WriteBatch();
    private @Nullable Cursor cursor;

    TreeringSession(Partition partition, Dataset dataset) {
        super(dataset);
        this.partition = partition;
    }

    @Override
    void put(long number) {
        setEntry(number);
        partition.put(key, value);
    }

    @Override
    void putBatch(long from, long to) {
        batch.clear();
        for (long number = from; number < to; number++) {
            setEntry(number);
            batch.put(key, value);
        }
        partition.write(batch);
    }

    /// There is no other way than for any other order.
    @Override
    void load(long[] sorted) {
        for (long number : sorted) {
            put(number);
        }
        flush();
    }

    @Override
    int get(long number) {
        setKey(number);
        return partition.get(key, value);
    }

    @Override
    long multiGet(long[] numbers) {
        List<byte @Nullable []> values = partition.multiGet(keys(numbers));
        return sumOfHeads(values);
    }

    @Override
    long scan() {
        return scan(partition.scan());
    }

    @Override
    long scanReversed() {
        return scan(partition.scan(KeyRange.all().reversed()));
    }

    private static long scan(Scan opened) {
        long sum = 0;
        try (Scan scan = opened) {
            while (scan.advance()) {
                sum += scan.key().longAt(0) ^ scan.value().longAt(0);
            }
        }
        return sum;
    }

    @Override
    long scanCopying() {
        long sum = 0;
        try (Scan scan = partition.scan()) {
            while (scan.advance()) {
                scan.key().copyTo(key);
                scan.value().copyTo(value);
                sum += Dataset.head(key, 0) ^ Dataset.head(value, 0);
            }
        }
        return sum;
    }

    @Override
    long seek(long number, int entries) {
        if (cursor == null) {
            cursor = partition.cursor();
        }
        setKey(number);
        long sum = 0;
        boolean valid = cursor.seek(key);
        for (int i = 0; i < entries && valid; i++) {
            sum += cursor.key().longAt(0) ^ cursor.value().longAt(0);
            valid = cursor.next();
        }
        return sum;
    }

    @Override
    void flush() {
        partition.flush();
    }

    @Override
    void compact() {
        // A tree has one shape only.
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
    }
}

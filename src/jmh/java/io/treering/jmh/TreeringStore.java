package io.treering.jmh;

import io.treering.Cursor;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.Scan;
import io.treering.WalMode;
import io.treering.WriteBatch;
import io.treering.jmh.StoreKind.Durability;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Treering with its defaults: pages of 4 KiB, write buffers of 64 MiB (three at most), the I/O backend that it
/// chooses.
final class TreeringStore implements Store {
    private final Partition partition;
    private final WriteBatch batch = new WriteBatch();
    private final byte[] key = new byte[Dataset.KEY_BYTES];
    private final byte[] value = new byte[Dataset.VALUE_BYTES];
    private final byte[] expected = new byte[Dataset.VALUE_BYTES];
    private @Nullable Cursor cursor;

    TreeringStore(Path directory, long cacheBytes, Durability durability) {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(cacheBytes)
                .writeBufferSize(RocksDbInstance.WRITE_BUFFER_BYTES)
                .walMode(durability == Durability.SYNC ? WalMode.SYNC : WalMode.NONE)
                .build();
        partition = Partition.open(directory, config);
    }

    @Override
    public void put(long number) {
        Dataset.key(number, key);
        Dataset.value(number, value);
        partition.put(key, value);
    }

    @Override
    public void putBatch(long from, long to) {
        batch.clear();
        for (long number = from; number < to; number++) {
            Dataset.key(number, key);
            Dataset.value(number, value);
            batch.put(key, value);
        }
        partition.write(batch);
    }

    @Override
    public int get(long number) {
        Dataset.key(number, key);
        return partition.get(key, value);
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
        try (Scan scan = partition.scan()) {
            while (scan.advance()) {
                sum += scan.key().longAt(0) ^ scan.value().longAt(0);
            }
        }
        return sum;
    }

    @Override
    public long scanCopying() {
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
    public long seek(long number, int entries) {
        if (cursor == null) {
            cursor = partition.cursor();
        }
        Dataset.key(number, key);
        long sum = 0;
        boolean valid = cursor.seek(key);
        for (int i = 0; i < entries && valid; i++) {
            sum += cursor.key().longAt(0) ^ cursor.value().longAt(0);
            valid = cursor.next();
        }
        return sum;
    }

    @Override
    public void flush() {
        partition.flush();
    }

    @Override
    public void compact() {
        // A tree has one shape only.
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
        partition.close();
    }
}

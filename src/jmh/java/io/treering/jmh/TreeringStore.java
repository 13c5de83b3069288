package io.treering.jmh;

import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.WalMode;
import java.nio.file.Path;

/// Treering with its defaults: pages of 4 KiB, write buffers of 64 MiB (three at most), a log of twice that, the I/O
/// backend that it chooses.
record TreeringStore(Partition partition, Dataset dataset) implements Store {
    TreeringStore(Path directory, StoreSettings settings, Dataset dataset) {
        PartitionConfig config = PartitionConfig.builder()
                .pageSize(settings.pageBytes())
                .cacheSize(settings.cacheBytes())
                .writeBufferSize(settings.writeBufferBytes())
                .walSize(settings.logBytes())
                .walMode(
                        switch (settings.durability()) {
                            case NONE -> WalMode.NONE;
                            case BATCHED -> WalMode.BATCHED;
                            case SYNC -> WalMode.SYNC;
                        })
                .batchedInterval(Durability.INTERVAL)
                .batchedBytes(Durability.BYTES)
                .build();
        this(Partition.open(directory, config), dataset);
    }

    @Override
    public Session session() {
        return new TreeringSession(partition, dataset);
    }

    @Override
    public void close() {
        partition.close();
    }
}

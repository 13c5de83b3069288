package io.treering.jmh;

import java.nio.file.Path;

/// The stores that are compared. The table shows the first two; the others are for comparing RocksDB with itself:
/// `src/jmh/run -p kind=rocksdb,rocksdbDirect ...`.
public enum StoreKind {
    /// Treering.
    treering,
    /// RocksDB, called with byte arrays, direct I/O.
    rocksdb,
    /// RocksDB, called with direct byte buffers, direct I/O.
    rocksdbDirect,
    /// RocksDB, called with byte arrays, through the operating system's page cache.
    rocksdbBuffered;

    Store open(Path directory, long cacheBytes, Durability durability) {
        return switch (this) {
            case treering -> new TreeringStore(directory, cacheBytes, durability);
            case rocksdb -> new RocksDbStore(RocksDbInstance.open(directory, cacheBytes, durability, true));
            case rocksdbDirect -> new RocksDbDirectStore(RocksDbInstance.open(directory, cacheBytes, durability, true));
            case rocksdbBuffered -> new RocksDbStore(RocksDbInstance.open(directory, cacheBytes, durability, false));
        };
    }

    /// What happens to a write before it is acknowledged.
    enum Durability {
        /// It is in memory.
        NONE,
        /// It is in the log, and the log is synced.
        SYNC
    }
}

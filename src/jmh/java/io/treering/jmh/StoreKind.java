package io.treering.jmh;

import java.nio.file.Path;

/// The stores that are compared. The long run's tables show `treering`, `rocksdb` and `lmdb`; `src/jmh/run peers` adds
/// `mvstore` and `xodus`, which are written in Java as well; the others are for comparing RocksDB with itself:
/// `src/jmh/run -p kind=rocksdb,rocksdbDirect ...`.
public enum StoreKind {
    /// Treering.
    treering,
    /// RocksDB, called with byte arrays, direct I/O.
    rocksdb,
    /// RocksDB, called with direct byte buffers, direct I/O.
    rocksdbDirect,
    /// RocksDB, called with byte arrays, through the operating system's page cache.
    rocksdbBuffered,
    /// LMDB, called by LmdbJava with direct byte buffers.
    lmdb,
    /// H2's MVStore, called with byte arrays.
    mvstore,
    /// Xodus' environment, called with byte arrays.
    xodus;

    Store open(Path directory, StoreSettings settings, Dataset dataset) {
        return switch (this) {
            case treering -> new TreeringStore(directory, settings, dataset);
            case rocksdb -> RocksDbStore.open(directory, settings, true, store -> new RocksDbSession(store, dataset));
            case rocksdbDirect ->
                RocksDbStore.open(directory, settings, true, store -> new RocksDbDirectSession(store, dataset));
            case rocksdbBuffered ->
                RocksDbStore.open(directory, settings, false, store -> new RocksDbSession(store, dataset));
            case lmdb -> new LmdbStore(directory, settings, dataset);
            case mvstore -> new H2Store(directory, settings, dataset);
            case xodus -> new XodusStore(directory, settings, dataset);
        };
    }
}

package io.treering.jmh;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.EnvOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;
import org.rocksdb.WriteOptions;

/// An open RocksDB and what belongs to it, set up as its own guides advise, and with Treering's amounts of memory:
///
/// - a block cache of the given size: the lock-free one, which is recommended over the LRU one that is the default;
/// - blocks of 4 KiB, which is the default and Treering's page size;
/// - a bloom filter of 10 bits a key; indexes and filters in memory beside the block cache (the default);
/// - no compression, for values cannot be compressed;
/// - write buffers of 64 MiB, three at most; two background jobs; files synced every 1 MiB while they are written;
/// - direct I/O for reads, flushes and compactions, as Treering does it;
/// - log files used again, so that a sync need not write the file's size;
/// - [Durability#BATCHED]: writes without a sync, and a thread that syncs the log every 10 ms; the log is written out
///   every 1 MiB (`wal_bytes_per_sync`).
///
/// A hash index in the data blocks makes its gets 8 % faster and its seeks 20 % slower, so it is left out. Blob files,
/// which its guide advises for large values that are overwritten, have no cache that Java can set, and are left out.
record RocksDbStore(
        RocksDB db,
        Options options,
        HyperClockCache cache,
        BloomFilter filter,
        WriteOptions writeOptions,
        ReadOptions readOptions,
        Path directory,
        @Nullable ScheduledExecutorService syncing,
        Function<RocksDbStore, Session> sessions)
        implements Store {
    static RocksDbStore open(
            Path directory, StoreSettings settings, boolean directIo, Function<RocksDbStore, Session> sessions) {
        RocksDB.loadLibrary();
        // It finds out itself how large its entries are.
        HyperClockCache cache = new HyperClockCache(settings.cacheBytes(), 0, -1, false);
        BloomFilter filter = new BloomFilter(10);
        Durability durability = settings.durability();
        Options options = options(settings, cache, filter)
                .setUseDirectReads(directIo)
                .setUseDirectIoForFlushAndCompaction(directIo);
        WriteOptions writeOptions =
                new WriteOptions().setDisableWAL(durability == Durability.NONE).setSync(durability == Durability.SYNC);
        try {
            RocksDB db = RocksDB.open(options, directory.toString());
            ScheduledExecutorService syncing = durability == Durability.BATCHED ? syncing(db) : null;
            return new RocksDbStore(
                    db, options, cache, filter, writeOptions, new ReadOptions(), directory, syncing, sessions);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Options options(StoreSettings settings, HyperClockCache cache, BloomFilter filter) {
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setBlockSize(settings.pageBytes())
                .setFilterPolicy(filter);
        return new Options()
                .setCreateIfMissing(true)
                .setTableFormatConfig(table)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setWriteBufferSize(settings.writeBufferBytes())
                .setMaxWriteBufferNumber(3)
                .setMaxBackgroundJobs(2)
                .setBytesPerSync(1 << 20)
                .setWalBytesPerSync(settings.durability() == Durability.BATCHED ? Durability.BYTES : 0)
                .setRecycleLogFileNum(settings.durability() == Durability.NONE ? 0 : 4);
    }

    private static ScheduledExecutorService syncing(RocksDB db) {
        ScheduledExecutorService syncing = Executors.newSingleThreadScheduledExecutor();
        long interval = Durability.INTERVAL.toMillis();
        syncing.scheduleAtFixedRate(() -> sync(db), interval, interval, TimeUnit.MILLISECONDS);
        return syncing;
    }

    private static void sync(RocksDB db) {
        try {
            db.syncWal();
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Session session() {
        return sessions.apply(this);
    }

    void flush() {
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            db.flush(wait);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    void compact() {
        try {
            db.compactRange();
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Writes a sorted file by itself and takes it over: what the guide advises for entries that are in order.
    void load(long[] sorted, Dataset dataset) {
        byte[] key = new byte[Dataset.KEY_BYTES];
        byte[] value = new byte[dataset.valueBytes()];
        String file = directory.resolve("load.sst").toString();
        try (EnvOptions env = new EnvOptions();
                SstFileWriter writer = new SstFileWriter(env, options);
                IngestExternalFileOptions ingest = new IngestExternalFileOptions().setMoveFiles(true)) {
            writer.open(file);
            for (long number : sorted) {
                Dataset.key(number, key);
                dataset.value(number, value);
                writer.put(key, value);
            }
            writer.finish();
            db.ingestExternalFile(List.of(file), ingest);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (syncing != null) {
            syncing.close();
        }
        db.close();
        readOptions.close();
        writeOptions.close();
        options.close();
        filter.close();
        cache.close();
    }
}

package io.treering.jmh;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.StoreConfig;
import org.jspecify.annotations.Nullable;

/// An open environment of Xodus with one store:
///
/// - a log cache of the given size (`memoryUsage`), its own and not the one that the environments of a process share,
///   in which the store before would have left something. It holds pieces of 64 KiB (the default) of the log's files
///   as arrays in Java's heap, with whatever else lies there, such as values that were overwritten. It counts neither
///   what a transaction has changed until it commits nor the objects that stand for nodes while they are looked at.
///   Reads that miss it go through the operating system's page cache, so it is left out where a cache smaller than
///   the data is what matters;
/// - keys in a Patricia trie (`WITH_PREFIXING`): its documentation calls the trie better for keys in random order,
///   and the B+tree, its other way, better for keys in their order; most of what is measured is random;
/// - log files of 32 MiB, as in Xodus' own benchmarks; each is synced when it is full, whatever the settings;
/// - one reading transaction a session, begun anew only when somebody has committed since; exclusive transactions for
///   writing, for of two others that write at once one has to be repeated;
/// - [Durability#NONE]: no sync but those of full files and one every 10 s (the default), and transactions of 1,000
///   puts, or 8 MiB, since a commit for each would be unfair: it writes to the file;
/// - [Durability#BATCHED]: a commit for each put, and a thread that syncs every 10 ms: `logSyncPeriod` would do so
///   only while something is written;
/// - [Durability#SYNC]: `logDurableWrite`, a commit with a sync for each put;
/// - garbage collection of the log as by default: from 10 s after opening it, while less than half of it is live;
/// - when the store was filled, it is opened again with `compactOnOpen`, which writes all entries anew and in order:
///   otherwise what a random fill leaves behind would take most of the cache;
/// - sorted entries are loaded by `putRight`.
///
/// Nothing is compressed: Xodus does so with numbers only. There is no log beside the store, which is one.
final class XodusStore implements Store {
    private static final String NAME = "entries";
    private static final long FILE_KIB = 32 << 10;

    private final File directory;
    private final Durability durability;
    private final Dataset dataset;
    private final EnvironmentConfig config;
    private final TransactionSize transactionSize;
    private final AtomicLong commits = new AtomicLong();
    private volatile EnvironmentImpl environment;
    private volatile jetbrains.exodus.env.Store entries;
    private final @Nullable ScheduledExecutorService syncing;

    XodusStore(Path directory, StoreSettings settings, Dataset dataset) {
        this.directory = directory.toFile();
        this.dataset = dataset;
        durability = settings.durability();
        transactionSize = new TransactionSize(durability, dataset);
        config = new EnvironmentConfig()
                .setMemoryUsage(settings.cacheBytesInHeap())
                .setLogCacheShared(false)
                .setLogFileSize(FILE_KIB)
                .setLogDurableWrite(durability == Durability.SYNC);
        environment = open();
        entries = openEntries();
        syncing = durability == Durability.BATCHED ? Executors.newSingleThreadScheduledExecutor() : null;
        if (syncing != null) {
            long interval = Durability.INTERVAL.toMillis();
            syncing.scheduleAtFixedRate(this::sync, interval, interval, TimeUnit.MILLISECONDS);
        }
    }

    private EnvironmentImpl open() {
        return (EnvironmentImpl) Environments.newInstance(directory, config);
    }

    private jetbrains.exodus.env.Store openEntries() {
        return environment.computeInTransaction(
                transaction -> environment.openStore(NAME, StoreConfig.WITHOUT_DUPLICATES_WITH_PREFIXING, transaction));
    }

    @Override
    public Session session() {
        return new XodusSession(this, dataset);
    }

    EnvironmentImpl environment() {
        return environment;
    }

    jetbrains.exodus.env.Store entries() {
        return entries;
    }

    TransactionSize transactionSize() {
        return transactionSize;
    }

    /// How many transactions have been committed: a reading transaction that is older shows the past.
    long commits() {
        return commits.get();
    }

    void committed() {
        commits.incrementAndGet();
    }

    void sync() {
        environment.flushAndSync();
    }

    /// Nobody else uses the store meanwhile.
    void compact() {
        environment.close();
        config.setEnvCompactOnOpen(true);
        environment = open();
        config.setEnvCompactOnOpen(false);
        entries = openEntries();
        deleteOldFiles();
    }

    /// Compacting renames the old files.
    private void deleteOldFiles() {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(directory.toPath(), "*.del")) {
            for (Path file : old) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (syncing != null) {
            syncing.close();
        }
        environment.close();
    }
}

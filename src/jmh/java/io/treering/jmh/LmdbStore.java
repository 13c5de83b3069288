package io.treering.jmh;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;

/// An open LMDB through LmdbJava with its default buffers, which are direct byte buffers set by `Unsafe`:
///
/// - a map of a fixed size, far more than is needed; pages of 4 KiB, those of the operating system;
/// - one reading transaction a session, begun anew only when somebody has committed since (`MDB_NOTLS`, so that a
///   session need not stay on one thread);
/// - [Durability#NONE]: `MDB_NOSYNC`, and transactions of 1,000 puts, or 8 MiB, since a commit for each would be
/// unfair;
/// - [Durability#BATCHED]: `MDB_NOSYNC`, one commit for each put, for what is not committed would be lost in a crash of
///   the process, and a thread that syncs every 10 ms;
/// - [Durability#SYNC]: its default, one commit with a sync for each put;
/// - LmdbJava's checks of its callers disabled (`lmdbjava.disable.checks`), as it advises for production;
/// - no `MDB_WRITEMAP`, which its documentation calls less safe, and which a stray write of the process could use to
///   damage the file;
/// - sorted entries are loaded by `MDB_APPEND`.
///
/// Its cache is the operating system's page cache, which has no bound of its own: it is left out where a cache smaller
/// than the data is what matters.
final class LmdbStore implements Store {
    private static final long MAP_BYTES = 64L << 30;
    private static final int MOST_SESSIONS = 256;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> entries;
    private final TransactionSize transactionSize;
    private final Dataset dataset;
    private final AtomicLong commits = new AtomicLong();
    private final ScheduledExecutorService syncing = Executors.newSingleThreadScheduledExecutor();

    LmdbStore(Path directory, StoreSettings settings, Dataset dataset) {
        Durability durability = settings.durability();
        transactionSize = new TransactionSize(durability, dataset);
        this.dataset = dataset;
        Env.Builder<ByteBuffer> builder = Env.create().setMapSize(MAP_BYTES).setMaxReaders(MOST_SESSIONS);
        env = switch (durability) {
            case NONE, BATCHED -> builder.open(directory.toFile(), EnvFlags.MDB_NOTLS, EnvFlags.MDB_NOSYNC);
            case SYNC -> builder.open(directory.toFile(), EnvFlags.MDB_NOTLS);
        };
        entries = env.openDbi((byte[]) null, DbiFlags.MDB_CREATE);
        if (durability == Durability.BATCHED) {
            long interval = Durability.INTERVAL.toMillis();
            syncing.scheduleAtFixedRate(() -> env.sync(true), interval, interval, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public Session session() {
        return new LmdbSession(this, dataset);
    }

    Env<ByteBuffer> env() {
        return env;
    }

    Dbi<ByteBuffer> entries() {
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

    @Override
    public void close() {
        syncing.close();
        env.close();
    }
}

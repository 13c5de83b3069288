package io.treering.jmh;

import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreTool;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;

/// An open MVStore, the storage engine below H2 used by itself, with one map of byte arrays:
///
/// - keys and values by its own `ByteArrayDataType`, whose order is that of unsigned bytes;
/// - a page cache of the given size. It holds pages as objects in Java's heap and counts their keys, values and
///   references; it counts neither the headers of their arrays (16 bytes each) nor pages that are not committed yet,
///   and what it has dropped it still finds through weak references until the garbage collector has taken it. Reads
///   that miss it go through the operating system's page cache, so it is left out where a cache smaller than the data
///   is what matters;
/// - pages as by default, which are split when they have more than 48 keys or 16 KiB, and not compressed;
/// - no old versions (`setVersionsToKeep(0)`, as in H2 itself), for nobody reads them;
/// - [Durability#NONE]: what was put is committed in the background (the default): after a second at the latest, or
///   when the changed pages fill a write buffer of the given size (`autoCommitBufferSize`). Nothing is synced;
/// - [Durability#BATCHED]: a thread that commits and syncs every 10 ms. There is no log: until then a put is in
///   memory;
/// - [Durability#SYNC]: `commit` and `sync` after each put or batch, and no commits in the background
///   (`autoCommitDisabled`, as in H2 with `WRITE_DELAY` 0), for a commit that finds nothing left to do does not wait
///   for theirs. So what is outdated is not compacted either; space is used again when all of a commit is outdated;
/// - otherwise the file is compacted in the background until 90 % of it is live (the default);
/// - when the store was filled, its file is written anew by `MVStoreTool.compact`, for `compactFile` gives up while
///   most of the file is still outdated.
///
/// A batch is no transaction: that would need the layer above, which keeps an undo log.
final class H2Store implements Store {
    private final String file;
    private final StoreSettings settings;
    private final Dataset dataset;
    private final @Nullable ScheduledExecutorService syncing;
    private volatile MVStore store;
    private volatile MVMap<byte[], byte[]> entries;

    H2Store(Path directory, StoreSettings settings, Dataset dataset) {
        file = directory.resolve("entries.mv").toString();
        this.settings = settings;
        this.dataset = dataset;
        store = open();
        entries = openEntries();
        syncing = settings.durability() == Durability.BATCHED ? Executors.newSingleThreadScheduledExecutor() : null;
        if (syncing != null) {
            long interval = Durability.INTERVAL.toMillis();
            syncing.scheduleAtFixedRate(this::syncInBackground, interval, interval, TimeUnit.MILLISECONDS);
        }
    }

    private MVStore open() {
        MVStore.Builder builder =
                new MVStore.Builder().fileName(file).cacheSize((int) (settings.cacheBytesInHeap() >> 20));
        switch (settings.durability()) {
            case NONE -> builder.autoCommitBufferSize((int) (settings.writeBufferBytes() >> 10));
            case BATCHED -> {}
            // Without a buffer that could be full: a batch is one commit.
            case SYNC -> builder.autoCommitDisabled().autoCommitBufferSize(0);
        }
        MVStore opened = builder.open();
        opened.setVersionsToKeep(0);
        return opened;
    }

    private MVMap<byte[], byte[]> openEntries() {
        return store.openMap(
                "entries",
                new MVMap.Builder<byte[], byte[]>()
                        .keyType(ByteArrayDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
    }

    @Override
    public Session session() {
        return new H2Session(this, dataset);
    }

    MVMap<byte[], byte[]> entries() {
        return entries;
    }

    /// What follows a put or a batch of puts.
    void written() {
        if (settings.durability() == Durability.SYNC) {
            commitAndSync();
        }
    }

    private void commitAndSync() {
        store.commit();
        store.sync();
    }

    private synchronized void syncInBackground() {
        commitAndSync();
    }

    void flush() {
        store.commit();
        // After what the background is still writing.
        store.executeFilestoreOperation(store::sync);
    }

    /// Nobody else uses the store meanwhile.
    synchronized void compact() {
        store.close();
        MVStoreTool.compact(file, false);
        store = open();
        entries = openEntries();
    }

    @Override
    public void close() {
        if (syncing != null) {
            syncing.close();
        }
        store.close();
    }
}

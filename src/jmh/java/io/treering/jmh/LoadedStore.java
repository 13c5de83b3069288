package io.treering.jmh;

import io.treering.jmh.StoreKind.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A store with entries, flushed, compacted, and checked: every key was found, with the right value, and the scan saw
/// all of them and nothing else. So whatever fits into the cache is in the cache.
@State(Scope.Benchmark)
public abstract class LoadedStore {
    private static final int BATCH = 1000;

    /// Who is measured.
    @Param({"treering", "rocksdb"})
    public StoreKind kind = StoreKind.treering;

    /// How many entries the store has.
    @Param("1000000")
    public int entries;

    Store store;
    private Path directory;
    private final SplittableRandom random = new SplittableRandom(1);

    /// The number of an entry that the store has.
    int present() {
        return random.nextInt(entries);
    }

    /// The number of an entry that the store does not have.
    long missing() {
        return (long) entries + random.nextInt(Integer.MAX_VALUE);
    }

    /// The budget of the store's cache.
    abstract long cacheBytes();

    Durability durability() {
        return Durability.NONE;
    }

    @Setup(Level.Trial)
    public void load() throws IOException {
        directory = Workspace.create();
        store = kind.open(directory, cacheBytes(), durability());
        for (long from = 0; from < entries; from += BATCH) {
            store.putBatch(from, Math.min(entries, from + BATCH));
        }
        store.flush();
        store.compact();
        check();
    }

    private void check() {
        for (long number = 0; number < entries; number++) {
            if (!store.holds(number)) {
                throw new AssertionError("entry " + number + " of " + entries + " is not there, or has another value");
            }
        }
        for (int i = 0; i < BATCH; i++) {
            long number = missing();
            if (store.get(number) != Store.ABSENT) {
                throw new AssertionError("entry " + number + " was never written, but found");
            }
        }
        if (store.scan() != Dataset.scanSum(entries) || store.scanCopying() != Dataset.scanSum(entries)) {
            throw new AssertionError("the scan did not see what was written");
        }
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        store.close();
        Workspace.delete(directory);
    }
}

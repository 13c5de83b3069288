package io.treering.jmh;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/// A store with entries, flushed, compacted, and checked: keys were found, with the right value, and the scan saw all
/// of them and nothing else. So whatever fits into the cache is in the cache.
@State(Scope.Benchmark)
public abstract class LoadedStore {
    private static final int BATCH_BYTES = 1 << 20;
    private static final int MISSING_CHECKED = 1000;

    /// Where gets may have to read from the drive, one entry of so many is checked byte for byte, otherwise all.
    private static final int CHECK_STEP = 37;

    private static final int SEEK_STEP = 1009;

    /// How many entries are sought at a time.
    static final int SEEK_ENTRIES = 10;

    Store store;
    Dataset dataset;
    int entries;
    Path directory;
    private boolean cached;
    private final Queue<Session> sessions = new ConcurrentLinkedQueue<>();

    /// Those who use the store, and JMH itself, which has one thread end it while others have not ended yet what is
    /// theirs, or even before that thread ends what is its own. The last one closes it.
    private final AtomicInteger users = new AtomicInteger(1);

    /// What a benchmark's state calls with its parameters when it is set up.
    final void load(StoreKind kind, int entries, int valueBytes, StoreSettings settings) throws IOException {
        load(
                (where, content) -> kind.open(where, settings, content),
                entries,
                valueBytes,
                settings.cacheBytes() > new Dataset(valueBytes).bytes(entries));
    }

    /// As the other one, for a store that is opened in another way.
    ///
    /// @param cached whether the store keeps all of it in memory
    final void load(BiFunction<Path, Dataset, Store> opening, int entries, int valueBytes, boolean cached)
            throws IOException {
        this.entries = entries;
        this.cached = cached;
        directory = Workspace.create();
        dataset = new Dataset(valueBytes);
        store = opening.apply(directory, dataset);
        try (Session session = store.session()) {
            int batch = Math.clamp(BATCH_BYTES / valueBytes, 1, 1000);
            for (long from = 0; from < entries; from += batch) {
                session.putBatch(from, Math.min(entries, from + batch));
            }
            session.flush();
            session.compact();
            check(session);
        }
    }

    /// Finds entries, misses others, scans all, and seeks some.
    final void check(Session session) {
        int step = cached ? 1 : CHECK_STEP;
        for (long number = 0; number < entries; number += step) {
            if (!session.holds(number)) {
                throw new AssertionError("entry " + number + " of " + entries + " is not there, or has another value");
            }
        }
        for (int i = 1; i <= MISSING_CHECKED; i++) {
            if (session.get(entries + i) != Session.ABSENT || session.get(-i) != Session.ABSENT) {
                throw new AssertionError("an entry that was never written was found, at " + i);
            }
        }
        long expected = dataset.scanSum(entries);
        if (session.scan() != expected || session.scanReversed() != expected || session.scanCopying() != expected) {
            throw new AssertionError("a scan did not see what was written");
        }
        long[] sorted = Dataset.sorted(entries);
        for (int at = 0; at < entries; at += SEEK_STEP) {
            long[] sought = Arrays.copyOfRange(sorted, at, Math.min(entries, at + SEEK_ENTRIES));
            if (session.seek(sorted[at], SEEK_ENTRIES)
                    != Arrays.stream(sought).map(dataset::sum).sum()) {
                throw new AssertionError("a seek did not find entry " + sorted[at] + " and what follows it");
            }
        }
    }

    /// A way into the store that is closed before the store is.
    private Session open() {
        Session session = store.session();
        sessions.add(session);
        return session;
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        leave();
    }

    private void leave() throws IOException {
        if (users.decrementAndGet() == 0) {
            sessions.forEach(Session::close);
            store.close();
            Workspace.delete(directory);
        }
    }

    /// One of the threads that use a store, with its own way in and its own choice of keys.
    @State(Scope.Thread)
    public abstract static class User {
        private static final int REMEMBERED = 128;

        Session session;
        SplittableRandom random;
        private LoadedStore store;
        private final long[] numbers = new long[Session.MULTI_GET];
        private final long[] written = new long[REMEMBERED];
        private long puts;

        final void enter(LoadedStore loaded, ThreadParams threads) {
            loaded.users.incrementAndGet();
            enter(loaded, threads.getThreadIndex());
        }

        /// For readers that JMH does not know: whoever has them is done with them before the store ends.
        final void enter(LoadedStore loaded, int index) {
            session = loaded.open();
            random = new SplittableRandom(index);
            store = loaded;
        }

        @TearDown(Level.Trial)
        public void leave() throws IOException {
            store.leave();
        }

        /// The number of an entry that the store has.
        final int present() {
            return random.nextInt(store.entries);
        }

        /// The number of an entry that the store does not have, and whose key lies among those that it has.
        final long missing() {
            return (long) store.entries + random.nextInt(Integer.MAX_VALUE);
        }

        /// The number of an entry whose key lies behind all that the store has.
        final long outside() {
            return -1 - random.nextInt(Integer.MAX_VALUE);
        }

        /// A random entry's value, copied into the session's buffer.
        final long get() {
            return get(present());
        }

        final long get(long number) {
            if (session.get(number) != session.value.length) {
                throw new AssertionError("entry " + number + " was not found");
            }
            return session.valueHead();
        }

        /// The values of random entries as of one moment.
        ///
        /// @return what their first 8 bytes add up to
        final long multiGet() {
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = present();
            }
            return session.multiGet(numbers);
        }

        final void checkMultiGet() {
            if (multiGet()
                    != Arrays.stream(numbers).map(store.dataset::valueHead).sum()) {
                throw new AssertionError("a wrong value");
            }
        }

        final void put(long number) {
            session.put(number);
            remember(number);
        }

        final void putBatch(long from, long to) {
            session.putBatch(from, to);
            remember(from);
        }

        private void remember(long number) {
            written[(int) (puts++ & REMEMBERED - 1)] = number;
        }

        /// Finds the last ones of the entries that were put since the dataset's version is what it is.
        final void checkPuts() {
            for (int i = 0; i < Math.min(puts, REMEMBERED); i++) {
                if (!session.holds(written[i])) {
                    throw new AssertionError("entry " + written[i] + " does not have the value that was put");
                }
            }
            puts = 0;
        }
    }
}

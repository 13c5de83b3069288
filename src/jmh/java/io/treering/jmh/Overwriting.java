package io.treering.jmh;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/// Values written again, one at a time and without a log, until a multiple of the data has been written: how long it
/// takes, how many times as much is written to the drive ([#WRITE_AMPLIFICATION]), and how large the files are in
/// comparison to keys and values ([#SIZE]) when everything has come to rest, and at their largest ([#LARGEST_SIZE]);
/// and how much was written to the drive in a second ([#WRITE_RATE]).
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
public class Overwriting {
    static final String WRITE_AMPLIFICATION = "write amplification";
    static final String SIZE = "size at rest";
    static final String LARGEST_SIZE = "largest size";
    static final String WRITE_RATE = "written a second";

    private static final String UNIT = "times the data";

    /// A store whose files are watched while rounds of puts go over it.
    @State(Scope.Benchmark)
    public abstract static class WatchedStore extends LoadedStore {
        private long puts;
        private long writtenBefore;
        private long began;
        private long largest;

        @Setup(Level.Iteration)
        public void begin() throws IOException, InterruptedException {
            DriveUse.settle();
            puts = 0;
            writtenBefore = DriveUse.written();
            began = System.nanoTime();
            largest = DriveUse.occupied(directory);
        }

        final void endRound(long putsOfRound) throws IOException {
            puts += putsOfRound;
            largest = Math.max(largest, DriveUse.occupied(directory));
        }

        @TearDown(Level.Iteration)
        public void note() throws IOException, InterruptedException {
            double seconds = (System.nanoTime() - began) / 1e9;
            Figures.note(WRITE_RATE, (DriveUse.written() - writtenBefore) / 1e6 / seconds, "MB/s");
            DriveUse.settle();
            double written = DriveUse.written() - writtenBefore;
            Figures.note(WRITE_AMPLIFICATION, written / dataset.bytes(puts), "bytes a byte");
            Figures.note(SIZE, (double) DriveUse.occupied(directory) / dataset.bytes(entries), UNIT);
            Figures.note(LARGEST_SIZE, (double) largest / dataset.bytes(entries), UNIT);
            try (Session session = store.session()) {
                check(session);
            }
        }
    }

    /// A store that fits into its cache.
    @State(Scope.Benchmark)
    public static class SmallStore extends WatchedStore {
        /// Who is measured.
        @Param({"treering", "rocksdb", "lmdb"})
        public StoreKind kind = StoreKind.treering;

        /// How many entries the store has.
        @Param("1000000")
        public int entries;

        /// The cache, in MiB.
        @Param("256")
        public int cacheMiB;

        /// How many times each value is written again.
        @Param("10")
        public int rounds;

        @Setup(Level.Trial)
        public void load() throws IOException {
            load(kind, entries, Dataset.VALUE_BYTES, new StoreSettings(Durability.NONE, cacheMiB));
        }
    }

    /// A store with ten times as much data as cache.
    @State(Scope.Benchmark)
    public static class LargeStore extends WatchedStore {
        /// Who is measured: those that keep to the bound of a cache.
        @Param({"treering", "rocksdb"})
        public StoreKind kind = StoreKind.treering;

        /// How many entries the store has: much more than three write buffers hold.
        @Param("10000000")
        public int entries;

        /// The cache, in MiB: a tenth of ten million entries' 116 bytes.
        @Param("110")
        public int cacheMiB;

        @Setup(Level.Trial)
        public void load() throws IOException {
            load(kind, entries, Dataset.VALUE_BYTES, new StoreSettings(Durability.NONE, cacheMiB));
        }
    }

    /// Who writes to the small store.
    @State(Scope.Thread)
    public static class SmallWriter extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(SmallStore loaded, ThreadParams threads) {
            enter(loaded, threads);
        }
    }

    /// Who writes to the large store.
    @State(Scope.Thread)
    public static class LargeWriter extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(LargeStore loaded, ThreadParams threads) {
            enter(loaded, threads);
        }
    }

    /// Each entry gets another value, in random order; then a flush; ten times. The result is the time for all of it.
    @Benchmark
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public void rounds(SmallStore loaded, SmallWriter writer) throws IOException {
        for (int round = 0; round < loaded.rounds; round++) {
            loaded.dataset.nextVersion();
            for (long number = 0; number < loaded.entries; number++) {
                writer.session.put(number);
            }
            writer.session.flush();
            loaded.endRound(loaded.entries);
        }
    }

    /// Each entry gets another value, in random order. The result is the time for all of it; the flush that goes on at
    /// its end belongs to what follows.
    @Benchmark
    @Warmup(iterations = 1)
    @Measurement(iterations = 2)
    public void beyondCache(LargeStore loaded, LargeWriter writer) throws IOException {
        loaded.dataset.nextVersion();
        for (long number = 0; number < loaded.entries; number++) {
            writer.session.put(number);
        }
        loaded.endRound(loaded.entries);
    }
}

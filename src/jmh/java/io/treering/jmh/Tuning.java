package io.treering.jmh;

import io.treering.IoBackend;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.WalMode;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.infra.ThreadParams;

/// What the settings do, for `docs/tuning.md`: Treering alone, with one setting after the other set to several values
/// by `src/jmh/run tuning`, and the others left as they are.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class Tuning {
    /// A store with the settings in question.
    @State(Scope.Benchmark)
    public static class TunedStore extends LoadedStore {
        /// How many entries the store has.
        @Param("1000000")
        public int entries;

        /// Bytes of a value.
        @Param("100")
        public int valueBytes;

        /// The cache, in MiB.
        @Param("256")
        public int cacheMiB;

        /// One write buffer, in MiB.
        @Param("64")
        public int writeBufferMiB;

        /// The log's mode.
        @Param("NONE")
        public WalMode walMode;

        /// How old a write may become before the log is synced, in ms.
        @Param("10")
        public int batchedMillis;

        /// How files are read and written.
        @Param("AUTO")
        public IoBackend backend;

        /// Bytes of a page.
        @Param("4096")
        public int pageSize;

        @Setup(Level.Trial)
        public void load() throws IOException {
            long cacheBytes = (long) cacheMiB << 20;
            PartitionConfig config = PartitionConfig.builder()
                    .cacheSize(cacheBytes)
                    .writeBufferSize((long) writeBufferMiB << 20)
                    .walMode(walMode)
                    .batchedInterval(Duration.ofMillis(batchedMillis))
                    .ioBackend(backend)
                    .pageSize(pageSize)
                    .build();
            load(
                    (directory, content) -> new TreeringStore(Partition.open(directory, config), content),
                    entries,
                    valueBytes,
                    cacheBytes > new Dataset(valueBytes).bytes(entries));
        }
    }

    /// One of its threads, with keys that were chosen before, for choosing them takes time.
    @State(Scope.Thread)
    public static class User extends LoadedStore.User {
        private static final int CHOSEN = 1 << 20;

        /// How often which key is asked for.
        @Param("UNIFORM")
        public PartlyCachedGet.Keys keys;

        private final int[] chosen = new int[CHOSEN];
        private int next;

        @Setup(Level.Trial)
        public void open(TunedStore loaded, ThreadParams threads) {
            enter(loaded, threads);
            IntUnaryOperator choice = keys.of(loaded.entries);
            for (int i = 0; i < CHOSEN; i++) {
                chosen[i] = choice.applyAsInt(i);
            }
        }

        int next() {
            return chosen[next++ & CHOSEN - 1];
        }
    }

    /// How much is written to the drive for each byte that is put, flushes included that end meanwhile.
    @State(Scope.Thread)
    public static class Written {
        private long before;
        private long puts;
        private int entryBytes;

        @Setup(Level.Iteration)
        public void begin(TunedStore store) throws IOException {
            entryBytes = Dataset.KEY_BYTES + store.valueBytes;
            before = DriveUse.written();
            puts = 0;
        }

        @TearDown(Level.Iteration)
        public void end() throws IOException {
            double put = (double) puts * entryBytes;
            Figures.note("written per byte put", (DriveUse.written() - before) / put, "x");
        }
    }

    /// A key's value, copied into the caller's buffer.
    @Benchmark
    public long get(User user) {
        return user.get(user.next());
    }

    /// As [UncachedGet#getBy64Virtual].
    @Benchmark
    @OperationsPerInvocation(VirtualReaders.GETS)
    public void getBy64Virtual(TunedReaders readers, Blackhole blackhole)
            throws InterruptedException, ExecutionException {
        Objects.requireNonNull(readers.virtual).get(blackhole);
    }

    /// An entry that is there already, by one thread.
    @Benchmark
    public void put(User user, Written written) {
        user.session.put(user.next());
        written.puts++;
    }

    /// By 64 threads at once; the result is the time that one of them takes.
    @Benchmark
    @Threads(64)
    public void putBy64(User user) {
        user.session.put(user.next());
    }

    /// All entries.
    @Benchmark
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public long scan(User user) {
        return user.session.scan();
    }

    /// Readers on virtual threads.
    @State(Scope.Benchmark)
    public static class TunedReaders {
        private @Nullable VirtualReaders virtual;

        @Setup(Level.Trial)
        public void open(TunedStore loaded) {
            virtual = new VirtualReaders(loaded);
        }
    }
}

package io.treering.jmh;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.infra.ThreadParams;

/// Values written again, at random, while flushes go on beside. The stores were filled through their logs, so that all
/// write to log files, or a log region, that have been written to before.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class Puts {
    private static final int BATCH = 1000;

    /// A store that is written to.
    @State(Scope.Benchmark)
    public static class WrittenStore extends LoadedStore {
        /// Who is measured.
        @Param({"treering", "rocksdb", "lmdb"})
        public StoreKind kind = StoreKind.treering;

        /// What has happened to a put when it returns.
        @Param({"NONE", "BATCHED", "SYNC"})
        public Durability durability = Durability.NONE;

        /// How many entries the store has.
        @Param("1000000")
        public int entries;

        /// The cache, in MiB.
        @Param("256")
        public int cacheMiB;

        @Setup(Level.Trial)
        public void load() throws IOException {
            load(kind, entries, Dataset.VALUE_BYTES, new StoreSettings(durability, cacheMiB));
        }

        @Setup(Level.Iteration)
        public void change() {
            dataset.nextVersion();
        }
    }

    /// One of its writers.
    @State(Scope.Thread)
    public static class Writer extends LoadedStore.User {
        private long batches;

        @Setup(Level.Trial)
        public void open(WrittenStore loaded, ThreadParams threads) {
            enter(loaded, threads);
            batches = Math.max(1, loaded.entries / BATCH);
        }

        @TearDown(Level.Iteration)
        public void check() {
            checkPuts();
        }

        /// A thousand entries whose keys lie anywhere.
        void putBatch() {
            long from = random.nextLong(batches) * BATCH;
            putBatch(from, from + BATCH);
        }
    }

    /// By one thread.
    @Benchmark
    public void put(Writer writer) {
        writer.put(writer.present());
    }

    /// By 64 threads at once; the result is the time that one of them takes.
    @Benchmark
    @Threads(64)
    public void putBy64(Writer writer) {
        writer.put(writer.present());
    }

    /// Batches of a thousand by one thread; the result is the time for one entry.
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void putBatch(Writer writer) {
        writer.putBatch();
    }
}

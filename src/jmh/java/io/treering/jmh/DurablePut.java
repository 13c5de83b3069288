package io.treering.jmh;

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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/// Puts by one thread, each of which returns when it would survive a power failure. The stores were filled through
/// their logs, so that both are writing to log files, or a log region, that have been written to before.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class DurablePut {
    /// A store that syncs its log with each write.
    @State(Scope.Benchmark)
    public static class DurableStore extends LoadedStore {
        /// Who is measured.
        @Param({"treering", "rocksdb", "lmdb"})
        public StoreKind kind = StoreKind.treering;

        /// How many entries the store has.
        @Param("1000000")
        public int entries;

        /// The cache, in MiB.
        @Param("256")
        public int cacheMiB;

        @Override
        StoreKind kind() {
            return kind;
        }

        @Override
        int entries() {
            return entries;
        }

        @Override
        long cacheBytes() {
            return (long) cacheMiB << 20;
        }

        @Override
        Durability durability() {
            return Durability.SYNC;
        }
    }

    /// One of its writers.
    @State(Scope.Thread)
    public static class Writer extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(DurableStore loaded, ThreadParams threads) {
            enter(loaded, threads);
        }
    }

    /// A random key's value, written again.
    @Benchmark
    public void put(Writer writer) {
        writer.session.put(writer.present());
    }
}

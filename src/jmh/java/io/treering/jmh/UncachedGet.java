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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/// Random gets by one platform thread from a store of which the cache holds little more than the inner pages: nearly
/// each get is one read from the drive, past the operating system's cache.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class UncachedGet {
    /// A store that is much larger than its cache.
    @State(Scope.Benchmark)
    public static class UncachedStore extends LoadedStore {
        /// Who is measured.
        @Param({"treering", "rocksdb"})
        public StoreKind kind = StoreKind.treering;

        /// How many entries the store has.
        @Param("1000000")
        public int entries;

        /// The cache, in MiB.
        @Param("8")
        public int cacheMiB;

        @Setup(Level.Trial)
        public void load() throws IOException {
            load(kind, entries, Dataset.VALUE_BYTES, new StoreSettings(Durability.NONE, cacheMiB));
        }
    }

    /// One of its readers.
    @State(Scope.Thread)
    public static class Reader extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(UncachedStore loaded, ThreadParams threads) {
            enter(loaded, threads);
        }
    }

    /// A random key's value, copied into the caller's buffer.
    @Benchmark
    public long get(Reader reader) {
        return reader.get();
    }
}

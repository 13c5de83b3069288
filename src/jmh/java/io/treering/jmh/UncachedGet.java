package io.treering.jmh;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.infra.ThreadParams;

/// Random gets from a store of which the cache holds little more than the inner pages: nearly each get is one read from
/// the drive, past the operating system's cache. LMDB has no way past that cache, so it is left out.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class UncachedGet {
    private static final int THREADS = 64;

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
            checkMultiGet();
        }
    }

    /// Its readers on virtual threads.
    @State(Scope.Benchmark)
    public static class ManyReaders {
        private @Nullable VirtualReaders readers;

        @Setup(Level.Trial)
        public void open(UncachedStore loaded) {
            readers = new VirtualReaders(loaded);
        }
    }

    /// A random key's value, copied into the caller's buffer, by one platform thread.
    @Benchmark
    public long get(Reader reader) {
        return reader.get();
    }

    /// As [#get], by 64 platform threads at once; the result is the time that one of them takes.
    @Benchmark
    @Threads(THREADS)
    public long getBy64(Reader reader) {
        return reader.get();
    }

    /// As [#get], by 64 virtual threads at once, which do 8,192 together; the result is the time for one by all of
    /// them.
    /// RocksDB's calls pin the thread that carries a virtual one, so for RocksDB [#getBy64] is the better way.
    @Benchmark
    @OperationsPerInvocation(VirtualReaders.GETS)
    public void getBy64Virtual(ManyReaders readers, Blackhole blackhole)
            throws InterruptedException, ExecutionException {
        Objects.requireNonNull(readers.readers).get(blackhole);
    }

    /// The values of 64 random keys as of one moment; the result is the time for one.
    @Benchmark
    @OperationsPerInvocation(Session.MULTI_GET)
    public long multiGet(Reader reader) {
        return reader.multiGet();
    }
}

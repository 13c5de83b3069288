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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/// Reads from a store that fits into the cache.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CachedReads {
    /// A store that fits into its cache.
    @State(Scope.Benchmark)
    public static class CachedStore extends LoadedStore {
        /// Who is measured.
        @Param({"treering", "rocksdb", "lmdb"})
        public StoreKind kind = StoreKind.treering;

        /// How many entries the store has.
        @Param("1000000")
        public int entries;

        /// The cache, in MiB; it must hold about 1.4 times the entries' 116 bytes.
        @Param("256")
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
        public void open(CachedStore loaded, ThreadParams threads) {
            enter(loaded, threads);
            checkMultiGet();
        }
    }

    /// A random key's value, copied into the caller's buffer.
    @Benchmark
    public long get(Reader reader) {
        return reader.get();
    }

    /// As [#get], by two threads at once; the result is the time that one of them takes.
    @Benchmark
    @Threads(2)
    public long getByTwo(Reader reader) {
        return reader.get();
    }

    /// The values of 64 random keys as of one moment; the result is the time for one.
    @Benchmark
    @OperationsPerInvocation(Session.MULTI_GET)
    public long multiGet(Reader reader) {
        return reader.multiGet();
    }

    /// A random key that is not there, but lies among those that are.
    @Benchmark
    public int getMissing(Reader reader) {
        return absent(reader.session.get(reader.missing()));
    }

    /// A random key behind all those that are there.
    @Benchmark
    public int getOutside(Reader reader) {
        return absent(reader.session.get(reader.outside()));
    }

    private static int absent(int length) {
        if (length != Session.ABSENT) {
            throw new AssertionError("found");
        }
        return length;
    }

    /// A random key and the nine entries behind it, with a cursor that is used again.
    @Benchmark
    public long seekTen(Reader reader) {
        return reader.session.seek(reader.present(), LoadedStore.SEEK_ENTRIES);
    }

    /// All entries; the result is the time for all of them.
    @Benchmark
    public long scan(Reader reader) {
        return reader.session.scan();
    }

    /// All entries from the last to the first; the result is the time for all of them.
    @Benchmark
    public long scanReversed(Reader reader) {
        return reader.session.scanReversed();
    }

    /// All entries, each copied; the result is the time for all of them.
    @Benchmark
    public long scanCopying(Reader reader) {
        return reader.session.scanCopying();
    }
}

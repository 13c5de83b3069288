package io.treering.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Reads by one thread from a store that fits into the cache.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CachedReads {
    private static final int SEEK_ENTRIES = 10;

    /// A store that fits into its cache.
    @State(Scope.Benchmark)
    public static class CachedStore extends LoadedStore {
        /// The cache, in MiB; it must hold about 1.4 times the entries' 116 bytes.
        @Param("256")
        public int cacheMiB;

        @Override
        long cacheBytes() {
            return (long) cacheMiB << 20;
        }
    }

    /// A random key's value, copied into the caller's buffer.
    @Benchmark
    public long get(CachedStore loaded) {
        if (loaded.store.get(loaded.present()) != Dataset.VALUE_BYTES) {
            throw new AssertionError("not found");
        }
        return loaded.store.valueHead();
    }

    /// A random key that is not there, but lies among those that are.
    @Benchmark
    public int getMissing(CachedStore loaded) {
        int length = loaded.store.get(loaded.missing());
        if (length != Store.ABSENT) {
            throw new AssertionError("found");
        }
        return length;
    }

    /// A random key and the nine entries behind it, with a cursor that is used again.
    @Benchmark
    public long seekTen(CachedStore loaded) {
        return loaded.store.seek(loaded.present(), SEEK_ENTRIES);
    }

    /// All entries; the result is the time for all of them.
    @Benchmark
    public long scan(CachedStore loaded) {
        return loaded.store.scan();
    }

    /// All entries, each copied; the result is the time for all of them.
    @Benchmark
    public long scanCopying(CachedStore loaded) {
        return loaded.store.scanCopying();
    }
}

package io.treering.jmh;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.apache.commons.math3.distribution.ZipfDistribution;
import org.apache.commons.math3.random.Well19937c;
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

/// Random gets by one platform thread from a store with ten times as much data as cache. LMDB's cache has no bound, so
/// it is left out.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 4, time = 5)
@Measurement(iterations = 5, time = 2)
public class PartlyCachedGet {
    /// How often which key is asked for.
    public enum Keys {
        /// All alike.
        UNIFORM,
        /// The n-th most frequent one in proportion to 1 / n^0.99, as in YCSB; frequent keys lie anywhere.
        ZIPF;

        private static final double EXPONENT = 0.99;

        IntUnaryOperator of(int entries) {
            SplittableRandom random = new SplittableRandom(3);
            ZipfDistribution zipf = new ZipfDistribution(new Well19937c(3), entries, EXPONENT);
            return this == UNIFORM ? _ -> random.nextInt(entries) : _ -> zipf.sample() - 1;
        }
    }

    /// A store that is ten times as large as its cache.
    @State(Scope.Benchmark)
    public static class LargeStore extends LoadedStore {
        /// Who is measured.
        @Param({"treering", "rocksdb"})
        public StoreKind kind = StoreKind.treering;

        /// How many entries the store has.
        @Param("1000000")
        public int entries;

        /// The cache, in MiB: a tenth of a million entries' 116 bytes.
        @Param("11")
        public int cacheMiB;

        @Setup(Level.Trial)
        public void load() throws IOException {
            load(kind, entries, Dataset.VALUE_BYTES, new StoreSettings(Durability.NONE, cacheMiB));
        }
    }

    /// Its reader, with keys that were chosen before, for choosing them takes time.
    @State(Scope.Thread)
    public static class Reader extends LoadedStore.User {
        private static final int CHOSEN = 1 << 20;

        /// How often which key is asked for.
        @Param({"UNIFORM", "ZIPF"})
        public Keys keys = Keys.UNIFORM;

        private final int[] chosen = new int[CHOSEN];
        private int next;

        @Setup(Level.Trial)
        public void open(LargeStore loaded, ThreadParams threads) {
            enter(loaded, threads);
            Arrays.setAll(chosen, keys.of(loaded.entries));
        }

        int next() {
            return chosen[next++ & CHOSEN - 1];
        }
    }

    /// A key's value, copied into the caller's buffer.
    @Benchmark
    public long get(Reader reader) {
        return reader.get(reader.next());
    }
}

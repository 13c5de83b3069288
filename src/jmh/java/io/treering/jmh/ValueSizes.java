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

/// Reading and writing values of different sizes, as many as make up the same amount of data, which fits into the
/// cache.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class ValueSizes {
    /// A store with values of some size.
    @State(Scope.Benchmark)
    public static class SizedStore extends LoadedStore {
        /// Who is measured.
        @Param({"treering", "rocksdb", "lmdb"})
        public StoreKind kind = StoreKind.treering;

        /// The bytes of a value.
        @Param({"16", "100", "1024", "16384", "1048576"})
        public int valueBytes;

        /// The bytes of all keys and values, in MiB.
        @Param("128")
        public int dataMiB;

        /// The cache, in MiB.
        @Param("512")
        public int cacheMiB;

        @Setup(Level.Trial)
        public void load() throws IOException {
            int entries = (int) (((long) dataMiB << 20) / (Dataset.KEY_BYTES + valueBytes));
            load(kind, entries, valueBytes, new StoreSettings(Durability.NONE, cacheMiB));
        }

        @Setup(Level.Iteration)
        public void change() {
            dataset.nextVersion();
        }
    }

    /// Who reads or writes.
    @State(Scope.Thread)
    public static class Client extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(SizedStore loaded, ThreadParams threads) {
            enter(loaded, threads);
        }

        @TearDown(Level.Iteration)
        public void check() {
            checkPuts();
        }
    }

    /// A random key's value, copied into the caller's buffer.
    @Benchmark
    public long get(Client client) {
        return client.get();
    }

    /// A random key's value, written again without a log, while flushes go on beside.
    @Benchmark
    public void put(Client client) {
        client.put(client.present());
    }
}

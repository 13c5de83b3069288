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

/// Gets from a store that fits into the cache, and of which three tenths were written anew and are not in the tree or
/// the sorted files yet: they are found in the write buffer, all others behind it. LMDB has no such buffer.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class UnflushedGet {
    /// A store whose write buffer is nearly full.
    @State(Scope.Benchmark)
    public static class UnflushedStore extends LoadedStore {
        private static final int BATCH = 1000;

        /// Who is measured.
        @Param({"treering", "rocksdb", "lmdb"})
        public StoreKind kind = StoreKind.treering;

        /// How many entries the store has; three tenths of them must fit into a write buffer of 64 MiB.
        @Param("1000000")
        public int entries;

        /// The cache, in MiB.
        @Param("256")
        public int cacheMiB;

        @Setup(Level.Trial)
        public void load() throws IOException {
            load(kind, entries, Dataset.VALUE_BYTES, new StoreSettings(Durability.NONE, cacheMiB));
            try (Session session = store.session()) {
                for (long from = 0; from < entries * 3L / 10; from += BATCH) {
                    session.putBatch(from, from + BATCH);
                }
                check(session);
            }
        }
    }

    /// Its reader.
    @State(Scope.Thread)
    public static class Reader extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(UnflushedStore loaded, ThreadParams threads) {
            enter(loaded, threads);
        }
    }

    /// A random key's value, copied into the caller's buffer.
    @Benchmark
    public long get(Reader reader) {
        return reader.get();
    }
}

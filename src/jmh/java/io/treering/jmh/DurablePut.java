package io.treering.jmh;

import io.treering.jmh.StoreKind.Durability;
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
        /// The cache, in MiB.
        @Param("256")
        public int cacheMiB;

        @Override
        long cacheBytes() {
            return (long) cacheMiB << 20;
        }

        @Override
        Durability durability() {
            return Durability.SYNC;
        }
    }

    /// A random key's value, written again.
    @Benchmark
    public void put(DurableStore loaded) {
        loaded.store.put(loaded.present());
    }
}

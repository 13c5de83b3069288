package io.treering.jmh;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;
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

/// How long single puts take, and single gets beside them, while write buffer after write buffer is flushed: the
/// percentiles of all of them, clock included. Each thread calls again when a call has returned, as fast as it can, so
/// that a long call keeps others from being counted; there is no rate that calls arrive at.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 2, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class Latency extends LoadedStore {
    static final List<Double> PERCENTILES = List.of(50.0, 99.0, 99.99, 100.0);

    /// Who is measured.
    @Param({"treering", "rocksdb", "lmdb"})
    public StoreKind kind = StoreKind.treering;

    /// What has happened to a put when it returns.
    @Param("NONE")
    public Durability durability = Durability.NONE;

    /// How many entries the store has, each of which is written again.
    @Param("4000000")
    public int entries;

    /// The cache, in MiB.
    @Param("1024")
    public int cacheMiB;

    private final Histogram puts = new Histogram(3);
    private final Histogram gets = new Histogram(3);

    @Setup(Level.Trial)
    public void load() throws IOException {
        load(kind, entries, Dataset.VALUE_BYTES, new StoreSettings(durability, cacheMiB));
    }

    @Setup(Level.Iteration)
    public void change() {
        dataset.nextVersion();
    }

    /// Who puts.
    @State(Scope.Thread)
    public static class Writer extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(Latency loaded, ThreadParams threads) {
            enter(loaded, threads);
        }

        @TearDown(Level.Iteration)
        public void check() {
            checkPuts();
        }
    }

    /// Who gets, on a thread of its own.
    @State(Scope.Thread)
    public static class Reader extends LoadedStore.User {
        @Setup(Level.Trial)
        public void open(Latency loaded, ThreadParams threads) {
            enter(loaded, threads);
        }
    }

    /// Puts alone.
    @Benchmark
    public void put(Writer writer) {
        putAll(writer);
    }

    /// Puts on one thread, gets on another one.
    @Benchmark
    public void putAndGet(Writer writer, Reader reader) throws InterruptedException, ExecutionException {
        AtomicBoolean ended = new AtomicBoolean();
        FutureTask<Void> getting = new FutureTask<>(() -> getUntil(ended, reader), null);
        Thread.ofPlatform().start(getting);
        putAll(writer);
        ended.set(true);
        getting.get();
    }

    private void putAll(Writer writer) {
        for (int i = 0; i < entries; i++) {
            long number = writer.present();
            long begin = System.nanoTime();
            writer.put(number);
            puts.recordValue(System.nanoTime() - begin);
        }
    }

    private void getUntil(AtomicBoolean ended, Reader reader) {
        while (!ended.get()) {
            long number = reader.present();
            long begin = System.nanoTime();
            reader.get(number);
            gets.recordValue(System.nanoTime() - begin);
        }
    }

    @TearDown(Level.Iteration)
    public void note() {
        note("put", puts);
        note("get", gets);
    }

    private static void note(String what, Histogram histogram) {
        if (histogram.getTotalCount() > 0) {
            for (double percentile : PERCENTILES) {
                Figures.note(name(what, percentile), histogram.getValueAtPercentile(percentile) / 1e3, "us");
            }
        }
        histogram.reset();
    }

    /// The name of a percentile's figure.
    static String name(String what, double percentile) {
        String rank = percentile == 100 ? "max" : "p" + (percentile % 1 == 0 ? "%.0f" : "%s").formatted(percentile);
        return what + " " + rank;
    }
}

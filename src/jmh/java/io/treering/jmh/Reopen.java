package io.treering.jmh;

import java.io.IOException;
import java.nio.file.Path;
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

/// Opening a store that another process has left: with a gibibyte of log when it was killed, or closed in order. The
/// write buffer is so large that nothing was flushed before.
///
/// Treering reads its log from the drive. RocksDB's is in the operating system's page cache, unless the machine went
/// down, too. LMDB has no log.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 1)
@Measurement(iterations = 5)
public class Reopen {
    static final String REPLAY = "replay";

    private static final int CHECK_STEP = 1009;

    /// How the other process ended.
    public enum End {
        /// As by kill -9.
        KILLED,
        /// After closing the store.
        CLOSED
    }

    /// Who is measured.
    @Param({"treering", "rocksdb"})
    public StoreKind kind = StoreKind.treering;

    /// How the other process ended.
    @Param({"KILLED", "CLOSED"})
    public End end = End.KILLED;

    /// The keys and values that the log holds, in MiB.
    @Param("1024")
    public int logMiB;

    private final Dataset dataset = new Dataset(Dataset.VALUE_BYTES);
    private Path directory;
    private int entries;
    private Store store;

    @Setup(Level.Iteration)
    public void leave() throws IOException, InterruptedException {
        entries = (int) (((long) logMiB << 20) / dataset.bytes(1));
        directory = Workspace.create();
        Abandoning.leave(kind, directory, entries, end);
    }

    /// The time until the store can be read and written.
    @Benchmark
    public void open() {
        long begin = System.nanoTime();
        store = kind.open(directory, Abandoning.SETTINGS, dataset);
        if (end == End.KILLED) {
            double seconds = (System.nanoTime() - begin) / 1e9;
            Figures.note(REPLAY, dataset.bytes(entries) / 1e6 / seconds, "MB/s");
        }
    }

    @TearDown(Level.Iteration)
    public void check() throws IOException {
        try (Session session = store.session()) {
            for (int number = 0; number < entries; number += CHECK_STEP) {
                if (!session.holds(number)) {
                    throw new AssertionError("entry " + number + " of " + entries + " is lost");
                }
            }
        }
        store.close();
        Workspace.delete(directory);
    }
}

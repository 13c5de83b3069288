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

/// Fills a store without a log, and flushes it: the time for all of it. RocksDB's compaction, which it puts off, is not
/// part of it.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2)
@Measurement(iterations = 5)
public class Fill {
    /// Every which entry is looked at afterwards.
    private static final int CHECK_STEP = 37;

    /// Who is measured.
    @Param({"treering", "rocksdb", "lmdb"})
    public StoreKind kind = StoreKind.treering;

    /// How many entries are put.
    @Param("1000000")
    public int entries;

    /// The cache, in MiB.
    @Param("256")
    public int cacheMiB;

    private Store store;
    private Session session;
    private Path directory;
    private long[] sorted;

    @Setup(Level.Iteration)
    public void open() throws IOException {
        directory = Workspace.create();
        StoreSettings settings = new StoreSettings(Durability.NONE, cacheMiB);
        store = kind.open(directory, settings, new Dataset(Dataset.VALUE_BYTES));
        session = store.session();
        sorted = Dataset.sorted(entries);
    }

    /// One by one in random order, then a flush.
    @Benchmark
    public void random() {
        for (long number = 0; number < entries; number++) {
            session.put(number);
        }
        session.flush();
    }

    /// In the order of their keys, by what each store has for that.
    @Benchmark
    public void sorted() {
        session.load(sorted);
    }

    @TearDown(Level.Iteration)
    public void check() throws IOException {
        for (long number = 0; number < entries; number += CHECK_STEP) {
            if (!session.holds(number)) {
                throw new AssertionError("entry " + number + " of " + entries + " is lost");
            }
        }
        session.close();
        store.close();
        Workspace.delete(directory);
    }
}

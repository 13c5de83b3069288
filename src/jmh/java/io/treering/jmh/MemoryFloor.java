package io.treering.jmh;

import io.treering.internal.linux.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
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

/// What memory takes by itself, for the benchmarks whose data is in it: as many bytes as the entries of the others
/// have, in huge pages as Treering's cache has them.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class MemoryFloor {
    private static final int LINE = 64;
    private static final int PAGE = 4096;

    /// As many entries as the stores have.
    @Param("1000000")
    public int entries;

    private Arena arena;
    private MemorySegment memory;
    private int lines;
    private int line;

    /// Each line names another one, all of them in one circle (Sattolo's shuffle).
    @Setup(Level.Trial)
    public void link() {
        long bytes = new Dataset(Dataset.VALUE_BYTES).bytes(entries);
        lines = (int) (bytes / PAGE * (PAGE / LINE));
        arena = Arena.ofConfined();
        memory = NativeMemory.map((long) lines * LINE, true, arena);
        for (int i = 0; i < lines; i++) {
            setNext(i, i);
        }
        SplittableRandom random = new SplittableRandom(3);
        for (int i = lines - 1; i > 0; i--) {
            int other = random.nextInt(i);
            int next = next(i);
            setNext(i, next(other));
            setNext(other, next);
        }
    }

    private int next(int from) {
        return memory.get(ValueLayout.JAVA_INT, (long) from * LINE);
    }

    private void setNext(int from, int to) {
        memory.set(ValueLayout.JAVA_INT, (long) from * LINE, to);
    }

    /// A random line, which says where the next one is: nothing can be read ahead.
    @Benchmark
    public int chase() {
        line = next(line);
        return line;
    }

    /// All bytes from the first to the last; the result is the time for all of them.
    @Benchmark
    public long readAll() {
        long sum = 0;
        for (long at = 0; at < memory.byteSize(); at += Long.BYTES) {
            sum += memory.get(ValueLayout.JAVA_LONG, at);
        }
        return sum;
    }

    /// All lines, page by page, each far from the one before; the result is the time for all of them.
    @Benchmark
    public long readPages() {
        long sum = 0;
        int pages = lines / (PAGE / LINE);
        // A prime step meets every page once, for it does not divide their number.
        for (int i = 0, page = 0; i < pages; i++, page = (page + 7919) % pages) {
            for (int at = 0; at < PAGE; at += LINE) {
                sum += memory.get(ValueLayout.JAVA_LONG, (long) page * PAGE + at);
            }
        }
        return sum;
    }

    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }
}

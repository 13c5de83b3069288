package io.treering.jmh;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the drive takes by itself, for the two benchmarks that wait for it: blocks of 4 KiB, past the operating
/// system's cache, in a file that has been written to before.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class DriveFloor {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 1 << 15;

    private final SplittableRandom random = new SplittableRandom(2);
    private Path directory;
    private FileChannel file;
    private ByteBuffer block;
    private int next;

    @Setup(Level.Trial)
    public void write() throws IOException {
        directory = Workspace.create();
        block = ByteBuffer.allocateDirect(2 * BLOCK).alignedSlice(BLOCK).limit(BLOCK);
        file = FileChannel.open(
                directory.resolve("blocks"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                ExtendedOpenOption.DIRECT);
        ByteBuffer many =
                ByteBuffer.allocateDirect(257 * BLOCK).alignedSlice(BLOCK).limit(256 * BLOCK);
        for (int i = 0; i < BLOCKS; i += 256) {
            file.write(many.clear().limit(256 * BLOCK), (long) i * BLOCK);
        }
        file.force(true);
    }

    /// A random block.
    @Benchmark
    public byte read() throws IOException {
        block.clear();
        if (file.read(block, (long) random.nextInt(BLOCKS) * BLOCK) != BLOCK) {
            throw new AssertionError("a short read");
        }
        return block.get(0);
    }

    /// The next block, and a sync of the data.
    @Benchmark
    public void durableWrite() throws IOException {
        block.clear();
        if (file.write(block, (long) next++ % BLOCKS * BLOCK) != BLOCK) {
            throw new AssertionError("a short write");
        }
        file.force(false);
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        file.close();
        Workspace.delete(directory);
    }
}

package io.treering.jmh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/// What fio gets out of the drive, in the same place as the stores: the figures [#IOPS], operations a second, and
/// [#BANDWIDTH]. The time that JMH measures is that of fio's run and means nothing. Where fio is missing or fails,
/// there is no figure, and
/// the reason is printed.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 0)
@Measurement(iterations = 3)
public class DriveLimit {
    static final String IOPS = "IOPS";
    static final String BANDWIDTH = "bandwidth";

    /// How long each run reads or writes.
    @Param("10")
    public int seconds;

    /// The file that it does so in.
    @Param("1024")
    public int fileMiB;

    private Path directory;

    @Setup(Level.Trial)
    public void create() throws IOException {
        directory = Workspace.create();
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        Workspace.delete(directory);
    }

    /// Random blocks of 4 KiB through io_uring, one after the other.
    @Benchmark
    public void randomRead() throws IOException, InterruptedException {
        run("read", "--rw=randread", "--bs=4k", "--ioengine=io_uring", "--iodepth=1");
    }

    /// Random blocks of 4 KiB through io_uring, 32 at a time.
    @Benchmark
    public void randomReadBy32() throws IOException, InterruptedException {
        run("read", "--rw=randread", "--bs=4k", "--ioengine=io_uring", "--iodepth=32");
    }

    /// Blocks of 4 KiB, one after the other, with a sync of the data behind each, in a file that was written before.
    @Benchmark
    public void durableWrite() throws IOException, InterruptedException {
        run("write", "--rw=write", "--bs=4k", "--ioengine=psync", "--fdatasync=1", "--overwrite=1");
    }

    /// Blocks of 256 KiB through io_uring, four at a time, in a file that was written before.
    @Benchmark
    public void sequentialWrite() throws IOException, InterruptedException {
        run("write", "--rw=write", "--bs=256k", "--ioengine=io_uring", "--iodepth=4", "--overwrite=1");
    }

    /// Blocks of 256 KiB through io_uring, four at a time.
    @Benchmark
    public void sequentialRead() throws IOException, InterruptedException {
        run("read", "--rw=read", "--bs=256k", "--ioengine=io_uring", "--iodepth=4");
    }

    private void run(String direction, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("fio", "--name=limit", "--output-format=json", "--direct=1"));
        command.addAll(List.of("--time_based", "--runtime=" + seconds, "--size=" + fileMiB + "m"));
        command.add("--filename=" + directory.resolve("fio"));
        command.addAll(List.of(options));
        Process fio;
        try {
            fio = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            skip("it cannot be started (apt-get install fio): " + e.getMessage());
            return;
        }
        String output = new String(fio.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = fio.waitFor();
        if (status != 0) {
            skip(String.join(" ", command) + " ended with " + status + ": " + output);
            return;
        }
        // Warnings come before the JSON.
        Map<?, ?> report = (Map<?, ?>) Json.parse(output.substring(output.indexOf('{')));
        Map<?, ?> job = (Map<?, ?>) ((List<?>) report.get("jobs")).getFirst();
        Map<?, ?> rates = (Map<?, ?>) job.get(direction);
        Figures.note(IOPS, (Double) rates.get("iops"), IOPS);
        Figures.note(BANDWIDTH, (Double) rates.get("bw_bytes") / 1e6, "MB/s");
    }

    private static void skip(String reason) {
        System.out.println("fio is skipped: " + reason);
    }
}

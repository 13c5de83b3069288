package io.treering.jmh;

import io.treering.Partition;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Measures what a first partition adds to the start of a JVM: the time from the start of a process until its partition
/// is open, less the time until an empty program's `main` runs. Both say so by writing a byte, and take turns.
public final class Startup {
    private static final int RUNS = 15;

    private enum Program {
        EMPTY,
        NEW_STORE,
        EXISTING_STORE
    }

    private Startup() {}

    /// @param arguments none; or what a process that is measured runs, and the store's directory
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 0) {
            measure();
        } else if (Program.valueOf(arguments[0]) == Program.EMPTY) {
            signal();
        } else {
            try (Partition _ = Partition.open(Path.of(arguments[1]))) {
                signal();
            }
        }
    }

    private static void signal() {
        System.out.write('.');
        System.out.flush();
    }

    private static void measure() throws IOException, InterruptedException {
        double[][] times = new double[Program.values().length][RUNS];
        for (int run = 0; run < RUNS; run++) {
            Path directory = Workspace.create();
            for (Program program : Program.values()) {
                times[program.ordinal()][run] = start(program, directory);
            }
            Workspace.delete(directory);
        }
        double empty = median(times[Program.EMPTY.ordinal()]);
        System.out.printf(Locale.ROOT, "empty JVM: %.0f ms (median of %d)%n", empty, RUNS);
        for (Program program : List.of(Program.NEW_STORE, Program.EXISTING_STORE)) {
            double[] sorted = times[program.ordinal()];
            double median = median(sorted);
            System.out.printf(
                    Locale.ROOT,
                    "%s open: %.0f ms, which is %.0f ms more (fastest %.0f, slowest %.0f)%n",
                    program == Program.NEW_STORE ? "new store" : "existing store",
                    median,
                    median - empty,
                    sorted[0] - empty,
                    sorted[RUNS - 1] - empty);
        }
    }

    /// Sorts and takes the middle.
    private static double median(double[] times) {
        Arrays.sort(times);
        return times[times.length / 2];
    }

    /// Milliseconds from the start of the process to its signal.
    private static double start(Program program, Path directory) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(ManagementFactory.getRuntimeMXBean().getClassPath());
        command.add(Startup.class.getName());
        command.add(program.name());
        command.add(directory.toString());
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream output = process.getInputStream()) {
            int signal = output.read();
            double time = (System.nanoTime() - begin) / 1e6;
            if (signal != '.' || process.waitFor() != 0) {
                throw new IllegalStateException("the process for " + program + " failed");
            }
            return time;
        }
    }
}

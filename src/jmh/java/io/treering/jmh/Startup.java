package io.treering.jmh;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.treering.Partition;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Measures what a first partition adds to the start of a JVM: the time from the start of a process until its partition
/// is open, less the time until an empty program's `main` runs. Both say so by writing a byte, and take turns. Beside
/// them runs a program that does nothing but make Java's own first call of a C function: no partition on system calls
/// opens faster than that, and it tells how fast the machine is today.
public final class Startup {
    private static final int RUNS = 15;

    private enum Program {
        EMPTY,
        NATIVE_CALL,
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
        } else if (Program.valueOf(arguments[0]) == Program.NATIVE_CALL) {
            callNatively();
            signal();
        } else {
            try (Partition _ = Partition.open(Path.of(arguments[1]))) {
                signal();
            }
        }
    }

    @SuppressWarnings("restricted")
    private static void callNatively() {
        Linker linker = Linker.nativeLinker();
        MemorySegment function = linker.defaultLookup().findOrThrow("getpid");
        FunctionDescriptor type = FunctionDescriptor.of(JAVA_LONG);
        MethodHandle handle = linker.downcallHandle(function, type, Linker.Option.captureCallState("errno"));
        MemorySegment state = Arena.global().allocate(Linker.Option.captureStateLayout());
        try {
            long ignored = (long) handle.invokeExact(state);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
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
        for (Program program : List.of(Program.NATIVE_CALL, Program.NEW_STORE, Program.EXISTING_STORE)) {
            double[] sorted = times[program.ordinal()];
            double median = median(sorted);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %.0f ms, which is %.0f ms more (fastest %.0f, slowest %.0f)%n",
                    describe(program),
                    median,
                    median - empty,
                    sorted[0] - empty,
                    sorted[RUNS - 1] - empty);
        }
    }

    private static String describe(Program program) {
        return switch (program) {
            case EMPTY -> "empty JVM";
            case NATIVE_CALL -> "one C function called";
            case NEW_STORE -> "new store open";
            case EXISTING_STORE -> "existing store open";
        };
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

package io.treering.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Another Java process that runs a test's `main`: what cannot be done to the process that runs the tests, such as
/// killing it or taking its resources away. Its standard error goes to ours.
public final class ChildProcess {
    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>(List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=deny",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            // Its file of counters would meet limits that are meant for us.
            "-XX:-UsePerfData",
            "-ea"));
    private boolean withErrors;
    private @Nullable Path directory;
    private String classPath = System.getProperty("java.class.path");

    /// Puts a command in front that runs the rest of its arguments.
    public ChildProcess under(String... command) {
        prefix.addAll(List.of(command));
        return this;
    }

    /// Runs under resource limits, as the shell's `ulimit` takes them: `-n 100`, say.
    public ChildProcess limited(String... limits) {
        StringBuilder script = new StringBuilder();
        for (String limit : limits) {
            script.append("ulimit ").append(limit).append(" && ");
        }
        return under("bash", "-c", script + "exec \"$@\"", "bash");
    }

    /// Adds options of Java's.
    public ChildProcess options(String... more) {
        options.addAll(List.of(more));
        return this;
    }

    /// Has Java compile as well as it can: for what goes on for long.
    public ChildProcess compiling() {
        options.remove("-XX:TieredStopAtLevel=1");
        return this;
    }

    /// Has the process say on its output what it would say on its standard error.
    public ChildProcess withErrors() {
        withErrors = true;
        return this;
    }

    /// Has the process begin in a directory.
    public ChildProcess in(Path workingDirectory) {
        directory = workingDirectory;
        return this;
    }

    /// Has Java look for classes elsewhere.
    public ChildProcess classPath(String path) {
        classPath = path;
        return this;
    }

    /// Starts the process.
    public Process start(Class<?> program, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, program.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        return withErrors
                ? builder.redirectErrorStream(true).start()
                : builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /// Runs the process to its end, which must be a good one, and returns the lines that it has printed.
    public List<String> run(Class<?> program, Object... arguments) throws IOException, InterruptedException {
        Process child = start(program, arguments);
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = child.inputReader()) {
            reader.lines().forEach(lines::add);
            assertTrue(child.waitFor(60, TimeUnit.SECONDS), () -> "it closed its output and stayed: " + lines);
        } finally {
            child.destroyForcibly();
        }
        assertEquals(0, child.exitValue(), () -> String.join("\n", lines));
        return lines;
    }

    /// Whether a command is installed here.
    public static boolean isInstalled(String command) {
        return List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
                .anyMatch(each -> Files.isExecutable(Path.of(each, command)));
    }
}

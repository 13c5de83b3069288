package io.treering.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes one mutant after the other in a copy of the project, and runs the tests, lane by lane, until one notices it.
///
/// To be started by `src/test/mutants/run`, from the project's directory.
public final class MutantRun {
    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final Path WORK = ROOT.resolve("target/mutants");
    private static final Path COPY = WORK.resolve("tree");
    private static final Path TABLE = WORK.resolve("table.md");

    private static final String MAVEN = Objects.requireNonNullElse(System.getenv("MAVEN"), "./mvnw");

    /// Whoever takes longer has lost their way. The slowest lane takes a third of that.
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final Pattern TEST = Pattern.compile(
            "<testcase name=\"([^\"]*)\" classname=\"([^\"]*)\"[^>]*>\\s*"
                    + "(?:<!\\[CDATA\\[.*?]]>|(?!</testcase>)(?!<testcase).)*?<(?:failure|error|rerunFailure)",
            Pattern.DOTALL);
    private static final Pattern SEED = Pattern.compile("Seed (-?\\d+), after (\\d+) crashes");

    /// Tests that are run together.
    ///
    /// @param tests for Surefire
    private record Lane(String name, String tests, List<String> properties) {}

    private static final List<Lane> LANES = List.of(
            new Lane(
                    "simulation",
                    "SimulationTest#whateverGoesWrong*",
                    List.of("-Dtreering.simulation.crashes=20000", "-Dtreering.simulation.minimise=false")),
            new Lane("faults", "ExhaustiveFaultsTest", List.of()),
            new Lane(
                    "crashes",
                    "PowerCutTest,KillTest,LargeValueCrashTest,FormattingCrashTest,WalCrashTest,FailingDeviceTest",
                    List.of("-Dtreering.test.kills=20")),
            new Lane("model", "PartitionModelTest,SpaceModelTest,BufferModelTest,TreeMergePropertyTest", List.of()),
            new Lane("all", "!SimulationTest,!ExhaustiveFaultsTest,!PowerCutTest,!KillTest,!MutantsTest", List.of()));

    private final List<String> names = new ArrayList<>();
    private final List<String> properties = new ArrayList<>();
    private List<Lane> lanes = LANES;

    private MutantRun(String[] arguments) {
        for (String argument : arguments) {
            if (argument.startsWith("--lanes=")) {
                Set<String> wanted =
                        Set.of(argument.substring("--lanes=".length()).split(","));
                lanes = LANES.stream()
                        .filter(lane -> wanted.contains(lane.name()))
                        .toList();
            } else if (argument.startsWith("-D")) {
                properties.add(argument);
            } else {
                names.add(argument);
            }
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        new MutantRun(arguments).run();
    }

    private void run() throws IOException, InterruptedException {
        List<Mutant> mutants = Mutant.all(ROOT).stream()
                .filter(mutant -> names.isEmpty() || names.stream().anyMatch(mutant.name()::startsWith))
                .toList();
        Files.createDirectories(WORK);
        copy();
        Result sound = maven("test-compile", List.of());
        if (sound.exitCode != 0) {
            throw new IllegalStateException("The project does not compile:\n" + sound.output);
        }
        Files.writeString(TABLE, "| mutant | noticed by | after |\n|---|---|---|\n");
        System.out.print(Files.readString(TABLE));
        int survivors = 0;
        for (Mutant mutant : mutants) {
            long start = System.nanoTime();
            String[] verdict = judge(mutant);
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            survivors += verdict[0].startsWith("**") && mutant.unnoticeable().isEmpty() ? 1 : 0;
            say("| " + mutant.name() + " | " + verdict[0] + " | " + verdict[1] + (verdict[1].isEmpty() ? "" : ", ")
                    + seconds + " s |\n");
        }
        System.out.println(
                "\n" + mutants.size() + " mutants, of which " + survivors + " survived that should not have");
        System.exit(survivors == 0 ? 0 : 1);
    }

    private static void say(String line) throws IOException {
        System.out.print(line);
        Files.writeString(TABLE, line, StandardOpenOption.APPEND);
    }

    // ---- one mutant -------------------------------------------------------------------------------------------------

    /// @return who notices it, and after what
    private String[] judge(Mutant mutant) throws IOException, InterruptedException {
        mutant.apply(COPY);
        try {
            for (Lane lane : lanes) {
                List<String> options = new ArrayList<>(lane.properties());
                options.add("-Dtest=" + lane.tests());
                options.add("-Dsurefire.failIfNoSpecifiedTests=false");
                options.addAll(properties);
                Result result = maven("test", options);
                if (result.exitCode != 0) {
                    Files.writeString(WORK.resolve(mutant.name() + ".log"), result.output);
                    return noticed(lane, result);
                }
            }
        } finally {
            restore(mutant);
        }
        return new String[] {mutant.unnoticeable().isEmpty() ? "**nobody**" : "**nobody**: " + mutant.unnoticeable(), ""
        };
    }

    private static String[] noticed(Lane lane, Result result) throws IOException {
        if (result.output.contains("COMPILATION ERROR")) {
            return new String[] {"**it does not compile**", ""};
        }
        if (result.exitCode == Result.NO_END) {
            return new String[] {lane.name() + ": it comes to no end", ""};
        }
        Matcher seed = SEED.matcher(result.output);
        String after = seed.find() ? seed.group(2) + " crashes (seed " + seed.group(1) + ")" : "";
        List<String> failed = failedTests();
        String who = failed.isEmpty() ? "the JVM dies" : failed.getFirst();
        String others = failed.size() > 1 ? " and " + (failed.size() - 1) + " more" : "";
        return new String[] {lane.name() + ": " + who + others, after};
    }

    private static List<String> failedTests() throws IOException {
        List<String> failed = new ArrayList<>();
        Path reports = COPY.resolve("target/fast/surefire-reports");
        if (!Files.isDirectory(reports)) {
            return failed;
        }
        try (var files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
            for (Path file : files) {
                Matcher test = TEST.matcher(Files.readString(file));
                while (test.find()) {
                    String type = test.group(2).substring(test.group(2).lastIndexOf('.') + 1);
                    failed.add(type + "." + test.group(1).replaceAll("[({\\[].*", ""));
                }
            }
        }
        return failed.stream().distinct().sorted().toList();
    }

    private static void restore(Mutant mutant) throws IOException {
        for (Mutant.Change change : mutant.changes()) {
            Files.writeString(COPY.resolve(change.file()), Files.readString(ROOT.resolve(change.file())));
        }
    }

    // ---- the copy ---------------------------------------------------------------------------------------------------

    private static void copy() throws IOException {
        delete(COPY);
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Path relative = ROOT.relativize(directory);
                if (relative.equals(Path.of("target")) || relative.equals(Path.of(".git"))) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(COPY.resolve(relative));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path relative = ROOT.relativize(file);
                if (!relative.equals(Path.of(".git"))) {
                    Files.copy(file, COPY.resolve(relative), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    // ---- Maven ------------------------------------------------------------------------------------------------------

    private record Result(int exitCode, String output) {
        static final int NO_END = -1;
    }

    /// Only what has changed is compiled again.
    private static Result maven(String phase, List<String> options) throws IOException, InterruptedException {
        delete(COPY.resolve("target/fast/surefire-reports"));
        List<String> command = new ArrayList<>(
                List.of(MAVEN, "-q", "-B", "-Pfast", "-Dmaven.compiler.useIncrementalCompilation=false", phase));
        command.addAll(options);
        Path output = WORK.resolve("output.txt");
        Process process = new ProcessBuilder(command)
                .directory(COPY.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        try {
            return new Result(ended ? process.exitValue() : Result.NO_END, Files.readString(output));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

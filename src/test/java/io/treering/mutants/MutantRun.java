package io.treering.mutants;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// Makes one mutant after the other, beside the compiled project, and runs the tests on it, lane by lane, until one
/// notices it: first the lane that has done so before, as `docs/mutants.md` says. A lane that notices something runs
/// without any mutant, too: one that fails then has noticed nothing.
///
/// Started by `src/test/mutants/run` from the project's directory, with the class path of the tests.
public final class MutantRun {
    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final Path WORK = ROOT.resolve("target/mutants");
    private static final Path TABLE = WORK.resolve("table.md");
    private static final Path KNOWN = ROOT.resolve("docs/mutants.md");
    private static final Pattern KNOWN_LANE = Pattern.compile("\\| ([a-z-]+) \\| ([a-z]+) \\|.*");

    /// Whoever takes longer has lost their way. All tests take ten minutes, the slowest of the other lanes a few.
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final Duration PATIENCE_WITH_ALL = Duration.ofMinutes(45);

    /// Tests that are run together.
    private record Lane(String name, List<String> tests, List<String> properties) {}

    private static final List<Lane> LANES = List.of(
            new Lane(
                    "simulation",
                    List.of("simulation.SimulationTest#whateverGoesWrongTheStoreHoldsWhatItPromised"),
                    List.of("-Dtreering.simulation.crashes=30000", "-Dtreering.simulation.minimise=false")),
            new Lane(
                    "faults",
                    List.of("simulation.ExhaustiveFaultsTest"),
                    List.of("-Dtreering.simulation.minimise=false")),
            new Lane(
                    "crashes",
                    List.of(
                            "PowerCutTest",
                            "LargeValueCrashTest",
                            "ReusedPagesTest",
                            "ReplayedBatchTest",
                            "FormattingCrashTest",
                            "MetaReadingTest",
                            "internal.wal.WalCrashTest",
                            "FailingDeviceTest",
                            "FullDiskTest",
                            "FullDiskRecoveryTest"),
                    List.of()),
            new Lane(
                    "parts",
                    List.of(
                            "BatchLimitsTest",
                            "ChangedMeanwhileTest",
                            "CheckTest",
                            "DamagedStoreTest",
                            "OpeningRefusalTest",
                            "RangeDeleteTest",
                            "SmallLogTest",
                            "SynchronousVisibilityTest",
                            "device.PreadBlockDeviceTest",
                            "device.UringBlockDeviceTest",
                            "fuzz.ForgedStoreTest",
                            "internal.engine.AppenderTest",
                            "internal.engine.CommitDeviceTest",
                            "internal.engine.CommitterTest",
                            "internal.engine.LogPlacementTest",
                            "internal.engine.MergePagesTest",
                            "internal.engine.PointReaderRunTest",
                            "internal.engine.RecoveryTest",
                            "internal.engine.ReplayedWritesTest",
                            "internal.engine.ViewsTest",
                            "internal.freelist.HostileSpaceTest",
                            "internal.freelist.MergeSpaceTest",
                            "internal.freelist.ReuseGateTest",
                            "internal.freelist.SpaceCommitTest",
                            "internal.freelist.SpaceMapTest",
                            "internal.freelist.SpaceModelTest",
                            "internal.format.HostilePageTest",
                            "internal.format.MetaPageTest",
                            "internal.format.RefusedPageTest",
                            "internal.format.WalRecordTest",
                            "internal.wal.WalDamageTest",
                            "internal.wal.WriteAheadLogTest",
                            "internal.buffer.WriteBufferTest",
                            "internal.buffer.EntrySortTest",
                            "internal.buffer.RecycledMemoryTest",
                            "internal.buffer.BufferConcurrencyTest",
                            "internal.buffer.BufferModelTest",
                            "internal.cache.PageCacheTest",
                            "internal.cache.PageLoadingTest",
                            "internal.cache.RunLoadTest",
                            "internal.tree.MergeBoundTest",
                            "internal.tree.TreeReadTest",
                            "internal.tree.MisplacedPagesTest",
                            "internal.tree.TreeMergeTest",
                            "internal.uring.RingLoopTest"),
                    List.of()),
            new Lane(
                    "stores",
                    List.of(
                            "ChannelPartitionTest",
                            "ChannelPartitionLifecycleTest",
                            "ExplicitCommitSpaceTest",
                            "LargeValueCacheTest",
                            "MultiGetTest",
                            "SpaceTest",
                            "SpaceUnderLoadTest"),
                    List.of()),
            new Lane(
                    "races",
                    List.of(
                            "internal.buffer.WriteBufferLincheckTest",
                            "internal.cache.FreeFramesLincheckTest",
                            "internal.cache.PageCacheLincheckTest",
                            "internal.cache.PageCacheStressTest",
                            "internal.engine.LifecycleLincheckTest",
                            "internal.engine.ViewsLincheckTest",
                            "internal.uring.OperationGateLincheckTest",
                            "internal.uring.RingLoopLincheckTest",
                            "CursorAgainstWriterTest",
                            "ReadersAgainstWriterTest"),
                    List.of("-XX:+EnableDynamicAgentLoading", "--sun-misc-unsafe-memory-access=allow")),
            new Lane(
                    "filesystems",
                    List.of(
                            "filesystem.CrashedFileSystemTest",
                            "filesystem.FailingDiskTest",
                            "filesystem.ShutDownFileSystemTest",
                            "filesystem.UnreadableDiskTest"),
                    List.of()),
            new Lane("all", List.of("*"), List.of("-Dtreering.simulation.crashes=100")));

    private final List<String> names = new ArrayList<>();
    private final List<String> properties = new ArrayList<>();
    private final Map<String, String> knownLanes = new HashMap<>();

    /// What fails in a lane although nothing was changed; empty if nothing does.
    private final Map<Lane, String> failures = new HashMap<>();

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
        Files.writeString(TABLE, "");
        for (String line : Files.readAllLines(KNOWN)) {
            Matcher row = KNOWN_LANE.matcher(line);
            if (row.matches()) {
                knownLanes.put(row.group(1), row.group(2));
            }
        }
        say("| mutant | noticed by | seconds |\n|---|---|---|\n");
        int survivors = 0;
        for (Mutant mutant : mutants) {
            long start = System.nanoTime();
            String verdict = judge(mutant);
            survivors += verdict.startsWith("**") && mutant.unnoticeable().isEmpty() ? 1 : 0;
            say("| " + mutant.name() + " | " + verdict + " | "
                    + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " |\n");
        }
        System.out.println(
                "\n" + mutants.size() + " mutants, of which " + survivors + " went unnoticed that should not have");
        System.exit(survivors == 0 ? 0 : 1);
    }

    private static void say(String line) throws IOException {
        System.out.print(line);
        Files.writeString(TABLE, line, StandardOpenOption.APPEND);
    }

    /// @return who notices it
    private String judge(Mutant mutant) throws IOException, InterruptedException {
        Path classes = WORK.resolve("classes");
        String errors = compile(mutant, classes);
        if (!errors.isEmpty()) {
            return "**it does not compile** " + errors;
        }
        String known = knownLanes.getOrDefault(mutant.name(), "");
        List<Lane> inOrder = new ArrayList<>(lanes);
        inOrder.sort(Comparator.comparing(lane -> !lane.name().equals(known)));
        for (Lane lane : inOrder) {
            String noticed = tryOut(mutant.name(), classes, lane);
            if (!noticed.isEmpty()) {
                String anyway = failsAnyway(lane);
                return anyway.isEmpty()
                        ? lane.name() + ": " + noticed
                        : "**nobody**: " + lane.name() + " fails without a mutant, too: " + anyway;
            }
        }
        return "**nobody** " + mutant.unnoticeable();
    }

    private String failsAnyway(Lane lane) throws IOException, InterruptedException {
        String failure = failures.get(lane);
        if (failure == null) {
            failure = tryOut("no-mutant-" + lane.name(), Files.createDirectories(WORK.resolve("unchanged")), lane);
            failures.put(lane, failure);
        }
        return failure;
    }

    /// @return what is wrong with it
    private static String compile(Mutant mutant, Path classes) throws IOException {
        delete(classes);
        delete(WORK.resolve("sources"));
        Files.createDirectories(classes);
        Map<Path, String> texts = new HashMap<>();
        for (Mutant.Change change : mutant.changes()) {
            String text = texts.getOrDefault(change.file(), Files.readString(ROOT.resolve(change.file())));
            texts.put(change.file(), change.in(text));
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter errors = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            List<Path> sources = new ArrayList<>();
            for (Map.Entry<Path, String> entry : texts.entrySet()) {
                Path file = WORK.resolve("sources").resolve(entry.getKey());
                Files.createDirectories(file.getParent());
                sources.add(Files.writeString(file, entry.getValue()));
            }
            List<String> options = List.of(
                    "-proc:none", "-nowarn", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
            boolean done = compiler.getTask(
                            errors, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();
            return done ? "" : errors.toString().replaceAll("\\s+", " ");
        }
    }

    /// @return who notices that something is wrong, or how it shows
    private String tryOut(String name, Path classes, Lane lane) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea",
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                classes + System.getProperty("path.separator") + System.getProperty("java.class.path")));
        command.addAll(lane.properties());
        command.addAll(properties);
        command.add(MutantTrial.class.getName());
        command.addAll(lane.tests());
        Path output = WORK.resolve(name + ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        Duration patience = lane.tests().contains("*") ? PATIENCE_WITH_ALL : PATIENCE;
        if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
            return "it comes to no end";
        }
        return switch (process.exitValue()) {
            case MutantTrial.NOTHING_NOTICED -> "";
            case MutantTrial.SOMETHING_NOTICED -> noticed(output);
            default -> "the JVM dies";
        };
    }

    private static String noticed(Path output) throws IOException {
        return new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(MutantTrial.NOTICED))
                .findFirst()
                .map(line -> line.substring(MutantTrial.NOTICED.length()))
                .orElse("somebody");
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

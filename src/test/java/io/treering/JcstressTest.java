package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.testing.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.Main;

/// Races between single instructions, as jcstress provokes them: none of the tests in `src/jcstress` may fail, and each
/// of its canaries must, which were broken on purpose. `src/jcstress/run` runs this by hand, for as long as one likes.
///
/// `treering.jcstress.options` go to jcstress. Without any there is one JVM for each test, set up as the JDK comes, for
/// so short that a rare race may not be met beside other work: what has not failed and should have gets more time.
final class JcstressTest {
    private static final Path SOURCES = Path.of("src/jcstress/java");
    private static final Path CLASSES =
            Path.of(System.getProperty("treering.jcstress.classes", "target/jcstress-classes"));
    private static final String OPTIONS = System.getProperty("treering.jcstress.options", "");
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

    /// For jcstress's own use.
    private static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    private static final List<Object> SHORT = List.of("-sc", false, "-f", 1, "-fsm", 1, "-iters", 3, "-time", 100);
    private static final List<Object> LONG = List.of("-sc", false, "-f", 1, "-fsm", 1, "-iters", 1, "-time", 2_000);
    private static final int MORE_ATTEMPTS = 5;

    private static final Pattern CANARY = Pattern.compile("class (\\w+Canary)\\b");
    private static final Pattern FAILED = Pattern.compile("\\[FAILED] io\\.treering\\.[\\w.]*\\.(\\w+\\.\\w+)");
    private static final Pattern RESULTS =
            Pattern.compile("(\\d+) planned; (\\d+) passed, (\\d+) failed, 0 soft errs, 0 hard errs");

    /// The report stays there.
    private static final Path DIRECTORY = Path.of("target", "jcstress");

    @Test
    void allCanariesFailAndNothingElse() throws IOException, InterruptedException {
        Files.createDirectories(DIRECTORY);
        assumeTrue(Files.isDirectory(CLASSES), "skipped: only the full build makes " + CLASSES);
        Set<String> canaries = canaries();
        assertTrue(canaries.size() > 5, canaries::toString);
        String said = jcstress("io\\.treering\\..*", OPTIONS.isEmpty() ? SHORT : List.of(OPTIONS.split(" ")));
        Set<String> broken = matches(FAILED, said);
        for (int attempt = 0; attempt < MORE_ATTEMPTS && !broken.containsAll(canaries); attempt++) {
            Set<String> unmet = new TreeSet<>(canaries);
            unmet.removeAll(broken);
            System.out.println("JcstressTest: more time for " + unmet);
            broken.addAll(matches(FAILED, jcstress(".*(" + String.join("|", unmet) + ")", LONG)));
        }
        assertEquals(canaries, broken, said);
        List<MatchResult> results = RESULTS.matcher(said).results().toList();
        assertTrue(!results.isEmpty(), said);
        MatchResult last = results.getLast();
        int passed = Integer.parseInt(last.group(2));
        int failed = Integer.parseInt(last.group(3));
        assertTrue(passed > 5 && passed + failed == Integer.parseInt(last.group(1)), said);
        System.out.println(
                "JcstressTest: " + passed + " passed; " + canaries.size() + " failed, which are the canaries");
    }

    private static Set<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// As jcstress calls them, but for the package.
    private static Set<String> canaries() throws IOException {
        Set<String> canaries = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String outer = file.getFileName().toString().replace(".java", "");
                for (String canary : matches(CANARY, Files.readString(file))) {
                    canaries.add(outer + "." + canary);
                }
            }
        }
        return canaries;
    }

    /// @return what jcstress has said, whether it calls that a failure or not
    private static String jcstress(String tests, List<?> options) throws IOException, InterruptedException {
        List<Object> arguments = new ArrayList<>(List.of("-t", tests, "-r", "report"));
        arguments.addAll(List.of(OPTIONS.isEmpty() ? "-jvmArgs" : "-jvmArgsPrepend", NATIVE + " " + UNSAFE));
        arguments.addAll(options);
        String classPath =
                CLASSES.toAbsolutePath() + System.getProperty("path.separator") + System.getProperty("java.class.path");
        Process child = new ChildProcess()
                .compiling()
                .options(UNSAFE)
                .classPath(classPath)
                .withErrors()
                .in(DIRECTORY)
                .start(Main.class, arguments.toArray());
        try (BufferedReader reader = child.inputReader()) {
            return reader.lines().collect(Collectors.joining("\n"));
        } finally {
            child.destroyForcibly();
        }
    }
}

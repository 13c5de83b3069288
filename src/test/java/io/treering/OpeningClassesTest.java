package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Opening a partition does not load parts of the JDK that take tens of milliseconds and that it has no need of. How
/// long it takes is measured by `src/jmh/run startup`, and asserted nowhere.
final class OpeningClassesTest {
    /// The JDK's logging, its cryptography, its scheduler of virtual threads, its file channels (and the network that
    /// comes with them), the queue of an event loop, and what only a merge needs.
    private static final List<String> UNWANTED = List.of(
            "java.util.logging.",
            "jdk.internal.logger.",
            "java.security.SecureRandom",
            "java.util.concurrent.ForkJoinPool ",
            "sun.nio.ch.FileChannelImpl ",
            "org.jctools.",
            "io.treering.internal.tree.TreeMerge ");

    @TempDir
    Path directory;

    /// The child.
    public static void main(String[] arguments) {
        try (Partition partition = Partition.open(Path.of(arguments[0]))) {
            System.out.println("open: " + partition.stats().entries() + " entries");
        }
    }

    @Test
    void openingLoadsNothingThatItHasNoNeedOf() throws IOException, InterruptedException {
        Path store = directory.resolve("store");
        for (String what : List.of("a new store", "an existing store")) {
            List<String> loaded = classesLoadedByOpening(store);
            assertTrue(
                    loaded.stream().anyMatch(line -> line.contains("io.treering.internal.engine.Recovery ")),
                    () -> what + ": the log of loaded classes is not understood, " + loaded.size() + " lines");
            for (String unwanted : UNWANTED) {
                assertEquals(
                        List.of(),
                        loaded.stream()
                                .filter(line -> line.contains(" " + unwanted))
                                .toList(),
                        what);
            }
        }
    }

    private static List<String> classesLoadedByOpening(Path store) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xlog:class+load:stdout",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OpeningClassesTest.class.getName(),
                        store.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), output);
        try (Stream<String> lines = output.lines()) {
            return lines.takeWhile(line -> !line.startsWith("open: ")).toList();
        }
    }
}

package io.treering.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.Jazzer;
import io.treering.testing.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Lets Jazzer look for inputs that break a promise of the library, in a process of its own: half a minute for each
/// target, or as many seconds as `treering.fuzz.seconds` says. `src/fuzz/run` does the same by hand.
final class JazzerTest {
    private static final int SECONDS = Integer.getInteger("treering.fuzz.seconds", 30);

    /// Shorter runs go without the optimizing compiler, for the sake of the tests beside them: three times 20 seconds
    /// took 89 of the processors' in place of 126, for a quarter more logs, a fifth fewer stores, a third fewer pages.
    private static final int LONG_RUN = 60;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void nothingThatItFindsBreaksAPromise(FuzzTarget target) throws IOException, InterruptedException {
        Path corpus = Files.createDirectory(directory.resolve("corpus"));
        target.unpack(corpus);
        List<String> said = new ArrayList<>();
        Process jazzer = jazzer(target, corpus);
        try (BufferedReader reader = jazzer.inputReader()) {
            reader.lines().forEach(said::add);
        } finally {
            jazzer.destroyForcibly();
        }
        assertEquals(0, jazzer.waitFor(), () -> found(target) + String.join("\n", said));
        String executions = said.stream()
                .filter(line -> line.startsWith("stat::number_of_executed_units:"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(String.join("\n", said)));
        long count = Long.parseLong(executions.replaceAll("\\D", ""));
        assertTrue(count > target.keptInputs().size(), executions);
        System.out.println("JazzerTest: " + target + ", " + SECONDS + " seconds, " + count + " inputs");
    }

    private Process jazzer(FuzzTarget target, Path corpus) throws IOException {
        // Partitions log that they are poisoned, which is what is to be expected here.
        Path logging = Files.writeString(directory.resolve("logging.properties"), "io.treering.level = OFF\n");
        ChildProcess child = new ChildProcess();
        if (SECONDS >= LONG_RUN) {
            child.compiling();
        }
        return child
                // Unsafe is for Jazzer's own use.
                .options("-Xmx1g", "--sun-misc-unsafe-memory-access=allow", "-XX:+EnableDynamicAgentLoading")
                .options("-Djava.util.logging.config.file=" + logging)
                .withErrors()
                .start(
                        Jazzer.class,
                        "--target_class=" + target.type().getName(),
                        "--instrumentation_includes=io.treering.**",
                        "--reproducer_path=" + directory,
                        "-artifact_prefix=" + directory + "/",
                        "-max_len=400",
                        "-timeout=30",
                        "-rss_limit_mb=4000",
                        "-max_total_time=" + SECONDS,
                        "-print_final_stats=1",
                        corpus);
    }

    private String found(FuzzTarget target) {
        try (Stream<Path> files = Files.list(directory)) {
            StringBuilder commands = new StringBuilder();
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("crash-"))
                    .toList()) {
                String input = Base64.getEncoder().encodeToString(Files.readAllBytes(file));
                commands.append("repeat it with: src/fuzz/run repeat ")
                        .append(target)
                        .append(' ')
                        .append(input)
                        .append('\n');
            }
            return commands.toString();
        } catch (IOException e) {
            return e + "\n";
        }
    }
}

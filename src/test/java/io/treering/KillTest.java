package io.treering;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// kill -9 of a writing process, over and over, on the same store: what survives is a prefix of what it wrote, and
/// reaches as far as the WAL mode promises.
final class KillTest {
    private static final int KILLS = Integer.getInteger("treering.test.kills", 100);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    @TempDir
    Path directory;

    private final WrittenPrefix prefix = new WrittenPrefix();

    @ParameterizedTest
    @EnumSource(WalMode.class)
    void whatAKilledProcessLeavesIsAPrefixAndLongEnough(WalMode mode) throws Exception {
        Random random = new Random(SEED);
        for (int kill = 0; kill < KILLS; kill++) {
            String where = "seed " + SEED + ", kill " + kill + ", mode " + mode;
            Progress progress = runAndKill(mode, prefix.last(), random);
            long promised = mode == WalMode.SYNC ? progress.done : progress.durable;
            try (Partition db = Partition.open(directory, KillChild.config(mode))) {
                prefix.verify(db, promised, progress.done + 1, where);
            }
        }
    }

    private static final class Progress {
        long done;
        long durable;
    }

    private Progress runAndKill(WalMode mode, long start, Random random) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-Xmx256m",
                        "-ea",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillChild.class.getName(),
                        directory.toString(),
                        mode.name(),
                        Long.toString(start),
                        Long.toString(random.nextLong())))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Progress progress = new Progress();
        progress.done = start;
        progress.durable = start;
        int operations = random.nextInt(800);
        try (BufferedReader reader = child.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] words = line.split(" ");
                if (words.length < 3 || !words[2].equals(".")) {
                    continue;
                }
                long n = Long.parseLong(words[1]);
                switch (words[0]) {
                    case "done" -> progress.done = n;
                    case "durable" -> progress.durable = n;
                    default -> {}
                }
                if (n - start == operations) {
                    // Through the handle: Process.destroyForcibly would close the pipe and lose what it holds.
                    child.toHandle().destroyForcibly();
                }
            }
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        return progress;
    }
}

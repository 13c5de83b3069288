package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.testing.ChildProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Half an hour of mixed work, or as long as `-Dtreering.soak.seconds` says: nothing is lost, and nothing grows.
@Tag("nightly")
final class SoakTest {
    private static final long SECONDS = Long.getLong("treering.soak.seconds", 1_800);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);
    private static final long MIB = 1 << 20;

    /// What the log and its like take beside the data, however small that is.
    private static final long SLACK = 8 * MIB;

    /// What the file may take beside one and a half times live data, when no snapshot has been open for so long: the
    /// 4 MiB of which [io.treering.internal.engine.FileEnd] takes no notice, and what the merge of a full write buffer
    /// replaces here while the commit before still names it.
    private static final long ALONE_SLACK = 12 * MIB;

    /// Shorter runs may end before the file has to be small.
    private static final long SHORTEST_WITH_PAUSE = 120;

    /// By how much the memory of the last third may be more than that of the second.
    private static final long NOISE = 24 * MIB;

    @TempDir
    Path directory;

    @Test
    void nothingIsLostAndNothingGrows() throws Exception {
        if (!Files.isReadable(Path.of("/proc/self/status"))) {
            assumeTrue(false, "there is no /proc/self/status");
        }
        List<String> lines = new ChildProcess()
                .options("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch")
                .run(SoakChild.class, directory.resolve("store"), SECONDS, SEED);
        List<Map<String, Long>> samples = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("sample ")) {
                samples.add(figures(line));
            } else {
                System.out.println("SoakTest: " + line);
            }
        }
        System.out.println("SoakTest: " + SECONDS + " seconds, seed " + SEED + ", " + samples.size() + " samples");
        say(samples, "file per live", sample -> 1_000 * sample.get("file") / sample.get("live"));
        remember(samples);
        say(samples, "file per lately needed", sample -> 1_000 * sample.get("file") / sample.get("lately"));
        List<Map<String, Long>> alone = samples.stream()
                .filter(sample -> sample.get("alone") >= written(sample))
                .toList();
        if (!alone.isEmpty()) {
            System.out.println("SoakTest: " + alone.size() + " samples without snapshots");
            say(alone, "without snapshots: file per live", sample -> 1_000 * sample.get("file") / sample.get("live"));
            say(alone, "without snapshots: file over 1.5 live", SoakTest::excess);
            say(alone, "without snapshots: needed over live", sample -> sample.get("needed") - sample.get("live"));
        }
        for (String figure : List.of("file", "live", "held", "free", "needed", "number", "resident")) {
            say(samples, figure, sample -> sample.get(figure));
        }
        assertTrue(lines.getLast().startsWith("end "), lines.getLast());
        for (Map<String, Long> sample : samples) {
            assertTrue(
                    sample.get("file") <= sample.get("lately") * 3 / 2 + SLACK,
                    () -> "the file is too large: " + sample);
        }
        assertTrue(SECONDS < SHORTEST_WITH_PAUSE || !alone.isEmpty(), "too little was written without snapshots");
        for (Map<String, Long> sample : alone) {
            assertTrue(excess(sample) <= ALONE_SLACK, () -> "the file is too large without snapshots: " + sample);
        }
        assertEquals(0, growth(samples, "resident") / NOISE, "the process grew");
        assertEquals(0, growth(samples, "number") / NOISE, "the memory number grew");
    }

    /// How much has to be written until the file has followed what is needed, in bytes: live data three times over.
    /// Where writes do not rest, pages at the file's end move down as they are written over, and one step of the
    /// relocation follows each merge. That the merges come fast is not promised, so no clock can say how long it takes.
    private static long written(Map<String, Long> sample) {
        return 3 * sample.get("live");
    }

    /// Adds to each sample what was needed at the most while [#written] bytes were.
    private static void remember(List<Map<String, Long>> samples) {
        for (Map<String, Long> sample : samples) {
            long lately = samples.stream()
                    .filter(other -> other.get("written") <= sample.get("written")
                            && other.get("written") >= sample.get("written") - written(sample))
                    .mapToLong(other -> other.get("needed"))
                    .max()
                    .orElseThrow();
            sample.put("lately", lately);
        }
    }

    private static long excess(Map<String, Long> sample) {
        return sample.get("file") - sample.get("live") * 3 / 2;
    }

    private static Map<String, Long> figures(String line) {
        Map<String, Long> figures = new HashMap<>();
        String[] words = line.split(" ");
        for (int i = 1; i < words.length; i += 2) {
            figures.put(words[i], Long.parseLong(words[i + 1]));
        }
        return figures;
    }

    private static void say(List<Map<String, Long>> samples, String name, ToLongFunction<Map<String, Long>> figure) {
        long[] sorted = samples.stream().mapToLong(figure).sorted().toArray();
        System.out.println("SoakTest: " + name + ": least " + sorted[0] + ", median " + sorted[sorted.length / 2]
                + ", most " + sorted[sorted.length - 1]);
    }

    /// The most of the last third over the most of the second.
    private static long growth(List<Map<String, Long>> samples, String figure) {
        int third = samples.size() / 3;
        return Math.max(
                0,
                most(samples.subList(2 * third, 3 * third), figure) - most(samples.subList(third, 2 * third), figure));
    }

    private static long most(List<Map<String, Long>> samples, String figure) {
        return samples.stream().mapToLong(sample -> sample.get(figure)).max().orElseThrow();
    }
}

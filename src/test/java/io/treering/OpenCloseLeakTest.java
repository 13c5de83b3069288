package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.testing.ChildProcess;
import io.treering.testing.MemoryDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A thousand openings and closings, most of which fail at some stage, in a process of their own: nothing is left of
/// them. Locks are looked at by the next opening, which is of the same store.
@Timeout(3600)
final class OpenCloseLeakTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final int CYCLES = 250 * SCALE;
    private static final int BACKENDS = 4;
    private static final Pattern LINE = Pattern.compile("(\\w+) (\\d+) openings failed, (\\d+) uses failed; (.*)");

    /// What one leaked opening takes at the least is its cache, of 1 MiB.
    private static final long FEW_OPENINGS = 24 << 20;

    private static final long HEAP_NOISE = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void openingsAndClosingsLeaveNothing() throws Exception {
        if (!Files.isDirectory(Path.of("/proc/self/fd"))) {
            assumeTrue(false, "there is no /proc/self");
        }
        List<String> lines;
        try (MemoryDirectory memory = new MemoryDirectory(directory)) {
            lines = new ChildProcess()
                    .under("env", "MALLOC_ARENA_MAX=1")
                    // Compilers that come and go would look like threads that are left.
                    .options("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-XX:-UseDynamicNumberOfCompilerThreads")
                    .run(OpenCloseChild.class, SCALE == 1 ? memory.path() : directory, CYCLES);
        }
        lines.forEach(line -> System.out.println("OpenCloseLeakTest: " + line));
        assertEquals(BACKENDS, lines.size(), lines::toString);
        for (String line : lines) {
            if (!line.startsWith("skipped")) {
                assertNothingIsLeft(line);
            }
        }
    }

    private static void assertNothingIsLeft(String line) {
        Matcher parts = LINE.matcher(line);
        assertTrue(parts.matches(), line);
        assertTrue(Integer.parseInt(parts.group(2)) > CYCLES / 3, line);
        assertTrue(Integer.parseInt(parts.group(3)) > 0, line);
        String[] words = parts.group(4).split(" ");
        for (int i = 0; i < words.length; i += 2) {
            long growth = Long.parseLong(words[i + 1]);
            long allowed = switch (words[i]) {
                case "descriptors", "threads", "ours" -> 0;
                // The Java machine's own come and go, the more of them the busier the machine is.
                case "mappings" -> CYCLES / 5;
                case "virtual", "resident" -> FEW_OPENINGS;
                case "heap" -> HEAP_NOISE;
                default -> throw new AssertionError(words[i]);
            };
            assertTrue(growth <= allowed, words[i] + " grew: " + line);
        }
    }
}

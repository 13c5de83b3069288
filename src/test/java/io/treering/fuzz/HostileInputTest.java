package io.treering.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CheckReport;
import io.treering.Partition;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Whatever bytes there are, the library answers with what they say or with an exception that the manual names. Jazzer
/// looks for more of them: `src/fuzz/run`.
final class HostileInputTest {
    private static final long SEED = Long.getLong("treering.test.seed", 4_711);
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final Duration LONGEST = Duration.ofSeconds(60);

    /// Partitions log that they are poisoned, which is what is to be expected here.
    private static final Logger LOGGER = Logger.getLogger("io.treering");

    private static Level before = Level.INFO;

    @BeforeAll
    static void silence() {
        before = LOGGER.getLevel();
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        LOGGER.setLevel(before);
    }

    @Test
    void whatIsChangedIsSoundBefore() {
        for (StoreImage image : StoreImages.all()) {
            assertTrue(image.parts().size() > 5, "parts: " + image.parts().size());
            try (Partition db = Partition.open(
                    new HeapDevice(image.bytes()), StoreImages.config().build())) {
                CheckReport report = db.check();
                assertTrue(report.isClean(), report::toString);
            }
        }
    }

    /// Else a change would be noticed by its checksum, and nothing behind that would be tried.
    @Test
    void checksumsAreRightAgainAfterAChangeOfNothing() {
        for (StoreImage image : StoreImages.all()) {
            // One change: the last byte of a leaf becomes the zero that it is.
            byte[] input = {0, 0, (byte) 130, 0, (byte) 0xff, (byte) (image.pageSize() - 1 >> 8), 0, 0};
            assertArrayEquals(image.bytes(), Mutation.of(image, new Input(input)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void keptInputsDoNoHarm(FuzzTarget target) {
        List<byte[]> inputs = target.keptInputs();
        assertTrue(inputs.size() > 10, "kept: " + inputs.size());
        for (byte[] input : inputs) {
            run(target, input, "kept");
        }
    }

    @ParameterizedTest
    @CsvSource({"STORE,200", "LOG,2500", "PAGE,1000"})
    void inputsFromASeedDoNoHarm(FuzzTarget target, int count) {
        List<byte[]> kept = target.keptInputs();
        for (int i = 0; i < count * SCALE; i++) {
            long seed = SEED + i;
            SplittableRandom random = new SplittableRandom(seed);
            run(target, random.nextInt(3) == 0 ? random(random) : bred(kept, random), "seed " + seed);
        }
    }

    private static byte[] random(SplittableRandom random) {
        byte[] input = new byte[1 + random.nextInt(1 + random.nextInt(200))];
        random.nextBytes(input);
        return input;
    }

    /// The beginning of one kept input and the end of another, with a few bytes changed.
    private static byte[] bred(List<byte[]> kept, SplittableRandom random) {
        byte[] one = kept.get(random.nextInt(kept.size()));
        byte[] other = kept.get(random.nextInt(kept.size()));
        int cut = random.nextInt(one.length + 1);
        int from = random.nextInt(other.length + 1);
        byte[] input = Arrays.copyOf(one, cut + other.length - from);
        System.arraycopy(other, from, input, cut, other.length - from);
        for (int i = random.nextInt(6); i > 0 && input.length > 0; i--) {
            input[random.nextInt(input.length)] = (byte) random.nextInt();
        }
        return input;
    }

    private static void run(FuzzTarget target, byte[] input, String origin) {
        try {
            assertTimeoutPreemptively(LONGEST, () -> target.run(input));
        } catch (Throwable failure) {
            throw new AssertionError(
                    origin + "; repeat it with: src/fuzz/run repeat " + target + " "
                            + Base64.getEncoder().encodeToString(input),
                    failure);
        }
    }
}

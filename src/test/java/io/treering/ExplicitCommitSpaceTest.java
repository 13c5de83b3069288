package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.MemoryBlockDevice;
import io.treering.testing.FailingDevice;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// With [CommitMode#EXPLICIT], any number of merges may pass between two commits. The file has room for the committed
/// tree, the newest, and the one that is being written, and no more but for the last step of its growth.
@Timeout(3600)
final class ExplicitCommitSpaceTest {
    private static final int ROUNDS = 4 * Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);
    private static final int KEYS = 60_000;

    /// The part of itself that a file grows by at once.
    private static final int STEP = 8;

    /// At least so much, and what is kept free for deletes.
    private static final long SLACK = 4 << 20;

    private static final PartitionConfig CONFIG = PartitionConfig.builder()
            .cacheSize(4 << 20)
            .writeBufferSize(1 << 20)
            .walMode(WalMode.NONE)
            .commitMode(CommitMode.EXPLICIT)
            .build();

    private static byte[] key(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i));
    }

    /// @param largeEvery every so many keys have a value in pages of its own, 0 for none
    private static byte[] value(int i, int round, int largeEvery) {
        boolean large = largeEvery != 0 && i % largeEvery == 0;
        byte[] value = new byte[large ? 5_000 + i % 90_000 : 150 + (i + round) % 100];
        new Random(i * 31L + round).nextBytes(value);
        return value;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 200})
    void theFileIsBoundedByThreeVersionsOfTheTree(int largeEvery) {
        FailingDevice device = new FailingDevice();
        Random random = new Random(SEED);
        try (Partition db = Partition.open(device, CONFIG)) {
            for (int i = 0; i < KEYS; i++) {
                db.put(key(i), value(i, 0, largeEvery));
            }
            db.flush();
            long committed = db.stats().liveBytes();
            long commits = db.stats().commits();
            long tree = committed;
            int merges = 0;
            for (int n = 0; n < ROUNDS * KEYS; n++) {
                int i = random.nextInt(KEYS);
                db.put(key(i), value(i, 1 + n / KEYS, largeEvery));
                if (n % 500 == 0) {
                    PartitionStats stats = db.stats();
                    tree = Math.max(tree, stats.liveBytes());
                    long bound = 3 * tree + 3 * tree / STEP + SLACK;
                    String where = "after " + n + " writes, seed " + SEED;
                    assertTrue(stats.fileBytes() <= bound, () -> where + ": over " + bound + ": " + stats);
                    merges++;
                }
            }
            assertEquals(commits, db.stats().commits());
            assertTrue(merges > 0 && tree > 10 << 20, "the test is too small: " + tree);
            CheckReport report = db.check();
            assertTrue(report.isClean(), report::toString);
        }
        // The committed tree is there as it was, whatever was written beside it.
        try (MemoryBlockDevice copy = device.copy();
                Partition db = Partition.open(copy, CONFIG)) {
            for (int i = 0; i < KEYS; i++) {
                assertArrayEquals(value(i, 0, largeEvery), db.get(key(i)));
            }
            assertTrue(db.check().isClean());
        }
    }
}

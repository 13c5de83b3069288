package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What churn leaves of a file.
final class SpaceTest {
    private static final long SLACK = 8 << 20;

    @TempDir
    Path directory;

    private static PartitionConfig config() {
        return PartitionConfig.builder()
                .cacheSize(2 << 20)
                .writeBufferSize(1 << 20)
                .walMode(WalMode.NONE)
                .build();
    }

    private static byte[] key(int i) {
        return "key-%07d".formatted(i).getBytes();
    }

    private static byte[] value(int i, int round) {
        byte[] value = new byte[i % 100 == 0 ? 20_000 : 150 + i % 100];
        new Random(i * 31L + round).nextBytes(value);
        return value;
    }

    /// The flusher gives space back when nothing else is to do; this waits for it.
    private static PartitionStats settled(Partition db) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        PartitionStats stats = db.stats();
        while (stats.fileBytes() > stats.liveBytes() * 3 / 2 + SLACK && System.nanoTime() < end) {
            LockSupport.parkNanos(20_000_000);
            stats = db.stats();
        }
        return stats;
    }

    private static void assertSettles(Partition db) {
        PartitionStats stats = settled(db);
        assertTrue(
                stats.fileBytes() <= stats.liveBytes() * 3 / 2 + SLACK,
                () -> stats.fileBytes() + " bytes of file for " + stats.liveBytes() + " live bytes");
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
    }

    @Test
    void afterRoundsOfOverwritingTheFileIsAtMostHalfAsLargeAgainAsItsContent() {
        int keys = 30_000;
        int rounds = 3 * Integer.getInteger("treering.test.scale", 1);
        Random random = new Random(5);
        int[] newest = new int[keys];
        try (Partition db = Partition.open(directory.resolve("db"), config())) {
            for (int round = 0; round < rounds; round++) {
                for (int n = 0; n < keys; n++) {
                    int i = random.nextInt(keys);
                    db.put(key(i), value(i, round));
                    newest[i] = round + 1;
                }
            }
            db.flush();
            assertSettles(db);
            for (int i = 0; i < keys; i++) {
                assertArrayEquals(newest[i] == 0 ? null : value(i, newest[i] - 1), db.get(key(i)));
            }
        }
    }

    @Test
    void deletingMostOfAStoreShrinksItsFile() {
        int keys = 40_000;
        try (Partition db = Partition.open(directory.resolve("db"), config())) {
            for (int i = 0; i < keys; i++) {
                db.put(key(i), value(i, 0));
            }
            db.flush();
            long before = db.stats().fileBytes();
            for (int i = 0; i < keys; i++) {
                if (i % 20 != 1) {
                    db.delete(key(i));
                }
            }
            db.flush();
            PartitionStats stats = settled(db);
            assertTrue(
                    stats.fileBytes() <= stats.liveBytes() * 3 / 2 + SLACK && stats.fileBytes() < before,
                    () -> stats.fileBytes() + " bytes of file, " + before + " before the deletes");
            CheckReport report = db.check();
            assertTrue(report.isClean(), report::toString);
            for (int i = 0; i < keys; i++) {
                assertArrayEquals(i % 20 != 1 ? null : value(i, 0), db.get(key(i)));
            }
        }
    }

    /// Beside its key, an empty value may be too long for a leaf. Then it has a run, which moves like any other.
    /// A step of the relocation that is as large as steps can be would find no room in it.
    @Test
    void aSmallStoreOfLargePagesShrinksItsFile() {
        PartitionConfig config = PartitionConfig.builder()
                .pageSize(32 << 10)
                .cacheSize(8 << 20)
                .writeBufferSize(1 << 20)
                .walMode(WalMode.NONE)
                .build();
        int keys = 16_000;
        byte[] value = new byte[3_000];
        try (Partition db = Partition.open(directory.resolve("db"), config)) {
            for (int i = 0; i < keys; i++) {
                db.put(key(i), value);
            }
            db.flush();
            // What stays lies at the file's end.
            for (int i = 0; i < keys * 6 / 10; i++) {
                db.delete(key(i));
            }
            db.flush();
            assertSettles(db);
        }
    }

    @Test
    void emptyValuesOfLongKeysMoveDownTheFile() {
        int keys = 8_000;
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(2 << 20)
                .writeBufferSize(1 << 20)
                .walMode(WalMode.NONE)
                .inlineValueLimit(1_024)
                .build();
        try (Partition db = Partition.open(directory.resolve("db"), config)) {
            for (int i = 0; i < keys; i++) {
                db.put(longKey(i), new byte[0]);
            }
            db.flush();
            for (int i = 0; i < keys; i++) {
                if (i % 8 != 1) {
                    db.delete(longKey(i));
                }
            }
            db.flush();
            PartitionStats stats = settled(db);
            assertTrue(stats.fileBytes() <= stats.liveBytes() * 3 / 2 + SLACK, stats::toString);
            db.flush();
            CheckReport report = db.check();
            assertTrue(report.isClean(), report::toString);
            for (int i = 0; i < keys; i++) {
                assertArrayEquals(i % 8 != 1 ? null : new byte[0], db.get(longKey(i)));
            }
        }
    }

    private static byte[] longKey(int i) {
        return Arrays.copyOf(key(i), 1_024);
    }
}

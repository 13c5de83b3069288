package io.treering.filesystem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.Scan;
import io.treering.WalMode;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A file system of the kernel's on a disk that cannot read some of what is on it, once or for good: what a store
/// answers is right, or it says that it cannot.
@Timeout(3600)
final class UnreadableDiskTest {
    private static final long SEED = Long.getLong("treering.test.seed", 4_711);
    private static final int ROUNDS = 8 * Integer.getInteger("treering.test.scale", 1);
    private static final int BATCHES = 200;

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final NavigableMap<byte[], byte[]> expected = NumberedWrites.after(BATCHES);

    /// Answers that came, and exceptions that came in place of one.
    private int answers;

    private int refusals;

    @ParameterizedTest
    @CsvSource({"EXT4,AUTO", "EXT4,CHANNEL", "XFS,AUTO", "XFS,PREAD"})
    void whatIsReadIsRightOrRefused(FileSystem kind, IoBackend backend) throws Exception {
        MountedDisk.require(kind);
        PartitionConfig config = NumberedWrites.config(WalMode.BATCHED, backend);
        try (MountedDisk mounted = new MountedDisk(directory, kind)) {
            Path store = mounted.directory().resolve("db");
            mounted.mount();
            try (Partition db = Partition.open(store, config)) {
                for (int number = 1; number <= BATCHES; number++) {
                    db.write(NumberedWrites.batch(number));
                }
            }
            mounted.unmount();
            for (int round = 0; round < ROUNDS; round++) {
                // Nothing of the store is in memory after that.
                mounted.mount();
                readWhileItFails(mounted.disk(), store, config, round % 2 == 0);
                try (Partition db = Partition.open(store, config)) {
                    String where = "treering.test.seed=" + SEED + ", round " + round;
                    assertTrue(NumberedWrites.verify(db, BATCHES, BATCHES, where) == BATCHES, where);
                }
                mounted.unmount();
            }
        }
        assertTrue(answers > 0 && refusals > 0, answers + " answers, " + refusals + " refusals");
    }

    /// @param whenOpen whether the disk fails only once the store is open
    private void readWhileItFails(RecordedDisk disk, Path store, PartitionConfig config, boolean whenOpen) {
        long failures = random.nextBoolean() ? 1 : Integer.MAX_VALUE;
        if (!whenOpen) {
            disk.failReadsAfter(random.nextInt(12), failures);
        }
        try (Partition db = Partition.open(store, config)) {
            if (whenOpen) {
                disk.failReadsAfter(random.nextInt(40), failures);
            }
            for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
                get(db, entry);
            }
            scan(db);
            disk.repair();
            // What has failed may be tried again.
            for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
                assertArrayEquals(entry.getValue(), db.get(entry.getKey()));
            }
        } catch (IoFailureException unopened) {
            refusals++;
        } finally {
            disk.repair();
        }
    }

    private void get(Partition db, Map.Entry<byte[], byte[]> entry) {
        try {
            byte[] found = db.get(entry.getKey());
            assertArrayEquals(entry.getValue(), found);
            answers++;
        } catch (IoFailureException refused) {
            refusals++;
        }
    }

    private void scan(Partition db) {
        try (Scan scan = db.scan()) {
            for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
                assertTrue(scan.advance());
                assertArrayEquals(entry.getKey(), scan.key().toByteArray());
                assertArrayEquals(entry.getValue(), scan.value().toByteArray());
            }
            assertFalse(scan.advance());
            answers++;
        } catch (IoFailureException refused) {
            refusals++;
        }
    }
}

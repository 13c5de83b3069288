package io.treering.filesystem;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.PoisonedException;
import io.treering.WalMode;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A file system of the kernel's on a disk that fails a write or a flush, once or for good: what the kernel makes of
/// that differs from system to system, and so does what it tells a program. Acknowledged writes survive all of it.
@Timeout(3600)
final class FailingDiskTest {
    private static final long SEED = Long.getLong("treering.test.seed", 4_711);
    private static final int ROUNDS = 4 * Integer.getInteger("treering.test.scale", 1);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"EXT4,AUTO", "EXT4,CHANNEL", "XFS,AUTO", "XFS,CHANNEL"})
    void whatWasAcknowledgedIsThereWhenTheDiskWorksAgain(FileSystem kind, IoBackend backend) throws Exception {
        MountedDisk.require(kind);
        PartitionConfig config = NumberedWrites.config(WalMode.SYNC, backend);
        SplittableRandom random = new SplittableRandom(SEED);
        int failures = 0;
        try (MountedDisk mounted = new MountedDisk(directory, kind)) {
            Path store = mounted.directory().resolve("db");
            int last = 0;
            for (int round = 0; round < ROUNDS; round++) {
                String where = "treering.test.seed=" + SEED + ", round " + round;
                mounted.mount();
                AtomicInteger begun = new AtomicInteger(last);
                mounted.disk().failAfter(random.nextInt(400), random.nextBoolean() ? 1 : Integer.MAX_VALUE);
                int promised = writeUntilItFails(store, config, begun);
                failures += mounted.disk().repair() ? 1 : 0;
                mounted.unmount();
                mounted.mount();
                try (Partition db = Partition.open(store, config)) {
                    last = NumberedWrites.verify(db, promised, begun.get(), where);
                }
                mounted.unmount();
            }
        }
        assertTrue(failures > 0, "the disk never failed: treering.test.seed=" + SEED);
    }

    /// @return the last batch that was acknowledged
    private static int writeUntilItFails(Path store, PartitionConfig config, AtomicInteger begun) {
        int promised = begun.get();
        int end = promised + 120;
        try (Partition db = Partition.open(store, config)) {
            while (promised < end) {
                db.write(NumberedWrites.batch(begun.incrementAndGet()));
                promised = begun.get();
            }
        } catch (IoFailureException | PoisonedException failed) {
            return promised;
        }
        return promised;
    }
}

package io.treering.filesystem;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.PoisonedException;
import io.treering.TreeringException;
import io.treering.WalMode;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A file system that is shut down under a store (`FS_IOC_SHUTDOWN`, what ext4 and xfs do by themselves when their disk
/// fails): from one moment on, all I/O fails.
@Timeout(3600)
final class ShutDownFileSystemTest {
    private static final long SEED = Long.getLong("treering.test.seed", 4_711);
    private static final int ROUNDS = 3 * Integer.getInteger("treering.test.scale", 1);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"ext4,AUTO", "ext4,CHANNEL", "xfs,AUTO", "xfs,PREAD"})
    void writesFailAndWhatWasAcknowledgedIsThereAfterwards(String type, IoBackend backend) throws Exception {
        PartitionConfig config = NumberedWrites.config(WalMode.SYNC, backend);
        SplittableRandom random = new SplittableRandom(SEED);
        try (LoopDisk disk = new LoopDisk(directory, type)) {
            int last = 0;
            for (int round = 0; round < ROUNDS; round++) {
                Shutdown mode = Shutdown.values()[round % 3];
                String where = "treering.test.seed=" + SEED + ", round " + round + ", " + mode;
                AtomicInteger begun = new AtomicInteger(last);
                int promised = writeUntilItFails(disk, config, random, begun, mode, where);
                disk.unmount();
                disk.mount();
                try (Partition db = Partition.open(disk.directory().resolve("db"), config)) {
                    last = NumberedWrites.verify(db, promised, begun.get(), where);
                }
            }
        }
    }

    /// @return the last batch that was acknowledged
    private static int writeUntilItFails(
            LoopDisk disk,
            PartitionConfig config,
            SplittableRandom random,
            AtomicInteger begun,
            Shutdown mode,
            String where) {
        int promised = begun.get();
        int end = promised + 5 + random.nextInt(60);
        boolean failed = false;
        try (Partition db = Partition.open(disk.directory().resolve("db"), config)) {
            // A file system that is gone takes no write for good; a flush does not help either.
            for (int more = 0; more < 200; ) {
                if (promised >= end && more++ == 0) {
                    mode.shutDown(disk.directory());
                }
                try {
                    db.write(NumberedWrites.batch(begun.incrementAndGet()));
                    promised = begun.get();
                } catch (IoFailureException | PoisonedException e) {
                    failed = true;
                    break;
                }
            }
            read(db);
        } catch (IoFailureException | PoisonedException e) {
            failed = true;
        }
        assertTrue(failed, where + ": writes went on");
        return promised;
    }

    /// What is asked for is answered, or refused with a reason.
    private static void read(Partition db) {
        try {
            assertTrue(db.get("last".getBytes(java.nio.charset.StandardCharsets.US_ASCII)) != null);
        } catch (TreeringException e) {
            assertTrue(e instanceof IoFailureException, e::toString);
        }
    }
}

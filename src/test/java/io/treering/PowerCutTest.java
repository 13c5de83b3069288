package io.treering;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The power goes at any I/O of a working partition, or of its recovery, several times in a row: writes that were not
/// synced are kept, dropped and torn by sector in any combination. What is left is a prefix of what was written, and
/// reaches as far as the WAL mode promises.
final class PowerCutTest {
    private static final int STORES = 25 * Integer.getInteger("treering.test.scale", 1);
    private static final int CUTS_A_STORE = 4;
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    @ParameterizedTest
    @EnumSource(WalMode.class)
    void whatAPowerCutLeavesIsAPrefixAndLongEnough(WalMode mode) {
        for (long seed = SEED; seed < SEED + STORES; seed++) {
            Random random = new Random(seed);
            CrashDevice disk = CrashDevice.create(4096, seed);
            WrittenPrefix prefix = new WrittenPrefix();
            for (int cut = 0; cut < CUTS_A_STORE; cut++) {
                String where = "seed " + seed + ", cut " + cut + ", mode " + mode;
                CrashDevice running = disk.with(CrashFaults.none().withPowerCutAt(1 + random.nextInt(600)));
                Progress progress = new Progress(prefix.last());
                writeUntilTheCut(running, mode, progress, random);
                disk = running.afterPowerCut();
                long promised = mode == WalMode.SYNC ? progress.done : progress.durable;
                verify(disk, prefix, promised, progress.done + 1, where);
            }
        }
    }

    private static final class Progress {
        long done;
        long durable;

        Progress(long start) {
            done = start;
            durable = start;
        }
    }

    private static void writeUntilTheCut(CrashDevice disk, WalMode mode, Progress progress, Random random) {
        try (Partition db = Partition.open(disk, KillChild.config(mode))) {
            while (!disk.isDead()) {
                KillChild.write(db, progress.done + 1);
                progress.done++;
                int dice = random.nextInt(100);
                if (dice == 0) {
                    db.sync();
                    progress.durable = progress.done;
                } else if (dice == 1) {
                    db.flush();
                    progress.durable = progress.done;
                }
            }
        } catch (RuntimeException e) {
            if (!disk.isDead()) {
                throw e;
            }
        }
    }

    /// Looks at a copy, so that the next cut hits the recovery of what this one left.
    private static void verify(CrashDevice disk, WrittenPrefix prefix, long promised, long begun, String where) {
        try (Partition db = Partition.open(disk.with(CrashFaults.none()), KillChild.config(WalMode.NONE))) {
            prefix.verify(db, promised, begun, where);
        } catch (RuntimeException e) {
            throw new AssertionError(where, e);
        }
    }
}

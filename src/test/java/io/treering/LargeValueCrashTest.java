package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A large value goes to its run when it is put, and the file may grow for it. The commit that a recovery begins with
/// used to cut the file off at the size that the last commit knew, and the run with it: an acknowledged value was lost.
class LargeValueCrashTest {
    private static final PartitionConfig CONFIG = PartitionConfig.builder()
            .walMode(WalMode.SYNC)
            .writeBufferSize(1 << 20)
            .cacheSize(1 << 20)
            .build();

    private static final byte[] KEY = {7};

    @Test
    void anAcknowledgedValueForWhichTheFileGrewSurvivesThePowerCut() {
        byte[] value = randomBytes(12 << 20);
        CrashDevice disk = CrashDevice.create(4096, 1);
        CrashDevice afterwards;
        try (Partition db = Partition.open(disk, CONFIG)) {
            db.put(KEY, value);
            // Only what was synced.
            afterwards = disk.with(CrashFaults.none());
        }
        assertHolds(afterwards, value);
    }

    @Test
    void itSurvivesOneCrashAfterAnother() {
        byte[] value = randomBytes(6 << 20);
        CrashDevice disk = CrashDevice.create(4096, 2);
        CrashDevice afterwards;
        try (Partition db = Partition.open(disk, CONFIG)) {
            db.put(KEY, value);
            afterwards = disk.with(CrashFaults.none());
        }
        for (int crash = 0; crash < 3; crash++) {
            CrashDevice recovering = afterwards.with(CrashFaults.none());
            try (Partition db = Partition.open(recovering, CONFIG)) {
                assertArrayEquals(value, db.get(KEY));
                afterwards = recovering.with(CrashFaults.none());
            }
        }
        assertHolds(afterwards, value);
    }

    /// A value that is put over and over has a run each time, and the log names all of them. A replay that merges
    /// several times before it commits must leave them alone: it may be cut off, and the next one reads them again.
    @Test
    void runsThatALogNamesAreLeftAloneUntilTheReplayIsCommitted() {
        CrashDevice disk = CrashDevice.create(4096, 3);
        CrashDevice crashed;
        int rounds = 30;
        int smallKeys = 60;
        byte[] value = randomBytes(100_000);
        PartitionConfig logging = PartitionConfig.builder()
                .walMode(WalMode.SYNC)
                .walSize(16 << 20)
                .writeBufferSize(2 << 20)
                .cacheSize(1 << 20)
                .build();
        try (Partition db = Partition.open(disk, logging)) {
            long commits = db.stats().commits();
            for (int round = 0; round < rounds; round++) {
                value[0] = (byte) round;
                db.put(KEY, value);
                for (int i = 0; i < smallKeys; i++) {
                    db.put(new byte[] {1, (byte) i}, new byte[400 + round]);
                }
            }
            assertEquals(commits, db.stats().commits(), "the buffer was merged: there is nothing to replay");
            crashed = disk.with(CrashFaults.none());
        }
        PartitionConfig replaying = PartitionConfig.builder()
                .walMode(WalMode.NONE)
                .commitMode(CommitMode.EXPLICIT)
                .writeBufferSize(64 << 10)
                .cacheSize(1 << 20)
                .build();
        boolean dead = true;
        for (int operation = 1; dead; operation += 3) {
            CrashDevice recovering = crashed.with(CrashFaults.none().withPowerCutAt(operation));
            try (Partition db = Partition.open(recovering, replaying)) {
                assertArrayEquals(value, db.get(KEY));
            } catch (RuntimeException e) {
                if (!recovering.isDead()) {
                    throw e;
                }
            }
            dead = recovering.isDead();
            int cut = operation;
            try (Partition db = Partition.open(recovering.afterPowerCut(), replaying)) {
                assertArrayEquals(value, db.get(KEY), () -> "cut in operation " + cut);
                for (int i = 0; i < smallKeys; i++) {
                    assertEquals(399 + rounds, db.get(new byte[] {1, (byte) i}, new byte[0]), () -> "cut in " + cut);
                }
                assertTrue(db.check().isClean(), () -> db.check().toString());
            }
        }
    }

    /// After a sync that failed, the operating system may show a value that the disk does not have, and call the next
    /// sync a success.
    @Test
    void whatAnOpeningFoundAfterAFailedSyncSurvivesThePowerCut() {
        byte[] value = randomBytes(300 << 10);
        int found = 0;
        for (int operation = 1; operation < 40; operation++) {
            CrashDevice disk = CrashDevice.create(4096, operation);
            CrashDevice failing = disk.with(CrashFaults.none().withFailureAt(operation, false));
            try (Partition db = Partition.open(failing, CONFIG)) {
                db.put(KEY, value);
            } catch (TreeringException e) {
                assertTrue(String.valueOf(e.getMessage()).contains("EIO"), e::getMessage);
            }
            CrashDevice reopened = failing.afterKill();
            byte[] seen;
            try (Partition db = Partition.open(reopened, CONFIG)) {
                seen = db.get(KEY);
            }
            found += seen == null ? 0 : 1;
            for (int cut = 0; cut < 10; cut++) {
                try (Partition db = Partition.open(reopened.afterPowerCut(cut), CONFIG)) {
                    assertArrayEquals(seen, db.get(KEY), "operation " + operation + ", cut " + cut);
                    assertTrue(db.check().isClean(), () -> db.check().toString());
                }
            }
        }
        assertTrue(found > 0, "the value was never there");
    }

    /// A batch with a run that did not reach the disk is not replayed. Its other runs are, and must not be held for it.
    @Test
    void aBatchThatIsNotReplayedForWantOfOneRunHoldsNoOther() {
        CrashDevice disk = CrashDevice.create(4096, 4);
        CrashDevice crashed;
        try (Partition db = Partition.open(disk, CONFIG)) {
            WriteBatch batch = new WriteBatch();
            for (byte each = 1; each <= 3; each++) {
                batch.put(new byte[] {each}, valueOf(each, 300 << 10));
            }
            db.write(batch);
            crashed = disk.with(CrashFaults.none());
        }
        crashed.zero(lastPageWith((byte) 3, crashed), 4096);
        try (Partition db = Partition.open(crashed, CONFIG)) {
            assertNull(db.get(new byte[] {1}));
            CheckReport report = db.check();
            assertTrue(report.isClean(), report::toString);
        }
    }

    private static byte[] valueOf(int each, int length) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) each);
        return value;
    }

    private static long lastPageWith(byte each, CrashDevice disk) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(4096, 4096);
            MemorySegment wanted = arena.allocate(4096, 4096).fill(each);
            for (long at = disk.size() - 4096; at >= 0; at -= 4096) {
                disk.read(at, page);
                if (page.mismatch(wanted) < 0) {
                    return at;
                }
            }
        }
        throw new AssertionError("no page is full of " + each);
    }

    private static void assertHolds(CrashDevice disk, byte[] value) {
        try (Partition db = Partition.open(disk, CONFIG)) {
            assertArrayEquals(value, db.get(KEY));
            assertTrue(db.check().isClean(), () -> db.check().toString());
        }
    }

    private static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}

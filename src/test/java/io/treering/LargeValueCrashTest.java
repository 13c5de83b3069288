package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
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

package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.device.MemoryBlockDevice;
import io.treering.testing.ChildProcess;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import io.treering.testing.FailingDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The one number that says how much memory a partition takes.
@Timeout(3600)
final class MemoryNumberTest {
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);
    private static final int ROUNDS = 20 * Integer.getInteger("treering.test.scale", 1);
    private static final long MIB = 1 << 20;

    /// What a process may have beside the partition's number and the heap, which is touched before the partition is
    /// opened: compiled code and the compiler's memory, classes, stacks.
    private static final long BESIDES = 40 * MIB;

    @TempDir
    Path directory;

    private static PartitionConfig.Builder config() {
        return PartitionConfig.builder()
                .cacheSize(MIB)
                .writeBufferSize(64 << 10)
                .walMode(WalMode.NONE);
    }

    private static long memory(Partition db) {
        return db.stats().memoryBytes();
    }

    @Test
    void aLargeValueCountsWhileItIsLookedAt() {
        byte[] value = new byte[3_000_000];
        try (Partition db = Partition.open(new FailingDevice(), config().build())) {
            db.put(bytes("a"), value);
            db.put(bytes("b"), new byte[10]);
            db.flush();
            // What stays once it was needed is there now.
            try (Scan scan = db.scan()) {
                assertTrue(scan.advance());
                assertEquals(value.length, scan.value().length());
            }
            long before = memory(db);
            long during = db.<Long, RuntimeException>read(bytes("a"), slice -> memory(db));
            assertCounts(before + value.length, during);
            assertEquals(before, memory(db));
            try (Scan scan = db.scan()) {
                assertTrue(scan.advance());
                assertEquals(before, memory(db));
                assertEquals(value.length, scan.value().length());
                assertCounts(before + value.length, memory(db));
                assertTrue(scan.advance());
                assertEquals(before, memory(db));
            }
            Cursor cursor = db.cursor();
            assertTrue(cursor.first());
            assertEquals(value.length, cursor.value().length());
            assertCounts(before + value.length, memory(db));
            cursor.close();
            assertEquals(before, memory(db));
        }
    }

    /// Up to the end of the last page.
    private static void assertCounts(long expected, long counted) {
        assertTrue(counted >= expected && counted < expected + 4_096, () -> counted + " for " + expected);
    }

    @Test
    void aReplayGivesItsMemoryBack() {
        PartitionConfig config =
                config().walMode(WalMode.SYNC).walSize(16 * MIB).build();
        CrashDevice disk = CrashDevice.create(4096, SEED);
        CrashDevice crashed;
        long clean;
        try (Partition db = Partition.open(disk, config)) {
            clean = memory(db);
            db.put(bytes("key"), bytes("value"));
            crashed = disk.with(CrashFaults.none());
        }
        try (Partition db = Partition.open(crashed, config)) {
            assertNotNull(db.get(bytes("key")));
            long replayed = memory(db);
            // The replayed entries took a second buffer, and their merge its slabs; a group of the log is larger.
            assertTrue(replayed < clean + MIB, () -> replayed + " after a replay, " + clean + " without one");
        }
    }

    @Test
    void theDevicesMemoryCounts() {
        MemoryBlockDevice device = MemoryBlockDevice.create();
        try (Partition db = Partition.open(device, config().build())) {
            assertTrue(memory(db) >= MIB + device.memoryBytes());
            long before = memory(db);
            db.put(bytes("key"), new byte[(int) (8 * MIB)]);
            long grown = memory(db) - before;
            assertTrue(grown >= 8 * MIB && grown < 10 * MIB, () -> grown + " for a value of 8 MiB in memory");
        }
    }

    @Test
    void theBookkeepingOfPagesAndFramesCounts() {
        long few;
        long many;
        try (Partition db = Partition.open(new FailingDevice(), config().build())) {
            few = memory(db);
        }
        try (Partition db =
                Partition.open(new FailingDevice(), config().cacheSize(5 * MIB).build())) {
            many = memory(db);
        }
        long frames = 4 * MIB / 4_096;
        assertEquals(4 * MIB + 12 * frames, many - few);
    }

    /// On the whole process, where everything counts that was forgotten.
    @Test
    void aProcessTakesNoMoreThanTheNumberAndAConstant() throws Exception {
        if (!Files.isReadable(Path.of("/proc/self/status"))) {
            assumeTrue(false, "there is no /proc/self/status");
        }
        List<String> lines = new ChildProcess()
                .options("-Xms192m", "-Xmx192m", "-XX:+AlwaysPreTouch")
                .run(MemoryChild.class, directory.resolve("store"), SEED, ROUNDS);
        int samples = 0;
        long most = 0;
        for (String line : lines) {
            String[] words = line.split(" ");
            if (words[0].equals("sample") || words[0].equals("peak")) {
                samples++;
                long resident = Long.parseLong(words[1]);
                long number = Long.parseLong(words[2]);
                most = Math.max(most, resident - number);
                assertTrue(
                        resident <= number + BESIDES,
                        () -> words[0] + ": " + resident + " bytes are resident, " + number + " are counted, seed "
                                + SEED);
            }
        }
        System.out.println("MemoryNumberTest: " + (most >> 10) + " KiB at most were resident beyond the number, "
                + (BESIDES >> 10) + " are allowed; " + lines.get(lines.size() - 2));
        assertEquals(ROUNDS + 1, samples);
    }
}

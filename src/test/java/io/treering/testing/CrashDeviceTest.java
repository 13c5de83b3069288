package io.treering.testing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoFailureException;
import io.treering.NoSpaceException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The disk that other tests trust must itself lose what it may lose, and keep what it must.
class CrashDeviceTest {
    private static final int BLOCK = 4096;
    private static final int SECTORS = BLOCK / CrashDevice.SECTOR;

    private final CrashDevice disk = CrashDevice.create(BLOCK, 1);

    CrashDeviceTest() {
        disk.grow(16 * BLOCK);
        disk.sync();
    }

    private static MemorySegment block(int content) {
        return Arena.ofAuto().allocate(BLOCK, BLOCK).fill((byte) content);
    }

    /// The sectors of a block, each of which holds one value all over.
    private static String sectors(BlockDevice device, int position) {
        MemorySegment block = block(0);
        device.read((long) position * BLOCK, block);
        StringBuilder contents = new StringBuilder();
        for (int sector = 0; sector < SECTORS; sector++) {
            byte[] bytes = block.asSlice((long) sector * CrashDevice.SECTOR, CrashDevice.SECTOR)
                    .toArray(JAVA_BYTE);
            for (byte b : bytes) {
                assertEquals(bytes[0], b, "a sector is whole");
            }
            contents.append(bytes[0]);
        }
        return contents.toString();
    }

    @Test
    void whatWasSyncedSurvivesAndWhatIsReadIsTheNewest() {
        disk.write(0, block(1));
        disk.sync();
        disk.write(BLOCK, block(2));
        assertEquals("22222222", sectors(disk, 1));
        for (int outcome = 0; outcome < 50; outcome++) {
            assertEquals("11111111", sectors(disk.afterPowerCut(outcome), 0));
        }
    }

    @Test
    void eachSectorThatWasNotSyncedMayHoldAnyOfItsVersions() {
        disk.write(0, block(1));
        disk.sync();
        disk.write(0, block(2));
        disk.write(0, block(3));
        Set<String> outcomes = new HashSet<>();
        for (int outcome = 0; outcome < 500; outcome++) {
            outcomes.add(sectors(disk.afterPowerCut(outcome), 0));
        }
        assertTrue(outcomes.contains("11111111"), "all lost");
        assertTrue(outcomes.stream().anyMatch(s -> !s.contains("1")), "all kept");
        assertTrue(outcomes.stream().anyMatch(s -> s.contains("1") && s.contains("2") && s.contains("3")), "torn");
        assertTrue(outcomes.size() > 100, outcomes.size() + " outcomes");
    }

    @Test
    void ofSeveralVersionsASyncKeepsTheNewest() {
        disk.write(0, block(1));
        disk.write(0, block(2));
        disk.sync();
        assertEquals("22222222", sectors(disk.afterPowerCut(), 0));
    }

    @Test
    void anotherDeviceOnTheSameMediumHasTheSizeThatIsThere() {
        disk.grow(32 * BLOCK);
        assertEquals(16 * BLOCK, disk.with(CrashFaults.none()).size());
        disk.sync();
        assertEquals(32 * BLOCK, disk.with(CrashFaults.none()).size());
    }

    @Test
    void theSizeIsDurableAfterASyncOnly() {
        disk.grow(32 * BLOCK);
        Set<Long> sizes = new HashSet<>();
        for (int outcome = 0; outcome < 50; outcome++) {
            sizes.add(disk.afterPowerCut(outcome).size());
        }
        assertEquals(Set.of(16L * BLOCK, 32L * BLOCK), sizes);
    }

    @Test
    void nothingIsToBeHadFromADeadDisk() {
        CrashDevice cut = disk.with(CrashFaults.none().withPowerCutAt(2));
        cut.write(0, block(1));
        assertThrows(PowerCut.class, cut::sync);
        assertThrows(PowerCut.class, () -> cut.read(0, block(0)));
        assertThrows(PowerCut.class, () -> cut.write(0, block(2)));
        assertTrue(cut.isDead());
        assertEquals(2, cut.operations());
    }

    /// As seen on Linux: the second sync returns, reads show the new data, and the disk has the old.
    @Test
    void aSyncThatIsTriedAgainProvesNothing() {
        CrashDevice failing = failedSync();
        failing.sync();
        assertEquals("11111111", sectors(failing, 0));
        Set<String> outcomes = new HashSet<>();
        for (int outcome = 0; outcome < 50; outcome++) {
            outcomes.add(sectors(failing.afterPowerCut(outcome), 0));
        }
        assertTrue(outcomes.contains("00000000"), "lost in spite of the second sync");
    }

    @Test
    void whatIsWrittenAgainAfterAFailureCanBeReadAndSynced() {
        CrashDevice failing = failedSync();
        failing.write(0, block(2));
        assertEquals("22222222", sectors(failing, 0));
        failing.sync();
        for (int outcome = 0; outcome < 50; outcome++) {
            assertEquals("22222222", sectors(failing.afterPowerCut(outcome), 0));
        }
    }

    private CrashDevice failedSync() {
        CrashDevice failing = disk.with(CrashFaults.none().withFailureAt(2, false));
        failing.write(0, block(1));
        assertThrows(IoFailureException.class, failing::sync);
        return failing;
    }

    @Test
    void aSubmittedWriteReadsItsMemoryWhenItTakesEffect() {
        int late = 0;
        for (int i = 0; i < 20; i++) {
            MemorySegment memory = block(1);
            IoOperation write = disk.submitWrite(0, memory);
            memory.fill((byte) 2);
            write.await();
            assertTrue(write.isDone());
            late += sectors(disk, 0).equals("22222222") ? 1 : 0;
        }
        assertTrue(late > 0, "memory that is reused too early shows");
    }

    @Test
    void aWriteUnderWayMayOrMayNotSurviveEvenASync() {
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            CrashDevice one = CrashDevice.create(BLOCK, seed);
            one.grow(BLOCK);
            one.sync();
            IoOperation _ = one.submitWrite(0, block(1));
            one.sync();
            outcomes.add(sectors(one.afterPowerCut(), 0));
        }
        assertTrue(outcomes.contains("00000000") && outcomes.contains("11111111"), outcomes::toString);
    }

    @Test
    void anotherProcessSeesWhatAKilledOneWroteAndCanLoseItStill() {
        disk.write(0, block(1));
        CrashDevice next = disk.afterKill();
        assertEquals("11111111", sectors(next, 0));
        Set<String> outcomes = new HashSet<>();
        for (int outcome = 0; outcome < 50; outcome++) {
            outcomes.add(sectors(next.afterPowerCut(outcome), 0));
        }
        assertTrue(outcomes.contains("00000000"), "nobody has synced");
    }

    @Test
    void thereIsNoRoomBeyondTheCapacity() {
        CrashDevice small = disk.with(CrashFaults.none().withCapacity(20 * BLOCK));
        small.grow(20 * BLOCK);
        assertThrows(NoSpaceException.class, () -> small.grow(21 * BLOCK));
        assertEquals(20 * BLOCK, small.size());
    }

    @Test
    void whatIsCutOffOrDiscardedReadsAsZeros() {
        disk.write(15 * BLOCK, block(1));
        disk.write(0, block(2));
        disk.sync();
        disk.truncate(15 * BLOCK);
        disk.grow(16 * BLOCK);
        disk.discard(0, BLOCK);
        disk.sync();
        assertEquals("00000000", sectors(disk, 15));
        assertEquals("00000000", sectors(disk, 0));
        assertEquals("00000000", sectors(disk.afterPowerCut(), 15));
    }

    @Test
    void theSameSeedAndTheSameOperationsLeaveTheSameTrace() {
        assertEquals(trace(1), trace(1));
        assertTrue(trace(1) != trace(2));
    }

    private static long trace(int position) {
        CrashDevice one = CrashDevice.create(BLOCK, 9);
        one.grow(4 * BLOCK);
        one.write((long) position * BLOCK, block(1));
        one.sync();
        return one.trace();
    }
}

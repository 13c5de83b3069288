package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import io.treering.testing.FailingDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The region of the write-ahead log follows the settings at each opening, whatever happens meanwhile.
@Timeout(3600)
final class LogRegionTest {
    private static final int STORES = 10 * Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);
    private static final int KIB = 1 << 10;

    @TempDir
    Path directory;

    private static PartitionConfig config(WalMode mode, long walSize) {
        return PartitionConfig.builder()
                .cacheSize(256 * KIB)
                .writeBufferSize(64 * KIB)
                .walMode(mode)
                .walSize(walSize)
                .build();
    }

    private static void assertClean(Partition db) {
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
    }

    @Test
    void theRegionHasTheSizeThatTheLastOpeningAskedFor() {
        FailingDevice device = new FailingDevice();
        long withoutLog = 0;
        int round = 0;
        for (long walSize : new long[] {0, 1024 * KIB, 256 * KIB, 256 * KIB, 3000 * KIB, 0, 0, 300 * KIB + 5, 0}) {
            WalMode mode = walSize == 0 ? WalMode.NONE : WalMode.SYNC;
            try (Partition db = Partition.open(device, config(mode, Math.max(walSize, 256 * KIB)))) {
                long rounded = (walSize + 4095) / 4096 * 4096;
                PartitionStats stats = db.stats();
                assertEquals(rounded, stats.walCapacity());
                withoutLog = round == 0 ? stats.liveBytes() : withoutLog;
                assertEquals(withoutLog + rounded, stats.liveBytes() - treeBytes(round));
                for (int i = 0; i < round; i++) {
                    assertArrayEquals(bytes("value " + i), db.get(bytes("key " + i)));
                }
                db.put(bytes("key " + round), bytes("value " + round));
                round++;
                assertClean(db);
            }
        }
    }

    /// A leaf, once there is an entry.
    private static long treeBytes(int entries) {
        return entries == 0 ? 0 : 4096;
    }

    @Test
    void changingTheSizeOverAndOverTakesNoMoreRoomThanTheTwoRegions() {
        FailingDevice device = new FailingDevice();
        long most = 0;
        for (int round = 0; round < 20; round++) {
            try (Partition db = Partition.open(device, config(WalMode.BATCHED, (1 + round % 2) * 1024L * KIB))) {
                db.put(bytes("key"), bytes("value " + round));
                assertClean(db);
            }
            most = round < 4 ? Math.max(most, device.size()) : most;
            assertTrue(device.size() <= most, () -> "the file grew to " + device.size());
        }
    }

    @Test
    void whereThereIsNoRoomForTwoRegionsTheOldOneStays() {
        FailingDevice device = new FailingDevice();
        try (Partition db = Partition.open(device, config(WalMode.SYNC, 512 * KIB))) {
            db.put(bytes("key"), bytes("value"));
        }
        device.limit(device.size());
        for (long walSize : new long[] {8192 * KIB, 512 * KIB, 4096 * KIB}) {
            try (Partition db = Partition.open(device, config(WalMode.SYNC, walSize))) {
                assertEquals(512 * KIB, db.stats().walCapacity());
                assertArrayEquals(bytes("value"), db.get(bytes("key")));
                db.put(bytes("another"), bytes("value"));
                assertClean(db);
            }
        }
        device.limit(Long.MAX_VALUE);
        try (Partition db = Partition.open(device, config(WalMode.SYNC, 8192 * KIB))) {
            assertEquals(8192 * KIB, db.stats().walCapacity());
        }
    }

    /// The account of the pages interrupts the file every two gibibytes.
    @Test
    void aRegionIsNoLargerThanAPieceOfTheFileCanBe() {
        FailingDevice device = new FailingDevice();
        device.limit(8L << 30);
        PartitionConfig large = config(WalMode.SYNC, 3L << 30);
        for (int round = 0; round < 3; round++) {
            try (Partition db = Partition.open(device, large)) {
                long capacity = db.stats().walCapacity();
                assertTrue(capacity > 1900L << 20 && capacity < 2L << 30, () -> "a log of " + capacity + " bytes");
                db.put(bytes("key " + round), bytes("value"));
                assertClean(db);
            }
            assertTrue(device.size() < 5L << 30, () -> "the file grew to " + device.size());
        }
    }

    /// What the log holds is replayed from the region that it was written to.
    @Test
    void theSettingsMayChangeBetweenACrashAndTheNextOpening() {
        CrashDevice disk = CrashDevice.create(4096, SEED);
        for (int round = 0; round < 12; round++) {
            WalMode mode = round % 4 == 3 ? WalMode.NONE : WalMode.SYNC;
            CrashDevice running = disk.with(CrashFaults.none());
            Partition db = Partition.open(running, config(mode, (256L + 256 * (round % 3)) * KIB));
            for (int i = 0; i < round; i++) {
                assertArrayEquals(new byte[1000 + i], db.get(bytes("key " + i)));
            }
            db.put(bytes("key " + round), new byte[1000 + round]);
            db.sync();
            assertClean(db);
            disk = running.with(CrashFaults.none());
            db.close();
        }
    }

    /// What a region still holds of a log that was closed in order is not looked at.
    @ParameterizedTest
    @EnumSource(WalMode.class)
    void aReadOnlyOpeningOfAStoreThatWasClosedShowsAllOfItAndWritesNothing(WalMode mode) throws IOException {
        Path store = directory.resolve("store");
        try (Partition db = Partition.open(store, config(mode, 256 * KIB))) {
            db.put(bytes("key"), bytes("value"));
        }
        byte[] before = Files.readAllBytes(store.resolve("data.treering"));
        PartitionConfig reading =
                PartitionConfig.builder().walMode(mode).readOnly(true).build();
        try (Partition db = Partition.open(store, reading)) {
            assertArrayEquals(bytes("value"), db.get(bytes("key")));
            assertClean(db);
        }
        assertArrayEquals(before, Files.readAllBytes(store.resolve("data.treering")));
    }

    private static PartitionConfig randomConfig(Random random) {
        WalMode mode = WalMode.values()[random.nextInt(3)];
        return PartitionConfig.builder()
                .walMode(mode)
                .walSize((256L + 64 * random.nextInt(20)) * KIB)
                .cacheSize(64 * 4096)
                .writeBufferSize(64 * KIB)
                .build();
    }

    /// The power goes in each operation of an opening that changes the region, with a log to be replayed in it, and in
    /// the next one, which changes it again.
    @Test
    void whereverThePowerGoesNothingIsLostAndNoPageLeaks() {
        for (long seed = SEED; seed < SEED + STORES; seed++) {
            Random random = new Random(seed);
            CrashDevice before = CrashDevice.create(4096, seed);
            WrittenPrefix prefix = new WrittenPrefix();
            long written = writeAndCrash(before, randomConfig(random), random);
            before = before.afterPowerCut();
            // How far the store goes is found out once; from then on it holds exactly that.
            try (Partition db = Partition.open(before.with(CrashFaults.none()), randomConfig(random))) {
                prefix.verify(db, 0, written + 1, "seed " + seed);
            }
            boolean dead = true;
            for (int operation = 1; dead; operation++) {
                CrashDevice disk = before;
                PartitionConfig first = randomConfig(random);
                PartitionConfig second = randomConfig(random);
                String where = "seed " + seed + ", operation " + operation + ", " + first + ", " + second;
                CrashDevice running = disk.with(CrashFaults.none().withPowerCutAt(operation));
                openUntilTheCut(running, first);
                dead = running.isDead();
                disk = running.afterPowerCut();
                running = disk.with(CrashFaults.none().withPowerCutAt(1 + random.nextInt(20)));
                openUntilTheCut(running, second);
                try (Partition db = Partition.open(running.afterPowerCut(), second)) {
                    prefix.verify(db, prefix.last(), prefix.last(), where);
                } catch (RuntimeException e) {
                    throw new AssertionError(where, e);
                }
            }
        }
    }

    private static long writeAndCrash(CrashDevice disk, PartitionConfig config, Random random) {
        long written = 0;
        try (Partition db = Partition.open(disk, config)) {
            int writes = 50 + random.nextInt(300);
            while (written < writes) {
                KillChild.write(db, ++written);
            }
            db.sync();
            KillChild.write(db, ++written);
            disk.cutPower();
        } catch (RuntimeException e) {
            if (!disk.isDead()) {
                throw e;
            }
        }
        return written;
    }

    private static void openUntilTheCut(CrashDevice disk, PartitionConfig config) {
        try (Partition db = Partition.open(disk, config)) {
            assertTrue(db.stats().fileBytes() > 0);
        } catch (RuntimeException e) {
            if (!disk.isDead()) {
                throw e;
            }
        }
    }

    @Test
    void aRegionFarUpInTheFileMovesDownWhenTheStoreIsOpenedAndTheFileIsCutOff() throws InterruptedException {
        int keys = 4_000;
        Path store = directory.resolve("store");
        try (Partition db = Partition.open(store, config(WalMode.NONE, 256 * KIB))) {
            for (int i = 0; i < keys; i++) {
                byte[] value = new byte[8_000];
                new Random(i).nextBytes(value);
                db.put(bytes("key " + i), value);
            }
        }
        long full;
        try (Partition db = Partition.open(store, config(WalMode.BATCHED, 2048 * KIB))) {
            for (int i = 1; i < keys; i++) {
                db.delete(bytes("key " + i));
            }
            db.flush();
            full = db.stats().fileBytes();
            assertTrue(full > keys * 8_000L, () -> "a file of " + full);
        }
        try (Partition db = Partition.open(store, config(WalMode.BATCHED, 2048 * KIB))) {
            assertEquals(2048 * KIB, db.stats().walCapacity());
            // The file is cut off by the flusher when it has nothing else to do.
            for (int i = 0; i < 3_000 && db.stats().fileBytes() > full / 2; i++) {
                Thread.sleep(10);
            }
            long cut = db.stats().fileBytes();
            assertTrue(cut <= full / 2, () -> "the file has " + cut + " of " + full + " bytes");
            assertEquals(8_000, db.get(bytes("key 0")).length);
            assertClean(db);
        }
    }
}

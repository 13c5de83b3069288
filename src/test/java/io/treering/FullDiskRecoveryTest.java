package io.treering;

import static io.treering.FullDisk.CAPACITY;
import static io.treering.FullDisk.assertEmpty;
import static io.treering.FullDisk.assertHolds;
import static io.treering.FullDisk.assertSound;
import static io.treering.FullDisk.config;
import static io.treering.FullDisk.deleteAll;
import static io.treering.FullDisk.fill;
import static io.treering.FullDisk.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.FullDisk.Values;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import io.treering.testing.FailingDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A store that ended on a full disk, in order or not, opens again with all that was acknowledged.
@Timeout(3600)
final class FullDiskRecoveryTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    /// What is acknowledged has been promised room, so closing finds it.
    @ParameterizedTest
    @EnumSource(WalMode.class)
    void aFullStoreClosesAndOpensAndLetsEverythingBeDeletedByBatches(WalMode mode) {
        FailingDevice device = new FailingDevice();
        int written;
        try (Partition db = Partition.open(device, config(mode).build())) {
            device.limit(CAPACITY);
            written = fill(db, Values.INLINE, 0);
        }
        FailingDevice second = device.again();
        second.limit(CAPACITY);
        try (Partition db = Partition.open(second, config(mode).build())) {
            assertHolds(db, Values.INLINE, 0, written);
            WriteBatch batch = new WriteBatch();
            for (int i = 0; i < written; i++) {
                batch.delete(key(i));
                if (batch.size() == 5) {
                    db.write(batch);
                    batch.clear();
                }
            }
            db.write(batch);
            db.flush();
            assertEmpty(db);
            assertSound(db);
        }
    }

    /// Puts by batches, without a merge.
    private static void putIntoTheLog(Partition db, int count) {
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < count; i++) {
            batch.put(key(i), Values.INLINE.of(i));
            if (batch.size() == 100) {
                db.write(batch);
                batch.clear();
            }
        }
        assertEquals(0, db.stats().entries(), "all of it is in the log only");
    }

    /// What was promised to the buffer has gone to others: the close says so, and leaves it to the log.
    @ParameterizedTest
    @EnumSource(
            value = WalMode.class,
            names = {"SYNC", "BATCHED"})
    void whatFoundNoRoomWhenTheStoreWasClosedIsThereAtTheNextOpening(WalMode mode) {
        PartitionConfig config =
                config(mode).writeBufferSize(8 << 20).walSize(16 << 20).build();
        FailingDevice device = new FailingDevice();
        Partition db = Partition.open(device, config);
        int written = 20_000;
        putIntoTheLog(db, written);
        device.limit(device.size());
        assertThrows(NoSpaceException.class, db::close);
        device.limit(Long.MAX_VALUE);
        try (Partition again = Partition.open(device, config)) {
            assertHolds(again, Values.INLINE, 0, written);
            assertSound(again);
        }
    }

    @ParameterizedTest
    @CsvSource({"NONE, INLINE", "BATCHED, INLINE", "SYNC, INLINE", "BATCHED, SPILLED", "SYNC, SPILLED", "SYNC, LARGE"})
    void afterAPowerCutAtTheFullPointItOpensAndEverythingCanBeDeleted(WalMode mode, Values values) {
        CrashFaults full = CrashFaults.none().withCapacity(CAPACITY);
        for (long seed = SEED; seed < SEED + 2L * SCALE; seed++) {
            String where = "seed " + seed;
            CrashDevice disk = CrashDevice.create(4096, seed).with(full);
            int written;
            try (Partition db = Partition.open(disk, config(mode).build())) {
                written = fill(db, values, 0);
                if (seed % 2 == 0) {
                    // Somewhere among the first deletes.
                    deleteAll(db, 0, (int) (seed % 40));
                }
                disk.cutPower();
            } catch (RuntimeException e) {
                assertTrue(disk.isDead(), () -> where + ": " + e);
                written = -1;
            }
            CrashDevice after = disk.afterPowerCut();
            try (Partition db = Partition.open(after.with(full), config(mode).build())) {
                assertSound(db);
                int found = 0;
                for (int i = 0; i < 100_000 && found < db.stats().entries(); i++) {
                    found += db.contains(key(i)) ? 1 : 0;
                }
                assertTrue(found > 0, where);
                for (int i = 0; i < 100_000 && db.stats().entries() > 0; i += 1_000) {
                    deleteAll(db, i, i + 1_000);
                    db.flush();
                }
                assertEmpty(db);
                int again = fill(db, values, 0);
                assertHolds(db, values, 0, again);
                assertSound(db);
            } catch (RuntimeException e) {
                throw new AssertionError(where, e);
            }
        }
    }

    /// Nothing that was acknowledged with SYNC is missing after a power cut, and its replay finds the room that the
    /// puts were promised.
    @ParameterizedTest
    @EnumSource(Values.class)
    void whatWasAcknowledgedWhenThePowerWentIsReplayedOnTheFullDisk(Values values) {
        CrashFaults full = CrashFaults.none().withCapacity(CAPACITY);
        for (long seed = SEED; seed < SEED + 2L * SCALE; seed++) {
            CrashDevice disk = CrashDevice.create(4096, seed).with(full);
            Partition db = Partition.open(disk, config(WalMode.SYNC).build());
            int written = fill(db, values, 0);
            disk.cutPower();
            assertThrows(RuntimeException.class, db::close);
            try (Partition again = Partition.open(
                    disk.afterPowerCut().with(full), config(WalMode.SYNC).build())) {
                assertHolds(again, values, 0, written);
                assertSound(again);
                deleteAll(again, 0, written);
                again.flush();
                assertEmpty(again);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    /// The log holds what no merge has room for any more: the store says so and stays as it is until there is room.
    @Test
    void aStoreWhoseRoomIsGoneAfterACrashOpensOnceThereIsRoomAgain() {
        PartitionConfig config =
                config(WalMode.SYNC).writeBufferSize(32 << 20).walSize(32 << 20).build();
        CrashDevice disk = CrashDevice.create(4096, SEED);
        Partition db = Partition.open(disk, config);
        int written = 60_000;
        putIntoTheLog(db, written);
        disk.cutPower();
        assertThrows(RuntimeException.class, db::close);
        CrashDevice left = disk.afterPowerCut();
        for (int attempt = 0; attempt < 2; attempt++) {
            CrashDevice narrow = left.with(CrashFaults.none().withCapacity(left.size()));
            NoSpaceException e = assertThrows(NoSpaceException.class, () -> Partition.open(narrow, config));
            assertTrue(
                    e.getMessage().contains("cannot be opened")
                            && e.getMessage().contains("room"),
                    e::getMessage);
            left = narrow.with(CrashFaults.none());
        }
        try (Partition again = Partition.open(left, config)) {
            assertHolds(again, Values.INLINE, 0, written);
            assertSound(again);
        }
    }

    /// The end of the file is free when it is opened, but what the log holds was promised that room: it must not be cut
    /// off before all of that has been merged, since somebody else might take it.
    @Test
    void theRoomThatTheLogWasPromisedIsNotCutOffBeforeItIsUsed() {
        PartitionConfig config =
                config(WalMode.SYNC).writeBufferSize(4 << 20).walSize(8 << 20).build();
        FailingDevice device = new FailingDevice();
        FailingDevice after;
        int held = 2_000;
        int written;
        try (Partition db = Partition.open(device, config)) {
            for (int i = 0; i < held; i++) {
                db.put(key(i), Values.SPILLED.of(i));
            }
            db.flush();
            // Keeps its pages where they are, so that the file stays as large as it is.
            try (Snapshot _ = db.snapshot()) {
                deleteAll(db, 0, held);
                db.flush();
                device.limit(device.size() + (32 << 20));
                written = held;
                WriteBatch batch = new WriteBatch();
                while (written < held + 8_000) {
                    batch.put(key(written), Values.INLINE.of(written));
                    if (++written % 100 == 0) {
                        db.write(batch);
                        batch.clear();
                    }
                }
                assertEquals(0, db.stats().entries(), "all of it is in the log only");
                after = device.again();
            }
        }
        after.haveTheRestTaken();
        try (Partition db = Partition.open(after, config)) {
            assertHolds(db, Values.INLINE, held, written);
            assertSound(db);
        }
    }
}

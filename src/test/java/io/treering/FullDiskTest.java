package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import io.treering.testing.FailingDevice;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A disk that is full refuses puts before anything of them is kept, and takes every delete.
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class FullDiskTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);
    private static final long CAPACITY = 6 << 20;

    private static PartitionConfig.Builder config(WalMode mode) {
        return PartitionConfig.builder()
                .cacheSize(256 << 10)
                .writeBufferSize(256 << 10)
                .walSize(1 << 20)
                .walMode(mode);
    }

    static byte[] key(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i * 7_919L % 1_000_003));
    }

    /// How long values are: in the leaves, in runs that the merge writes, in runs that are written when put.
    private enum Values {
        INLINE(150),
        SPILLED(6_000),
        LARGE(40_000);

        final int length;

        Values(int length) {
            this.length = length;
        }

        byte[] of(int i) {
            byte[] value = new byte[length + i % 100];
            new Random(i).nextBytes(value);
            return value;
        }
    }

    /// @return how many were acknowledged
    private static int fill(Partition db, Values values, int from) {
        for (int i = from; i < from + 100_000; i++) {
            try {
                db.put(key(i), values.of(i));
            } catch (NoSpaceException e) {
                assertTrue(e.getMessage().contains("room"), e::toString);
                assertNull(db.get(key(i)), "something of a refused put is there");
                return i;
            }
        }
        throw new AssertionError("the device never became full");
    }

    private static void assertHolds(KeyValueReader store, Values values, int from, int to) {
        for (int i = from; i < to; i++) {
            int each = i;
            assertArrayEquals(values.of(i), store.get(key(i)), () -> "key " + each);
        }
    }

    private static void deleteAll(Partition db, int from, int to) {
        for (int i = from; i < to; i++) {
            db.delete(key(i));
            assertNull(db.get(key(i)));
        }
    }

    private static void assertSound(Partition db) {
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
    }

    private static void assertEmpty(Partition db) {
        try (Scan scan = db.scan()) {
            assertTrue(!scan.advance(), "an entry is left");
        }
        assertEquals(0, db.stats().entries());
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, INLINE, false", "NONE, SPILLED, false", "NONE, LARGE, false",
        "BATCHED, INLINE, false", "BATCHED, SPILLED, false", "BATCHED, LARGE, false",
        "SYNC, INLINE, false", "SYNC, SPILLED, false", "SYNC, LARGE, false",
        "NONE, INLINE, true", "BATCHED, SPILLED, true", "SYNC, LARGE, true"
    })
    void everythingCanBeDeletedAndPutAgain(WalMode mode, Values values, boolean hidden) {
        FailingDevice device = new FailingDevice();
        if (hidden) {
            device.hideRoom();
        }
        try (Partition db = Partition.open(device, config(mode).build())) {
            device.limit(CAPACITY);
            int written = fill(db, values, 0);
            PartitionStats full = db.stats();
            assertTrue(
                    (long) written * values.length > CAPACITY / 3,
                    "full after " + written + " values with " + full.freeBytes() + " bytes free");
            assertHolds(db, values, 0, written);
            db.flush();
            written = fill(db, values, written);
            assertHolds(db, values, 0, written);
            assertSound(db);

            deleteAll(db, 0, written);
            db.flush();
            assertEmpty(db);
            assertSound(db);

            int again = fill(db, values, 0);
            assertTrue(again > written - written / 4, written + " values fitted at first, and then " + again);
            assertHolds(db, values, 0, again);
            deleteAll(db, 0, again);
        }
        try (Partition db = Partition.open(device.copy(), config(mode).build())) {
            assertEmpty(db);
            assertSound(db);
        }
    }

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

    @ParameterizedTest
    @CsvSource({"NONE, INLINE", "BATCHED, INLINE", "SYNC, INLINE", "BATCHED, SPILLED", "SYNC, SPILLED", "SYNC, LARGE"})
    void afterAPowerCutAtTheFullPointItOpensAndEverythingCanBeDeleted(WalMode mode, Values values) {
        CrashFaults full = CrashFaults.none().withCapacity(CAPACITY);
        for (long seed = SEED; seed < SEED + 4L * SCALE; seed++) {
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
        for (long seed = SEED; seed < SEED + 4L * SCALE; seed++) {
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

    /// The buffer is empty whenever a value comes that goes to a run at once: what it was promised ahead is not in the
    /// value's way, only the reserve is, and that free pages lie scattered.
    @ParameterizedTest
    @EnumSource(WalMode.class)
    void beforeAValueIsRefusedItMayHaveTheRoomOfAnEmptyBuffer(WalMode mode) {
        FailingDevice device = new FailingDevice();
        PartitionConfig config = config(mode).writeBufferSize(1 << 20).build();
        try (Partition db = Partition.open(device, config)) {
            device.limit(3 * CAPACITY);
            int written = fill(db, Values.INLINE, 0);
            for (int i = 0; i < written; i += 2) {
                db.delete(key(i));
            }
            int large = written;
            String refusal = "";
            while (refusal.isEmpty()) {
                db.flush();
                try {
                    db.put(key(large), Values.SPILLED.of(large));
                    large++;
                } catch (NoSpaceException e) {
                    refusal = e.getMessage();
                }
            }
            assertTrue(refusal.contains("of which 128 are kept for deletes"), refusal);
            assertHolds(db, Values.SPILLED, written, large);
            assertSound(db);
        }
    }

    @ParameterizedTest
    @EnumSource(WalMode.class)
    void underASnapshotDeletesUseUpTheReserveAndGoOnWhenItIsClosed(WalMode mode) {
        FailingDevice device = new FailingDevice();
        try (Partition db = Partition.open(device, config(mode).build())) {
            device.limit(CAPACITY);
            int written = fill(db, Values.INLINE, 0);
            int deleted = 0;
            try (Snapshot snapshot = db.snapshot()) {
                try {
                    while (deleted < written) {
                        db.delete(key(deleted));
                        deleted++;
                    }
                    throw new AssertionError("the snapshot held nothing");
                } catch (NoSpaceException e) {
                    assertTrue(e.getMessage().contains("held by snapshots"), e::getMessage);
                }
                assertTrue(deleted > 5, "the reserve was gone after " + deleted);
                assertHolds(snapshot, Values.INLINE, 0, written);
                assertHolds(db, Values.INLINE, deleted, written);
                assertSound(db);
            }
            for (int i = 0; i < deleted; i++) {
                assertNull(db.get(key(i)));
            }
            deleteAll(db, deleted, written);
            db.flush();
            assertEmpty(db);
            assertSound(db);
            int again = fill(db, Values.INLINE, 0);
            assertTrue(again > written - written / 4, written + " values fitted at first, and then " + again);
        }
    }

    @Test
    void withExplicitCommitsAFlushMakesRoomForFurtherDeletes() {
        FailingDevice device = new FailingDevice();
        PartitionConfig config =
                config(WalMode.NONE).commitMode(CommitMode.EXPLICIT).build();
        try (Partition db = Partition.open(device, config)) {
            device.limit(CAPACITY);
            int written = fill(db, Values.INLINE, 0);
            db.flush();
            written = fill(db, Values.INLINE, written);
            db.flush();
            long commits = db.stats().commits();
            int flushes = 0;
            for (int i = 0; i < written; i++) {
                try {
                    db.delete(key(i));
                } catch (NoSpaceException e) {
                    assertTrue(e.getMessage().contains("last commit"), e::getMessage);
                    db.flush();
                    flushes++;
                    db.delete(key(i));
                }
            }
            assertTrue(flushes > 0 && flushes < written / 5, flushes + " flushes for " + written + " deletes");
            assertEquals(commits + flushes, db.stats().commits(), "only a flush commits");
            db.flush();
            assertEmpty(db);
            assertSound(db);
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
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < written; i++) {
            batch.put(key(i), Values.INLINE.of(i));
            if (batch.size() == 100) {
                db.write(batch);
                batch.clear();
            }
        }
        assertEquals(0, db.stats().entries(), "all of it is in the log only");
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
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < written; i++) {
            batch.put(key(i), Values.INLINE.of(i));
            if (batch.size() == 100) {
                db.write(batch);
                batch.clear();
            }
        }
        assertEquals(0, db.stats().entries(), "all of it is in the log only");
        device.limit(device.size());
        assertThrows(NoSpaceException.class, db::close);
        device.limit(Long.MAX_VALUE);
        try (Partition again = Partition.open(device, config)) {
            assertHolds(again, Values.INLINE, 0, written);
            assertSound(again);
        }
    }

    @Test
    void aLargeValueLeavesTheReserveAndWhatWasPromised() {
        FailingDevice device = new FailingDevice();
        try (Partition db = Partition.open(device, config(WalMode.BATCHED).build())) {
            int written = 3_000;
            for (int i = 0; i < written; i++) {
                db.put(key(i), Values.INLINE.of(i));
            }
            device.limit(Math.max(CAPACITY, device.size()));
            // In all sizes: what the larger ones leave over is for the smaller ones.
            int large = 0;
            for (int bytes = 1 << 20; bytes > 16 << 10; bytes /= 2) {
                boolean room = true;
                while (room) {
                    try {
                        db.put(key(written + large), new byte[bytes]);
                        large++;
                    } catch (NoSpaceException e) {
                        room = false;
                    }
                }
            }
            assertTrue(large > 3, large + " large values");
            db.flush();
            assertTrue(
                    db.stats().freeBytes() >= 128 * 4096,
                    "the reserve is " + db.stats().freeBytes());
            deleteAll(db, 0, written + large);
            db.flush();
            assertEmpty(db);
            assertSound(db);
        }
    }

    /// Room is counted in entries as well as in bytes: many deletes fit into the bytes of one value that was not put.
    @ParameterizedTest
    @EnumSource(WalMode.class)
    void thePlaceOfAValueThatIsNotPutIsNotThatOfManyDeletes(WalMode mode) {
        FailingDevice device = new FailingDevice();
        try (Partition db = Partition.open(device, config(mode).build())) {
            device.limit(CAPACITY);
            int written = fill(db, Values.INLINE, 0);
            int large = 0;
            for (int i = 0; i < written; i++) {
                if (i % 300 == 0) {
                    try {
                        db.put(key(written + i), new byte[16_000]);
                        large++;
                    } catch (NoSpaceException e) {
                        assertNull(db.get(key(written + i)));
                    }
                }
                db.delete(key(i));
            }
            assertTrue(large > 0, "no value found room among the deletes");
            assertEquals(large, entries(db));
            assertSound(db);
        }
    }

    private static int entries(Partition db) {
        int entries = 0;
        try (Scan scan = db.scan()) {
            while (scan.advance()) {
                entries++;
            }
        }
        return entries;
    }

    /// Everything at once on a disk that is nearly full all the time: puts may be refused, and change nothing then;
    /// deletes never are, but under a snapshot.
    @ParameterizedTest
    @EnumSource(WalMode.class)
    void whateverIsDoneOnADiskThatIsNearlyFullNothingIsLost(WalMode mode) {
        for (long seed = SEED; seed < SEED + 6L * SCALE; seed++) {
            Random random = new Random(seed);
            FailingDevice device = new FailingDevice();
            if (random.nextBoolean()) {
                device.hideRoom();
            }
            TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
            try (Partition db = Partition.open(device, config(mode).build())) {
                device.limit(3 << 20);
                new FullDiskChurn(db, model, random).run(6_000);
                db.flush();
                compare(db, model);
                assertSound(db);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", mode " + mode, e);
            }
            try (Partition db = Partition.open(device.copy(), config(mode).build())) {
                compare(db, model);
            }
        }
    }

    static void compare(KeyValueReader db, TreeMap<byte[], byte[]> model) {
        try (Scan scan = db.scan()) {
            for (var entry : model.entrySet()) {
                assertTrue(scan.advance());
                assertArrayEquals(entry.getKey(), scan.key().toByteArray());
                assertArrayEquals(entry.getValue(), scan.value().toByteArray());
            }
            assertTrue(!scan.advance());
        }
    }
}

package io.treering;

import static io.treering.FullDisk.CAPACITY;
import static io.treering.FullDisk.assertEmpty;
import static io.treering.FullDisk.assertHolds;
import static io.treering.FullDisk.assertSound;
import static io.treering.FullDisk.compare;
import static io.treering.FullDisk.config;
import static io.treering.FullDisk.deleteAll;
import static io.treering.FullDisk.fill;
import static io.treering.FullDisk.key;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.FullDisk.Values;
import io.treering.testing.FailingDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A disk that is full refuses puts before anything of them is kept, and takes every delete.
@Timeout(3600)
final class FullDiskTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    @ParameterizedTest
    @CsvSource({
        "NONE, INLINE, false",
        "NONE, LARGE, false",
        "BATCHED, SPILLED, false",
        "SYNC, INLINE, false",
        "SYNC, LARGE, false",
        "NONE, INLINE, true",
        "BATCHED, SPILLED, true",
        "SYNC, LARGE, true"
    })
    void everythingCanBeDeletedAndPutAgain(WalMode mode, Values values, boolean hidden) {
        fillDeleteAndFill(mode, values, hidden);
    }

    /// What remains of modes and values.
    @ParameterizedTest
    @CsvSource({"NONE, SPILLED", "BATCHED, INLINE", "BATCHED, LARGE", "SYNC, SPILLED"})
    @Tag("nightly")
    void everythingElseCanBeDeletedAndPutAgain(WalMode mode, Values values) {
        fillDeleteAndFill(mode, values, false);
    }

    private static void fillDeleteAndFill(WalMode mode, Values values, boolean hidden) {
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

    /// Each could part a merge in two. Yet the reserve suffices for deletes.
    @Test
    void manySnapshotsDoNotKeepAKeyFromBeingDeleted() {
        FailingDevice device = new FailingDevice();
        List<Snapshot> snapshots = new ArrayList<>();
        try (Partition db = Partition.open(device, config(WalMode.NONE).build())) {
            device.limit(CAPACITY);
            int written = fill(db, Values.INLINE, 0);
            for (int i = 0; i < 60; i++) {
                snapshots.add(db.snapshot());
            }
            for (int i = 0; i < 10; i++) {
                db.delete(key(i));
            }
            snapshots.forEach(Snapshot::close);
            assertHolds(db, Values.INLINE, 10, written);
            assertSound(db);
        }
    }

    /// Snapshots cut the buffer into windows, and the room that was promised is taken by somebody else: the merge stops
    /// behind each window, and what the windows before it have written is still to be shown.
    @Test
    void aMergeThatStopsBetweenItsWindowsKeepsWhatTheyHold() {
        FailingDevice device = new FailingDevice();
        int keys = 1_500;
        try (Partition db = Partition.open(
                device, config(WalMode.NONE).writeBufferSize(4 << 20).build())) {
            List<Snapshot> snapshots = new ArrayList<>();
            for (int version = 0; version < 5; version++) {
                for (int i = 0; i < keys; i++) {
                    db.put(key(i), Values.INLINE.of(i + version * keys));
                }
                if (version == 0) {
                    db.flush();
                }
                snapshots.add(db.snapshot());
            }
            int refusals = 0;
            for (long limit = device.size(); !isFlushed(db, device, limit); limit += 16 << 10) {
                refusals++;
            }
            assertTrue(refusals > 4, refusals + " refusals");
            for (int version = 0; version < snapshots.size(); version++) {
                try (Snapshot snapshot = snapshots.get(version)) {
                    for (int i = 0; i < keys; i++) {
                        assertArrayEquals(Values.INLINE.of(i + version * keys), snapshot.get(key(i)));
                    }
                }
            }
            assertSound(db);
        }
    }

    /// Each window of a merge rewrites every leaf, and a snapshot keeps those of the window before. Whoever is admitted
    /// to the buffer must find room for all of them.
    @Test
    void whatSnapshotsCutIntoWindowsHasRoomForEachOfThem() {
        FailingDevice device = new FailingDevice();
        int keys = 20_000;
        int step = 15;
        try (Partition db = Partition.open(
                device, config(WalMode.NONE).writeBufferSize(2 << 20).build())) {
            for (int i = 0; i < keys; i++) {
                db.put(ascending(i), Values.INLINE.of(i));
            }
            db.flush();
            device.limit(device.size() + 2 * db.stats().liveBytes());
            List<Snapshot> snapshots = new ArrayList<>();
            int windows = 0;
            try {
                for (; windows < 12; windows++) {
                    snapshots.add(db.snapshot());
                    for (int i = windows; i < keys; i += step) {
                        db.put(ascending(i), Values.INLINE.of(-i));
                    }
                }
                throw new AssertionError("the disk never became full");
            } catch (NoSpaceException e) {
                assertTrue(windows > 0, e::toString);
            }
            db.flush();
            snapshots.forEach(Snapshot::close);
            assertSound(db);
        }
    }

    private static byte[] ascending(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i));
    }

    private static boolean isFlushed(Partition db, FailingDevice device, long limit) {
        device.limit(limit);
        try {
            db.flush();
            return true;
        } catch (NoSpaceException e) {
            return false;
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

    /// Two values fill a leaf; a key between them parts them. So the tree takes half as much again, for next to nothing
    /// that is new.
    @ParameterizedTest
    @EnumSource(WalMode.class)
    void whatPartsFullLeavesHasItsRoom(WalMode mode) {
        for (long room = 1 << 20; room <= 7 << 20; room += 256 << 10) {
            FailingDevice device = new FailingDevice();
            List<byte[]> between = new ArrayList<>();
            try (Partition db = Partition.open(device, config(mode).build())) {
                for (int i = 0; i < 2_000; i++) {
                    db.put(PartitionContract.bytes("key-%04d".formatted(i)), new byte[1_886]);
                    if (i % 2 == 0) {
                        between.add(PartitionContract.bytes("key-%04d+".formatted(i)));
                    }
                }
                db.flush();
                device.limit(device.size() - db.stats().freeBytes() + room);
                Collections.shuffle(between, new Random(SEED));
                putWhileThereIsRoom(db, between);
                db.flush();
                assertSound(db);
                for (int i = 0; i < 2_000; i++) {
                    db.delete(PartitionContract.bytes("key-%04d".formatted(i)));
                }
                db.flush();
                assertSound(db);
            } catch (RuntimeException e) {
                throw new AssertionError("with room for " + room + " bytes", e);
            }
        }
    }

    private static void putWhileThereIsRoom(Partition db, List<byte[]> keys) {
        try {
            for (byte[] key : keys) {
                db.put(key, new byte[0]);
            }
        } catch (NoSpaceException e) {
            assertTrue(e.getMessage().contains("room"), e::toString);
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
        for (long seed = SEED; seed < SEED + SCALE; seed++) {
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
}

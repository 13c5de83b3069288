package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A device that is full, and one that fails: what was acknowledged is there, reads go on, nobody waits for ever.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class FailingDeviceTest {
    private final FailingDevice device = new FailingDevice();

    private static PartitionConfig config(WalMode mode) {
        return PartitionConfig.builder()
                .cacheSize(256 << 10)
                .writeBufferSize(64 << 10)
                .walSize(256 << 10)
                .walMode(mode)
                .build();
    }

    private static byte[] key(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i));
    }

    private static byte[] value(int i) {
        byte[] value = new byte[400 + i % 200];
        new Random(i).nextBytes(value);
        return value;
    }

    private static void assertHolds(KeyValueReader store, int from, int to) {
        for (int i = from; i < to; i++) {
            int each = i;
            assertArrayEquals(value(i), store.get(key(i)), () -> "key " + each);
        }
    }

    private int fill(Partition db, int from) {
        for (int i = from; i < from + 100_000; i++) {
            try {
                db.put(key(i), value(i));
            } catch (NoSpaceException e) {
                assertTrue(e.getMessage().contains("no room for this write"), e::getMessage);
                return i;
            }
        }
        throw new AssertionError("the device never became full");
    }

    // ---- a full disk ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(WalMode.class)
    void aFullDiskRefusesWritesKeepsReadsAndGoesOnOnceThereIsRoom(WalMode mode) {
        try (Partition db = Partition.open(device, config(mode))) {
            device.limit(3 << 20);
            int written = fill(db, 0);
            assertTrue(written > 1_000, "the disk was full after " + written);
            assertHolds(db, 0, written);
            db.flush();
            assertHolds(db, 0, written);
            assertTrue(db.check().isClean(), () -> db.check().toString());

            device.limit(64 << 20);
            int more = written + 2_000;
            for (int i = written; i < more; i++) {
                db.put(key(i), value(i));
            }
            db.flush();
            assertHolds(db, 0, more);
            assertTrue(db.check().isClean(), () -> db.check().toString());
        }
        try (Partition db = Partition.open(device.copy(), config(mode))) {
            assertHolds(db, 0, 3_000);
        }
    }

    @ParameterizedTest
    @EnumSource(WalMode.class)
    void whatIsAcknowledgedSurvivesClosingOnAFullDisk(WalMode mode) {
        Partition db = Partition.open(device, config(mode));
        device.limit(3 << 20);
        int written = fill(db, 0);
        db.close();
        assertTrue(device.isClosed());
        try (Partition again = Partition.open(device.copy(), config(mode))) {
            assertHolds(again, 0, written);
            assertTrue(again.check().isClean(), () -> again.check().toString());
        }
    }

    @Test
    void aFullDiskAmongTheWindowsOfAMergeLosesNothing() {
        Partition db = Partition.open(device, config(WalMode.BATCHED));
        device.limit(3 << 20);
        int written = 0;
        Snapshot[] snapshots = new Snapshot[400];
        int taken = 0;
        NoSpaceException full = null;
        while (full == null) {
            try {
                db.put(key(written), value(written));
                written++;
                if (written % 20 == 0 && taken < snapshots.length) {
                    snapshots[taken++] = db.snapshot();
                }
            } catch (NoSpaceException e) {
                full = e;
            }
        }
        for (int i = 0; i < taken; i++) {
            assertHolds(snapshots[i], 0, 20 * (i + 1));
            assertEquals(null, snapshots[i].get(key(20 * (i + 1))));
        }
        int acknowledged = written;
        db.close();
        try (Partition again = Partition.open(device.copy(), config(WalMode.BATCHED))) {
            assertHolds(again, 0, acknowledged);
            assertTrue(again.check().isClean(), () -> again.check().toString());
        }
    }

    @Test
    void aLargeValueThatDoesNotFitLeavesTheRestUsable() {
        try (Partition db = Partition.open(device, config(WalMode.BATCHED))) {
            db.put(key(1), value(1));
            device.limit(device.size());
            WriteBatch batch = new WriteBatch();
            batch.put(key(2), new byte[100 << 10]);
            batch.put(key(3), new byte[8 << 20]);
            for (int i = 0; i < 50; i++) {
                assertThrows(NoSpaceException.class, () -> db.put(key(2), new byte[8 << 20]));
                assertThrows(NoSpaceException.class, () -> db.write(batch));
            }
            assertEquals(null, db.get(key(2)));
            db.put(key(4), value(4));
            db.flush();
            device.limit(Long.MAX_VALUE);
            db.put(key(2), new byte[8 << 20]);
            assertEquals(8 << 20, db.get(key(2), new byte[0]));
            db.flush();
            assertTrue(db.check().isClean(), () -> db.check().toString());
        }
    }

    @Test
    void aSyncThatFailsForWantOfSpacePoisonsInsteadOfBeingTriedAgain() {
        Partition db = Partition.open(device, config(WalMode.NONE));
        db.put(key(0), value(0));
        db.flush();
        db.put(key(1), value(1));
        device.failSyncForSpaceAfter(0);
        TreeringException first = assertThrows(TreeringException.class, db::flush);
        PoisonedException poisoned = assertThrows(PoisonedException.class, () -> db.put(key(2), value(2)));
        assertTrue(first instanceof PoisonedException || first instanceof NoSpaceException, first::toString);
        assertTrue(poisoned.getCause() instanceof NoSpaceException, () -> "caused by " + poisoned.getCause());
        assertHolds(db, 0, 2);
        db.close();
    }

    // ---- failing writes and syncs -----------------------------------------------------------------------------------

    private interface Fault {
        void arm(FailingDevice device, int after);
    }

    private void failsAtTheNth(WalMode mode, int after, Fault fault) {
        Partition db = Partition.open(device, config(mode));
        int flushed = 200;
        for (int i = 0; i < flushed; i++) {
            db.put(key(i), value(i));
        }
        db.flush();
        fault.arm(device, after);
        int written = flushed;
        TreeringException failure = null;
        while (failure == null && written < 20_000) {
            try {
                db.put(key(written), value(written));
                written++;
                if (written % 50 == 0) {
                    db.sync();
                }
            } catch (TreeringException e) {
                failure = e;
            }
        }
        assertNotNull(failure, "nothing failed");
        PoisonedException poisoned = assertThrows(PoisonedException.class, () -> db.put(key(0), value(0)));
        IoFailureException cause = (IoFailureException) poisoned.getCause();
        assertTrue(cause.getMessage().contains("EIO"), cause::getMessage);
        assertTrue(poisoned.getMessage().contains(String.valueOf(cause.getMessage())), poisoned::getMessage);
        assertThrows(PoisonedException.class, db::flush);
        assertThrows(PoisonedException.class, db::sync);
        assertThrows(PoisonedException.class, () -> db.delete(key(0)));
        assertThrows(PoisonedException.class, () -> db.put(key(0), new byte[100_000]));
        WriteBatch batch = new WriteBatch();
        batch.put(key(0), value(0));
        assertThrows(PoisonedException.class, () -> db.write(batch));
        assertHolds(db, 0, written);
        try (Scan scan = db.scan()) {
            assertTrue(scan.advance());
        }
        db.close();
        assertTrue(device.isClosed());
        try (Partition again = Partition.open(device.copy(), config(mode))) {
            assertHolds(again, 0, flushed);
            assertTrue(again.check().isClean(), () -> again.check().toString());
            again.put(key(0), value(0));
            again.flush();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 20, 40})
    void aWriteThatFailsPoisonsAndWhatWasFlushedIsThere(int after) {
        failsAtTheNth(WalMode.values()[after % 3], after, FailingDevice::failWritesAfter);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 20, 40})
    void aSyncThatFailsPoisonsAndWhatWasFlushedIsThere(int after) {
        failsAtTheNth(WalMode.values()[after % 3], after, FailingDevice::failSyncAfter);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void anOpeningThatFailsClosesTheDeviceAndCanBeRepeated(int after) {
        try (Partition db = Partition.open(device, config(WalMode.SYNC))) {
            db.put(key(0), value(0));
        }
        device.failSyncAfter(after);
        try (Partition db = Partition.open(device, config(WalMode.SYNC))) {
            assertHolds(db, 0, 1);
        } catch (TreeringException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("EIO"), e::getMessage);
        }
        assertTrue(device.isClosed());
        try (Partition again = Partition.open(device.copy(), config(WalMode.SYNC))) {
            assertHolds(again, 0, 1);
        }
    }

    /// Without a log, whose thread would meet the failure before the close does.
    @Test
    void aCloseWhoseLastCommitFailsThrowsWhatTheManualSays() {
        Partition db = Partition.open(device, config(WalMode.NONE));
        db.put(key(1), value(1));
        db.flush();
        device.failWritesAfter(0);
        PoisonedException thrown = assertThrows(PoisonedException.class, db::close);
        assertInstanceOf(IoFailureException.class, thrown.getCause());
        assertTrue(device.isClosed());
        try (Partition again = Partition.open(device.copy(), config(WalMode.NONE))) {
            assertHolds(again, 1, 2);
        }
    }

    @Test
    void aLargeValueWhoseReadFailsEndsItsScan() {
        byte[] notCached = new byte[3_000_000];
        try (Partition db = Partition.open(device, config(WalMode.BATCHED))) {
            db.put(key(1), notCached);
            db.put(key(2), notCached);
            db.flush();
            try (Scan scan = db.scan()) {
                assertTrue(scan.advance());
                device.failReads(new IOException());
                IoFailureException thrown = assertThrows(IoFailureException.class, scan::value);
                device.failReads(null);
                assertSame(thrown, assertThrows(IoFailureException.class, scan::value));
                assertSame(thrown, assertThrows(IoFailureException.class, scan::advance));
            }
        }
    }

    /// An entry of the buffer comes before and behind those of the tree that cannot be read.
    @Test
    void anErrorInTheMiddleOfAScanEndsItForGood() {
        try (Partition db = openBeyondCache()) {
            try (Scan scan = db.scan()) {
                assertTrue(scan.advance());
                OutOfMemoryError error = new OutOfMemoryError("on purpose");
                device.failReads(error);
                assertSame(error, assertThrows(OutOfMemoryError.class, () -> toTheEnd(scan)));
                device.failReads(null);
                assertSame(error, assertThrows(OutOfMemoryError.class, scan::advance));
            }
            assertEquals(0, db.stats().openViews());
        }
    }

    @Test
    void aCursorCanBeUsedAgainAfterAnError() {
        try (Partition db = openBeyondCache();
                Cursor cursor = db.cursor()) {
            assertTrue(cursor.first());
            device.failReads(new OutOfMemoryError("on purpose"));
            assertThrows(OutOfMemoryError.class, () -> {
                while (cursor.next()) {
                    assertTrue(cursor.isValid());
                }
            });
            device.failReads(null);
            assertFalse(cursor.isValid());
            assertThrows(IllegalStateException.class, cursor::next);
            assertTrue(cursor.seek(key(777)));
            assertArrayEquals(value(777), cursor.value().toByteArray());
        }
    }

    private Partition openBeyondCache() {
        PartitionConfig small = PartitionConfig.builder()
                .walMode(WalMode.NONE)
                .cacheSize(64 << 10)
                .build();
        Partition db = Partition.open(device, small);
        for (int i = 0; i < 5_000; i++) {
            db.put(key(i), value(i));
        }
        db.flush();
        db.put(key(0), value(0));
        db.put(bytes("zzz"), value(0));
        return db;
    }

    private static void toTheEnd(Scan scan) {
        while (scan.advance()) {
            assertTrue(scan.key().length() > 0);
        }
    }

    @Test
    void aLargeValueWhoseWriteFailsPoisons() {
        try (Partition db = Partition.open(device, config(WalMode.BATCHED))) {
            db.put(key(1), value(1));
            db.flush();
            device.failWritesAfter(0);
            assertThrows(PoisonedException.class, () -> db.put(key(2), new byte[100_000]));
            device.failWritesAfter(Long.MAX_VALUE);
            assertThrows(PoisonedException.class, () -> db.put(key(3), value(3)));
            assertHolds(db, 1, 2);
        }
    }

    @ParameterizedTest
    @EnumSource(WalMode.class)
    void aWriteThatFailsThrowsWhatTheManualSays(WalMode mode) {
        Partition db = Partition.open(device, config(mode));
        db.put(key(1), value(1));
        device.failSyncAfter(0);
        assertThrows(PoisonedException.class, () -> {
            db.put(key(2), value(2));
            db.sync();
        });
        db.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aCommitThatFailsLeavesTheLogAsLongAsItWas(int after) {
        Partition db = Partition.open(device, config(WalMode.SYNC));
        for (int i = 0; i < 10; i++) {
            db.put(key(i), value(i));
        }
        long used = db.stats().walBytes();
        assertTrue(used > 0);
        // The log is durable already: both syncs are the commit's.
        device.failSyncAfter(after);
        assertThrows(PoisonedException.class, db::flush);
        assertTrue(
                db.stats().walBytes() >= used,
                () -> "of " + used + " bytes, needed are " + db.stats().walBytes());
        db.close();
    }

    // ---- a commit beside writers ------------------------------------------------------------------------------------

    @Test
    void aFileThatGrowsDuringACommitIsNotNamedByIt() {
        AtomicInteger grown = new AtomicInteger();
        Partition db = Partition.open(device, config(WalMode.NONE));
        db.put(key(1), value(1));
        device.duringSyncs(() -> {
            if (grown.getAndIncrement() == 0) {
                db.put(key(2), new byte[3 << 20]);
            }
        });
        db.flush();
        assertEquals(2, grown.get());
        try (Partition again = Partition.open(device.copy(), config(WalMode.NONE))) {
            assertHolds(again, 1, 2);
            assertEquals(null, again.get(key(2)));
            assertTrue(again.check().isClean(), () -> again.check().toString());
        }
        db.close();
    }

    // ---- errors of the Java machine ---------------------------------------------------------------------------------

    private static OutOfMemoryError noMoreThreads() {
        return new OutOfMemoryError("unable to create native thread");
    }

    @Test
    void anErrorOnTheLogsThreadPoisonsThePartition() throws InterruptedException {
        try (Partition db = Partition.open(device, config(WalMode.BATCHED))) {
            db.put(key(1), value(1));
            device.duringSyncs(() -> {
                throw noMoreThreads();
            });
            // The log is synced in the background: some write comes after that.
            PoisonedException refused = assertThrows(PoisonedException.class, () -> {
                for (int i = 2; i < 100_000; i++) {
                    db.put(key(i), value(i));
                    Thread.sleep(1);
                }
            });
            assertTrue(refused.getCause() instanceof OutOfMemoryError, () -> String.valueOf(refused.getCause()));
            assertTrue(db.stats().failure().isPresent());
            assertThrows(PoisonedException.class, db::sync);
            assertThrows(PoisonedException.class, db::flush);
            assertHolds(db, 1, 2);
        }
        assertTrue(device.isClosed());
    }

    @ParameterizedTest
    @EnumSource(
            value = WalMode.class,
            names = {"BATCHED", "SYNC"})
    void aBatchThatAnErrorBreaksOffIsNotSeenAndNobodyWaitsForItsEnd(WalMode mode) {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(256 << 10)
                .writeBufferSize(4 << 20)
                .walSize(4 << 20)
                .walMode(mode)
                .build();
        try (Partition db = Partition.open(device, config)) {
            db.put(key(0), value(0));
            device.duringSyncs(() -> {
                throw noMoreThreads();
            });
            // More than a group of the log holds.
            WriteBatch batch = new WriteBatch();
            for (int i = 1; i < 4_000; i++) {
                batch.put(key(i), value(i));
            }
            assertThrows(PoisonedException.class, () -> db.write(batch));
            assertThrows(PoisonedException.class, () -> db.put(key(5_000), value(5_000)));
            assertThrows(PoisonedException.class, db::sync);
            for (int i = 1; i <= 5_000; i++) {
                assertEquals(null, db.get(key(i)));
            }
        }
    }
}

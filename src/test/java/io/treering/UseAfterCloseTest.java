package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.Waiter;
import io.treering.testing.FailingDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/// What is used after it was closed, or while it is being closed.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
final class UseAfterCloseTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 25 * Integer.getInteger("treering.test.scale", 1);
    private static final int KEYS = 2_000;

    private static PartitionConfig config(WalMode mode) {
        return PartitionConfig.builder()
                .cacheSize(128 << 10)
                .writeBufferSize(64 << 10)
                .walMode(mode)
                .build();
    }

    private static Partition filled(WalMode mode) {
        Partition db = Partition.open(new FailingDevice(), config(mode));
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < KEYS; i++) {
            batch.put(bytes("key-" + i), bytes("value-" + i));
            if (batch.size() == 500) {
                db.write(batch);
                batch.clear();
            }
        }
        db.put(bytes("large"), new byte[20_000]);
        return db;
    }

    @Test
    void viewsThatOutliveTheirPartitionRefuseAndCanBeClosed() {
        for (boolean flushed : new boolean[] {false, true}) {
            Partition db = filled(WalMode.BATCHED);
            if (flushed) {
                db.flush();
            }
            Snapshot snapshot = db.snapshot();
            Scan scan = db.scan();
            Scan large = snapshot.scan(bytes("large"), null);
            Cursor cursor = snapshot.cursor();
            assertTrue(scan.advance() && large.advance() && cursor.last());
            Slice key = scan.key();
            Slice value = scan.value();
            db.close();
            db.close();
            for (Executable call : List.<Executable>of(
                    () -> snapshot.get(bytes("key-1")),
                    () -> snapshot.get(bytes("x".repeat(2_000))),
                    () -> snapshot.contains(bytes("key-1")),
                    () -> snapshot.read(bytes("key-1"), Slice::length),
                    () -> snapshot.multiGet(List.of()),
                    snapshot::scan,
                    snapshot::cursor,
                    scan::advance,
                    large::value,
                    scan::value,
                    cursor::value,
                    cursor::next,
                    cursor::previous,
                    cursor::refresh,
                    () -> cursor.seek(bytes("key-1")))) {
                assertThrows(ClosedException.class, call);
            }
            for (Slice slice : List.of(key, value, cursor.key())) {
                assertRefuses(ClosedException.class, slice);
            }
            for (AutoCloseable each : List.of(scan, large, cursor, snapshot, scan)) {
                assertCloses(each);
            }
            assertThrows(ClosedException.class, scan::advance);
            assertThrows(ClosedException.class, cursor::first);
            assertFalse(cursor.isValid());
            assertThrows(ClosedException.class, () -> snapshot.get(bytes("key-1")));
        }
    }

    /// Every method that could tell something of what is not there any more, whether it would look at the bytes or not.
    private static void assertRefuses(Class<? extends RuntimeException> expected, Slice slice) {
        for (Executable call : List.<Executable>of(
                slice::length,
                () -> slice.byteAt(0),
                () -> slice.intAt(0),
                () -> slice.longAt(0),
                slice::toByteArray,
                () -> slice.copyTo(new byte[0]),
                () -> slice.copyTo(new byte[100]),
                () -> slice.copyTo(MemorySegment.ofArray(new byte[100]), 100),
                () -> slice.compareTo(new byte[0]),
                () -> slice.compareTo(bytes("key-1")),
                () -> slice.compareTo(slice),
                () -> slice.contentEquals(new byte[0]),
                () -> slice.contentEquals(bytes("key-1")),
                () -> slice.contentEquals(new byte[1_000]))) {
            assertSame(expected, assertThrows(RuntimeException.class, call).getClass());
        }
        assertNotNull(slice.toString());
    }

    @Test
    void slicesOfAViewThatWasClosedOrHasNoEntryRefuse() {
        try (Partition db = filled(WalMode.NONE)) {
            db.flush();
            db.put(bytes("key-1"), bytes("in the buffer"));
            db.put(bytes("nothing"), new byte[0]);
            for (String from : List.of("key-0", "key-1", "large", "nothing")) {
                Scan scan = db.scan(bytes(from), null);
                Cursor cursor = db.cursor();
                Slice key = scan.key();
                assertRefuses(IllegalStateException.class, key);
                assertTrue(scan.advance() && cursor.seek(bytes(from)));
                assertTrue(key.contentEquals(bytes(from)));
                Slice value = scan.value();
                assertEquals(value.length(), cursor.value().length());
                List<Slice> slices = List.of(key, value, cursor.key(), cursor.value());
                scan.close();
                cursor.close();
                slices.forEach(slice -> assertRefuses(IllegalStateException.class, slice));
                assertRefuses(IllegalStateException.class, scan.key());
                assertRefuses(IllegalStateException.class, cursor.key());
                assertThrows(ClosedException.class, scan::value);
                assertThrows(ClosedException.class, cursor::value);
            }
            Slice[] kept = new Slice[1];
            int length = db.read(bytes("key-1"), slice -> (kept[0] = slice).length());
            assertEquals("in the buffer".length(), length);
            assertRefuses(IllegalStateException.class, kept[0]);
        }
    }

    @Test
    void aReaderThatAClosingPartitionWaitsForCanGoOnReading() throws InterruptedException {
        for (String key : List.of("key-1", "large")) {
            Partition db = filled(WalMode.NONE);
            Thread closer = new Thread(db::close);
            int length = db.read(bytes(key), slice -> {
                closer.start();
                awaitRefusal(db);
                return slice.toByteArray().length + slice.length();
            });
            assertEquals(key.equals("large") ? 40_000 : 14, length);
            closer.join();
        }
    }

    private static void awaitRefusal(Partition db) {
        try {
            while (true) {
                assertNotNull(db.get(bytes("key-2")));
                Thread.onSpinWait();
            }
        } catch (ClosedException _) {
            // The closing has begun.
            return;
        }
    }

    private static void assertCloses(AutoCloseable view) {
        try {
            view.close();
        } catch (Exception e) {
            throw new AssertionError(view.getClass().getSimpleName() + " cannot be closed after its partition", e);
        }
    }

    @Test
    void aReadThatMeetsTheClosingOfItsSnapshotEnds() throws InterruptedException {
        try (Partition db = filled(WalMode.NONE)) {
            for (int round = 0; round < 20; round++) {
                Snapshot snapshot = db.snapshot();
                int version = round;
                AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
                List<Thread> readers = new ArrayList<>();
                for (int t = 0; t < 3; t++) {
                    readers.add(Thread.ofPlatform().start(() -> readUntilClosed(snapshot, failure)));
                }
                for (int i = 0; i < KEYS; i++) {
                    db.put(bytes("key-" + i), bytes("version-" + version));
                    if (i == KEYS / 4) {
                        snapshot.close();
                    }
                }
                for (Thread reader : readers) {
                    reader.join();
                }
                assertEquals(null, failure.get());
            }
        }
    }

    private static void readUntilClosed(Snapshot snapshot, AtomicReference<@Nullable Throwable> failure) {
        try {
            for (int i = 0; ; i = (i + 7) % KEYS) {
                byte[] value = snapshot.get(bytes("key-" + i));
                assertNotNull(value);
                assertEquals(20_000, snapshot.get(bytes("large"), new byte[1]));
            }
        } catch (ClosedException _) {
            // What was to be seen.
            return;
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    @Test
    void whateverEightThreadsDoWhileItIsClosedEndsWithAValueOrAClosedException() throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            Partition db = filled(WalMode.values()[round % 3]);
            if (round % 2 == 0) {
                db.flush();
            }
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            CountDownLatch running = new CountDownLatch(THREADS);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int kind = t;
                threads.add(Thread.ofPlatform().start(() -> useUntilClosed(db, kind, running, failure)));
            }
            running.await();
            db.close();
            for (Thread thread : threads) {
                thread.join();
            }
            Throwable failed = failure.get();
            if (failed != null) {
                throw new AssertionError("round " + round, failed);
            }
            assertThrows(ClosedException.class, () -> db.get(bytes("key-1")));
        }
    }

    private static void useUntilClosed(
            Partition db, int kind, CountDownLatch running, AtomicReference<@Nullable Throwable> failure) {
        int done = 0;
        try {
            while (true) {
                use(db, kind, done);
                if (done++ == 3) {
                    running.countDown();
                }
            }
        } catch (ClosedException _) {
            // What was to be seen.
            return;
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        } finally {
            running.countDown();
        }
    }

    private static void use(Partition db, int kind, int i) {
        byte[] key = bytes("key-" + i * 37 % KEYS);
        switch (kind) {
            case 0 -> assertNotNull(db.get(key));
            case 1 -> {
                for (byte[] value : db.multiGet(List.of(key, bytes("key-1"), bytes("key-999")))) {
                    assertNotNull(value);
                }
            }
            case 2 -> {
                try (Scan scan = db.scan(key, null)) {
                    for (int n = 0; n < 300 && scan.advance(); n++) {
                        assertTrue(scan.value().length() > 0);
                    }
                }
            }
            case 3 -> {
                try (Cursor cursor = db.cursor()) {
                    assertTrue(cursor.seek(key));
                    for (int n = 0; n < 50 && cursor.previous(); n++) {
                        cursor.refresh();
                    }
                }
            }
            case 4 -> db.put(key, bytes("again-" + i));
            case 5 -> {
                WriteBatch batch = new WriteBatch();
                batch.put(key, bytes("batch"));
                batch.put(bytes("large"), new byte[20_000]);
                db.write(batch);
            }
            case 6 -> {
                try (Snapshot snapshot = db.snapshot()) {
                    assertEquals(20_000, snapshot.read(bytes("large"), Slice::length));
                    assertTrue(snapshot.contains(key));
                }
            }
            default -> {
                db.sync();
                assertTrue(db.check().isClean());
                assertTrue(db.stats().openViews() >= 0);
            }
        }
    }

    @Test
    void anInterruptIsKeptEvenIfWhatIsWaitedForThrows() {
        int[] asked = {0};
        Thread.currentThread().interrupt();
        assertThrows(
                IllegalArgumentException.class,
                () -> Waiter.PARKING.await(() -> {
                    if (asked[0]++ > 205) {
                        throw new IllegalArgumentException();
                    }
                    return false;
                }));
        assertTrue(Thread.interrupted(), "the interrupt is lost");
    }

    @Test
    void aCursorWhoseMovementFailedStandsNowhereUntilItIsMovedAgain() {
        try (Partition db = Partition.inMemory(
                PartitionConfig.builder().cacheSize(8 * 4_096).build())) {
            for (int i = 0; i < KEYS; i++) {
                db.put(bytes("key-%05d".formatted(i)), new byte[100]);
            }
            db.flush();
            List<Cursor> holders = new ArrayList<>();
            try (Cursor cursor = db.cursor()) {
                assertTrue(cursor.first());
                assertThrows(CacheExhaustedException.class, () -> {
                    for (int i = 0; i < KEYS; i += 40) {
                        Cursor holder = db.cursor();
                        holders.add(holder);
                        assertTrue(holder.seek(bytes("key-%05d".formatted(i))));
                    }
                });
                assertThrows(CacheExhaustedException.class, cursor::last);
                assertFalse(cursor.isValid());
                assertThrows(IllegalStateException.class, () -> cursor.key().length());
                assertThrows(IllegalStateException.class, cursor::next);
                assertThrows(IllegalStateException.class, cursor::previous);
                holders.forEach(Cursor::close);
                assertTrue(cursor.first());
                assertArrayEquals(bytes("key-00000"), cursor.key().toByteArray());
            }
        }
    }
}

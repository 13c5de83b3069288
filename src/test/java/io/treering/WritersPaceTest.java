package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// When writers hand a buffer to the flusher, and how long they go on while the device does nothing.
@Timeout(60)
final class WritersPaceTest {
    private static final int BUFFER = 1 << 20;
    private static final byte[] VALUE = new byte[1_000];
    /// Less than that is not relied on.
    private static final long CERTAIN = 64 << 20;

    private static final long ROOM = 24 << 20;
    private static final int QUARTER = BUFFER / VALUE.length / 4;

    /// Not two after one another ascend.
    private static byte[] key(int i) {
        return "key-%08d".formatted(99_999_999 - i).getBytes();
    }

    private static byte[] ascendingKey(int i) {
        return "key-%08d".formatted(i).getBytes();
    }

    @Test
    void aMergeThatHangsHoldsNoWriteUpBeforeAllBuffersAreFull() throws InterruptedException {
        FailingDevice device = new FailingDevice();
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        try (Partition db = Partition.open(device, config())) {
            device.duringWrites(() -> {
                hangs.countDown();
                awaitQuietly(goesOn);
            });
            try {
                Thread first = write(db, 0, BUFFER / VALUE.length);
                first.join();
                hangs.await();
                int enough = 5 * BUFFER / 2 / VALUE.length;
                Thread more = write(db, BUFFER / VALUE.length, enough);
                more.join(TimeUnit.SECONDS.toMillis(30));
                assertFalse(more.isAlive(), "waits although there is room");

                Thread tooMuch = write(db, enough, 2 * enough);
                tooMuch.join(100);
                assertTrue(tooMuch.isAlive(), "writes more than there are buffers for");
                goesOn.countDown();
                tooMuch.join();
                db.flush();
                assertEquals(2 * enough, db.stats().entries());
            } finally {
                goesOn.countDown();
            }
        }
    }

    @Test
    void ascendingKeysAreMergedBeforeTheBufferIsFull() throws InterruptedException {
        try (Partition db = Partition.open(new FailingDevice(), config())) {
            PartitionStats before = db.stats();
            for (int i = 0; i < QUARTER; i++) {
                db.put(ascendingKey(i), VALUE);
            }
            // A writer does not wait for the next buffer, which the flusher makes.
            while (db.stats().memoryBytes() < before.memoryBytes() + BUFFER) {
                Thread.sleep(1);
            }
            int all = QUARTER + QUARTER / 4;
            for (int i = QUARTER; i < all; i++) {
                db.put(ascendingKey(i), VALUE);
            }
            while (db.stats().commits() == before.commits()) {
                Thread.sleep(1);
            }
            for (int i = 0; i < all; i++) {
                assertArrayEquals(VALUE, db.get(ascendingKey(i)));
            }
            assertEquals(all, db.stats().lastSequence());
            assertTrue(db.check().isClean());
        }
    }

    @Test
    void otherKeysAreMergedOnceTheBufferIsFull() {
        try (Partition db = Partition.open(new FailingDevice(), config())) {
            db.put(ascendingKey(0), VALUE);
            for (int i = 0; i < 3 * QUARTER; i++) {
                db.put(key(i), VALUE);
            }
            assertTrue(db.stats().bufferedBytes() > 3L * QUARTER * VALUE.length, "all are buffered");
        }
    }

    /// What is left can be promised to one buffer, not to a second one beside it: the writer waits for the first one's
    /// merge, and does not have its own merged before it is full.
    @Test
    void buffersAreMergedWholeWhereRoomIsScarce() {
        FailingDevice device = new FailingDevice();
        try (Partition db = Partition.open(device, config())) {
            byte[] value = new byte[100];
            int entries = 20_000;
            for (int i = 0; i < entries; i++) {
                db.put(key(i), value);
            }
            db.flush();
            device.limit(device.size() + CERTAIN + ROOM);
            PartitionStats before = db.stats();
            int puts = 3 * entries;
            for (int i = 0; i < puts; i++) {
                db.put(key((int) (i * 7_919L % entries)), value);
            }
            db.flush();
            long commits = db.stats().commits() - before.commits();
            long whole = (long) puts * (value.length + 2 * Long.BYTES) / (BUFFER * 3 / 4) + 2;
            assertTrue(commits <= whole, commits + " commits, where " + whole + " buffers would do");
            assertTrue(db.check().isClean());
        }
    }

    private static PartitionConfig config() {
        return PartitionConfig.builder()
                .walMode(WalMode.NONE)
                .writeBufferSize(BUFFER)
                .build();
    }

    private static Thread write(Partition db, int from, int to) {
        return Thread.ofPlatform().start(() -> {
            for (int i = from; i < to; i++) {
                db.put(key(i), VALUE);
            }
        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

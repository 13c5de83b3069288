package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.treering.testing.FailingDevice;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// With a synchronous log nobody sees a write that a crash could still take away.
@Timeout(60)
final class SynchronousVisibilityTest {
    private static final PartitionConfig CONFIG = PartitionConfig.builder()
            .walMode(WalMode.SYNC)
            .writeBufferSize(1 << 20)
            .cacheSize(1 << 20)
            .build();

    private static final byte[] KEY = {1};
    private static final byte[] VALUE = {2};

    private final FailingDevice device = new FailingDevice();
    private final CountDownLatch syncing = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    @Test
    void aPutIsSeenOnceItIsDurable() throws Exception {
        try (Partition db = Partition.open(device, CONFIG)) {
            Thread putter = putUntilTheSync(db);
            byte[] seen = db.get(KEY);
            mayEnd.countDown();
            putter.join();
            assertNull(seen);
            assertArrayEquals(VALUE, db.get(KEY));
        }
    }

    /// The buffer that it freezes holds the put.
    @Test
    void aFlushShowsNoPutThatIsNotDurable() throws Exception {
        try (Partition db = Partition.open(device, CONFIG)) {
            Thread putter = putUntilTheSync(db);
            Thread flusher = Thread.ofPlatform().start(db::flush);
            awaitItsWaiting(flusher);
            byte[] seen = db.get(KEY);
            mayEnd.countDown();
            putter.join();
            flusher.join();
            assertNull(seen);
            assertArrayEquals(VALUE, db.get(KEY));
        }
    }

    /// A thread that has put and waits for the device.
    private Thread putUntilTheSync(Partition db) throws InterruptedException {
        device.duringSyncs(() -> {
            syncing.countDown();
            await(mayEnd);
        });
        Thread putter = Thread.ofPlatform().start(() -> db.put(KEY, VALUE));
        syncing.await();
        return putter;
    }

    /// It has come as far as it can.
    private static void awaitItsWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

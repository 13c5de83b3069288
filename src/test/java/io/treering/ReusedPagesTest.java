package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.MemoryBlockDevice;
import io.treering.testing.FailingDevice;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pages that a merge or a move has replaced hold what they held until the commit behind it is durable, whoever looks
/// for free pages meanwhile.
@Timeout(120)
final class ReusedPagesTest {
    private static final int KEYS = 8_000;
    private static final int KEPT_FROM = 7_000;

    /// More than there are free pages.
    private static final int LARGE_VALUES = 200;

    /// Too long for the write buffer: it goes to its run when it is put.
    private static final int LARGE = 70_000;

    private static PartitionConfig config() {
        return PartitionConfig.builder()
                .cacheSize(1 << 20)
                .writeBufferSize(1 << 20)
                .walMode(WalMode.NONE)
                .build();
    }

    private static byte[] key(int i) {
        return "key-%06d".formatted(i).getBytes();
    }

    private static byte[] value(int i, int length) {
        byte[] value = new byte[length];
        new Random(i).nextBytes(value);
        return value;
    }

    @Test
    void theyAreNotWrittenOverBeforeTheCommitIsDurable() throws InterruptedException {
        int moments = 0;
        for (MemoryBlockDevice crashed; (crashed = crashIn(moments + 1)) != null; moments++) {
            try (Partition db = Partition.open(crashed, config())) {
                CheckReport report = db.check();
                String when = "in sync " + (moments + 1);
                assertTrue(report.isClean(), () -> when + ": " + report);
                for (int i = KEPT_FROM; i < KEYS; i++) {
                    assertArrayEquals(value(i, 900), db.get(key(i)), when);
                }
            }
        }
        assertTrue(moments >= 6, "the merge's commit and two of moves have two syncs each, not " + moments);
    }

    /// Deletes most of a store, whose rest moves down in the file then. In one of the syncs on the way, large values
    /// take every page that is free.
    ///
    /// @return what a machine that loses power in that sync has on its disk, if all that was written got there; null if
    ///     there is no such sync
    private static @Nullable MemoryBlockDevice crashIn(int chosen) throws InterruptedException {
        FailingDevice device = new FailingDevice();
        MemoryBlockDevice[] crashed = new MemoryBlockDevice[1];
        CountDownLatch over = new CountDownLatch(1);
        try (Partition db = Partition.open(device, config())) {
            for (int i = 0; i < KEYS; i++) {
                db.put(key(i), value(i, 900));
            }
            db.flush();
            // Downwards, so that they wait in the buffer for the flush below.
            for (int i = KEPT_FROM - 1; i >= 0; i--) {
                db.delete(key(i));
            }
            long before = device.size();
            AtomicInteger syncs = new AtomicInteger();
            device.duringSyncs(() -> {
                if (syncs.incrementAndGet() == chosen) {
                    try {
                        for (int i = 0; i < LARGE_VALUES; i++) {
                            db.put(key(KEYS + i), value(i, LARGE));
                        }
                        crashed[0] = device.copy();
                    } finally {
                        over.countDown();
                    }
                }
            });
            db.flush();
            // The flusher moves pages while nobody wants anything, until the file is short enough for it: how short
            // that is depends on where the pages lay.
            int seen = -1;
            while (device.size() > before / 2 && syncs.get() != seen) {
                seen = syncs.get();
                boolean _ = over.await(1, TimeUnit.SECONDS);
            }
            if (syncs.getAndSet(chosen) >= chosen) {
                over.await();
            }
        }
        return crashed[0];
    }
}

package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Callers who change a key or a value while it is being put, or close its memory: a mistake, and the store stays
/// sound.
@Timeout(60)
final class ChangedMeanwhileTest {
    private static final int BUFFER = 1 << 20;
    private static final byte[] FILLING = new byte[10_000];

    private final FailingDevice device = new FailingDevice();
    private final CountDownLatch goesOn = new CountDownLatch(1);

    @AfterEach
    void goOn() {
        goesOn.countDown();
    }

    private Partition open(WalMode mode) {
        return Partition.open(
                device,
                PartitionConfig.builder().walMode(mode).writeBufferSize(BUFFER).build());
    }

    private static byte[] filling(int i) {
        return "filling %08d".formatted(99_999_999 - i).getBytes();
    }

    /// Calls `put` for as long as there is room, and then once more.
    ///
    /// @return the call that waits for room, while the device does nothing
    private FutureTask<Boolean> callThatWaits(Partition db, Runnable put) throws InterruptedException {
        CountDownLatch hangs = new CountDownLatch(1);
        device.duringWrites(() -> {
            hangs.countDown();
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        AtomicInteger written = new AtomicInteger();
        Thread _ = Thread.ofPlatform().start(() -> {
            while (goesOn.getCount() > 0) {
                db.put(filling(written.get()), FILLING);
                written.incrementAndGet();
            }
        });
        hangs.await();
        int before = -1;
        while (written.get() != before) {
            before = written.get();
            Thread.sleep(200);
        }
        FutureTask<Boolean> waiting = new FutureTask<>(put, true);
        Thread thread = Thread.ofPlatform().start(waiting);
        while (thread.getState() != Thread.State.WAITING) {
            assertTrue(thread.isAlive(), "there was room");
            Thread.sleep(1);
        }
        return waiting;
    }

    @Test
    void theNeighboursOfAKeyThatChangesAreThereAsBefore() throws InterruptedException, ExecutionException {
        byte[] key = "key as it was".getBytes();
        byte[] changed = "key as it is!".getBytes();
        try (Partition db = open(WalMode.NONE)) {
            FutureTask<Boolean> put = callThatWaits(db, () -> db.put(key, new byte[] {1}));
            System.arraycopy(changed, 0, key, 0, key.length);
            goesOn.countDown();
            assertTrue(put.get());
            db.flush();
            assertArrayEquals(new byte[] {1}, db.get(changed));
            assertArrayEquals(FILLING, db.get(filling(0)));
            assertTrue(db.check().isClean(), () -> db.check().toString());
        } finally {
            goesOn.countDown();
        }
    }

    @Test
    void whateverAKeyIsWhileItChangesAllTheTimeItIsFoundUnderThat() throws InterruptedException {
        byte[] key = new byte[16];
        AtomicBoolean over = new AtomicBoolean();
        Thread changing = Thread.ofPlatform().start(() -> {
            for (int i = 0; !over.get(); i++) {
                key[i % key.length] = (byte) (i >>> 4);
            }
        });
        try (Partition db = open(WalMode.NONE)) {
            for (int i = 0; i < 200_000; i++) {
                db.put(key, new byte[] {1});
            }
            db.flush();
            assertTrue(db.check().isClean(), () -> db.check().toString());
            int found = 0;
            try (Scan scan = db.scan()) {
                while (scan.advance()) {
                    assertTrue(db.contains(scan.key().toByteArray()));
                    found++;
                }
            }
            assertTrue(found > 1, "it never changed");
        } finally {
            over.set(true);
            changing.join();
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryMayBeClosedWhileAPutOfItWaits(WalMode mode) throws InterruptedException, ExecutionException {
        byte[] key = "key".getBytes();
        Arena arena = Arena.ofShared();
        MemorySegment value = arena.allocate(100).fill((byte) 7);
        try (Partition db = open(mode)) {
            FutureTask<Boolean> put = callThatWaits(db, () -> db.put(MemorySegment.ofArray(key), value));
            arena.close();
            goesOn.countDown();
            try {
                assertTrue(put.get());
            } catch (ExecutionException e) {
                // It had not come to look at the value.
                assertEquals(IllegalStateException.class, e.getCause().getClass());
            }
            db.put(key, FILLING);
            db.flush();
            assertTrue(db.stats().failure().isEmpty());
        } finally {
            goesOn.countDown();
        }
    }

    @Test
    void aLargeValueThatChangesIsGarbageAndNoDamage() {
        byte[] key = "key".getBytes();
        byte[] value = new byte[700_000];
        try (Partition db = open(WalMode.NONE)) {
            device.duringWrites(() -> value[0]++);
            db.put(key, value);
            device.duringWrites(() -> {});
            byte[] found = db.get(key);
            assertEquals(value.length, found.length);
            assertArrayEquals(Arrays.copyOfRange(value, 1, value.length), Arrays.copyOfRange(found, 1, value.length));
            db.flush();
            assertTrue(db.check().isClean(), () -> db.check().toString());
        }
    }
}

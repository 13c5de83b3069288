package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.IoOperation;
import io.treering.testing.FailingDevice;
import io.treering.testing.ForwardingDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a check sees, and what goes on beside it.
@Timeout(60)
final class CheckTest {
    private static final int ENTRIES = 20_000;
    private static final byte[] VALUE = new byte[100];

    private final FailingDevice device = new FailingDevice();
    private final CountDownLatch reads = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);

    private static byte[] key(int i) {
        return "key-%08d".formatted(i).getBytes();
    }

    private Partition filled() {
        Partition db = Partition.open(
                device, PartitionConfig.builder().walMode(WalMode.NONE).build());
        for (int i = 0; i < ENTRIES; i++) {
            db.put(key(i), VALUE);
        }
        db.flush();
        return db;
    }

    /// A check that stops at its first read until it is told to go on.
    private FutureTask<CheckReport> checkThatReads(Partition db) throws InterruptedException {
        Thread[] checking = new Thread[1];
        device.duringReads(() -> {
            if (Thread.currentThread() == checking[0]) {
                reads.countDown();
                awaitQuietly(goesOn);
            }
        });
        FutureTask<CheckReport> check = new FutureTask<>(db::check);
        checking[0] = new Thread(check);
        checking[0].start();
        reads.await();
        return check;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatRotsOnTheDeviceIsFoundAlthoughTheCacheHoldsThePage() {
        try (Partition db = filled();
                Arena arena = Arena.ofConfined()) {
            assertTrue(db.check().isClean());
            MemorySegment page = arena.allocate(4096, 4096);
            // From the end on, where pages are free, too.
            boolean isFound = false;
            for (long at = device.size() - 4096; !isFound; at -= 4096) {
                device.read(at, page);
                page.set(ValueLayout.JAVA_BYTE, 2_000, (byte) (page.get(ValueLayout.JAVA_BYTE, 2_000) ^ 1));
                device.write(at, page);
                isFound = !db.check().isClean();
            }
            for (int i = 0; i < ENTRIES; i++) {
                assertArrayEquals(VALUE, db.get(key(i)));
            }
        }
    }

    /// A read of several pages that fails says nothing about each of them.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whereAReadOfManyPagesFailsEachIsReadByItself(boolean isLoopGone) {
        RuntimeException failure = isLoopGone
                ? new ClosedException("the event loop")
                : new IoFailureException("read on purpose", 5, "EIO");
        AtomicInteger failed = new AtomicInteger();
        ForwardingDevice fails = new ForwardingDevice(device) {
            @Override
            public IoOperation submitRead(long position, MemorySegment into) {
                if (into.byteSize() <= 4096) {
                    return super.submitRead(position, into);
                }
                failed.incrementAndGet();
                into.fill((byte) 7);
                return IoOperation.failed(failure);
            }
        };
        filled().close();
        try (Partition db = Partition.open(fails, PartitionConfig.builder().build())) {
            CheckReport report = db.check();
            assertTrue(report.isClean(), report::toString);
            assertEquals(ENTRIES, report.entries());
            assertTrue(failed.get() > 10, "failed: " + failed);
        }
    }

    @Test
    void mergesAndCommitsGoOnBesideIt() throws InterruptedException, ExecutionException {
        try (Partition db = filled()) {
            FutureTask<CheckReport> check = checkThatReads(db);
            long commits = db.stats().commits();
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < ENTRIES; i += 2) {
                    db.put(key(i), VALUE);
                }
                db.flush();
            }
            assertTrue(db.stats().commits() >= commits + 5);
            assertFalse(check.isDone());
            goesOn.countDown();
            assertTrue(check.get().isClean(), () -> check.resultNow().toString());
            assertEquals(ENTRIES, check.get().entries());
            db.flush();
            assertTrue(db.check().isClean());
        } finally {
            goesOn.countDown();
        }
    }

    @Test
    void closingEndsIt() throws InterruptedException {
        Partition db = filled();
        FutureTask<CheckReport> check = checkThatReads(db);
        Thread closing = Thread.ofPlatform().start(db::close);
        while (closing.getState() != Thread.State.WAITING && closing.getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(1);
        }
        goesOn.countDown();
        closing.join();
        assertInstanceOf(
                ClosedException.class,
                assertThrows(ExecutionException.class, check::get).getCause());
    }
}

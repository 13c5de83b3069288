package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treering.IoFailureException;
import io.treering.testing.FailingDevice;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// An operating system tells of a lost write once: whoever syncs beside whoever was told must hear of it, too.
final class CommitDeviceTest {
    private final FailingDevice device = new FailingDevice();
    private final CommitDevice committing = new CommitDevice(device);

    @Test
    void noSyncReturnsAfterOneHasFailed() {
        device.failSyncAfter(1);
        committing.sync();
        IoFailureException first = assertThrows(IoFailureException.class, committing::sync);
        assertSame(first, assertThrows(IoFailureException.class, committing::sync));
    }

    @Test
    void aSyncThatBeganBesideOneThatFailsDoesNotReturn() throws Exception {
        AtomicInteger syncs = new AtomicInteger();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        device.failSyncAfter(0);
        device.duringSyncs(() -> {
            syncs.incrementAndGet();
            inside.countDown();
            awaitUninterrupted(goOn);
        });
        FutureTask<IoFailureException> first = failing();
        Thread.ofPlatform().start(first);
        inside.await();
        FutureTask<IoFailureException> second = failing();
        Thread waiting = Thread.ofPlatform().start(second);
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        assertSame(first.get(), second.get());
        assertEquals(1, syncs.get());
    }

    private FutureTask<IoFailureException> failing() {
        return new FutureTask<>(() -> assertThrows(IoFailureException.class, committing::sync));
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

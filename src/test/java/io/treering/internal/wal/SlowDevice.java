package io.treering.internal.wal;

import io.treering.device.BlockDevice;
import io.treering.testing.ForwardingDevice;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Another device, whose syncs take a while, can be held and can fail; counts, and sees operations that overlap.
final class SlowDevice extends ForwardingDevice {
    private final long nanos;
    final AtomicInteger syncs = new AtomicInteger();
    final AtomicInteger operations = new AtomicInteger();
    final AtomicInteger inFlight = new AtomicInteger();
    final AtomicInteger overlapping = new AtomicInteger();

    /// As long as it is, no sync comes to its end.
    volatile boolean held;

    /// How many syncs work; the further ones fail, with `failure`.
    volatile int failAfter = Integer.MAX_VALUE;

    volatile RuntimeException failure = new IllegalStateException();

    SlowDevice(BlockDevice device, long nanos) {
        super(device);
        this.nanos = nanos;
    }

    private void begin() {
        operations.getAndIncrement();
        if (inFlight.incrementAndGet() > 1) {
            overlapping.getAndIncrement();
        }
    }

    private void end() {
        inFlight.decrementAndGet();
    }

    @Override
    public void write(long position, MemorySegment from) {
        begin();
        super.write(position, from);
        end();
    }

    @Override
    public void sync() {
        begin();
        int number = syncs.incrementAndGet();
        boolean interrupted = Thread.interrupted();
        for (long end = System.nanoTime() + nanos; held || System.nanoTime() < end; ) {
            LockSupport.parkNanos(held ? 100_000 : end - System.nanoTime());
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        end();
        if (number > failAfter) {
            throw failure;
        }
    }

    @Override
    public String name() {
        return "slow " + super.name();
    }

    @Override
    public void close() {}
}

package io.treering.internal.wal;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Another device, whose syncs take a while, can be held and can fail; counts, and sees operations that overlap.
final class SlowDevice implements BlockDevice {
    private final BlockDevice device;
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
        this.device = device;
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
        device.write(position, from);
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
        return "slow " + device.name();
    }

    @Override
    public int blockSize() {
        return device.blockSize();
    }

    @Override
    public long size() {
        return device.size();
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public void read(long position, MemorySegment into) {
        device.read(position, into);
    }

    @Override
    public IoOperation submitRead(long position, MemorySegment into) {
        return device.submitRead(position, into);
    }

    @Override
    public IoOperation submitWrite(long position, MemorySegment... from) {
        return device.submitWrite(position, from);
    }

    @Override
    public void grow(long size) {
        device.grow(size);
    }

    @Override
    public void truncate(long size) {
        device.truncate(size);
    }

    @Override
    public void discard(long position, long length) {
        device.discard(position, length);
    }

    @Override
    public void close() {}
}

package io.treering.testing;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Another device, of which one call fails: the Nth, whatever it is for. Closing never does.
public final class FaultyDevice extends ForwardingDevice {
    private final AtomicLong calls = new AtomicLong();
    private final long failing;
    private final Supplier<? extends Throwable> fault;

    /// @param failing the number of the call that fails, from 1; 0 for none
    /// @param fault what it throws: unchecked
    public FaultyDevice(BlockDevice device, long failing, Supplier<? extends Throwable> fault) {
        super(device);
        this.failing = failing;
        this.fault = fault;
    }

    /// How many calls there were.
    public long calls() {
        return calls.get();
    }

    private void call() {
        Throwable failure = failure();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    private @Nullable Throwable failure() {
        return calls.incrementAndGet() == failing ? fault.get() : null;
    }

    @Override
    public void read(long position, MemorySegment into) {
        call();
        super.read(position, into);
    }

    @Override
    public void write(long position, MemorySegment from) {
        call();
        super.write(position, from);
    }

    @Override
    public IoOperation submitRead(long position, MemorySegment into) {
        Throwable failure = failure();
        IoOperation operation = super.submitRead(position, into);
        return failure == null ? operation : new Failed(operation, failure);
    }

    @Override
    public IoOperation submitWrite(long position, MemorySegment... from) {
        Throwable failure = failure();
        IoOperation operation = super.submitWrite(position, from);
        return failure == null ? operation : new Failed(operation, failure);
    }

    /// An operation that is carried out and says that it was not.
    private record Failed(IoOperation operation, Throwable failure) implements IoOperation {
        @Override
        public boolean isDone() {
            return operation.isDone();
        }

        @Override
        public void await() {
            operation.await();
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        }
    }

    @Override
    public void sync() {
        call();
        super.sync();
    }

    @Override
    public void grow(long size) {
        call();
        super.grow(size);
    }

    @Override
    public long roomToGrow() {
        call();
        return super.roomToGrow();
    }

    @Override
    public void truncate(long size) {
        call();
        super.truncate(size);
    }

    @Override
    public void discard(long position, long length) {
        call();
        super.discard(position, length);
    }

    @Override
    public void registerBuffer(MemorySegment longLived) {
        call();
        super.registerBuffer(longLived);
    }
}

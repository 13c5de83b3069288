package io.treering.internal.file;

import io.treering.IoBackend;
import io.treering.internal.uring.PendingOperation;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/// A file under `URING_FIXED`, `URING` and `PREAD`: these differ only in who does what a caller does not do itself.
final class LinuxFileDevice extends FileDevice {
    private final LinuxFile file;
    private final IoQueue queue;

    LinuxFileDevice(LinuxFile file, boolean readOnly, Object claim, Function<LinuxFileDevice, IoQueue> queue) {
        super(file.name(), file.blockSize(), file.size(), readOnly, claim);
        this.file = file;
        this.queue = queue.apply(this);
    }

    @Override
    public IoBackend backend() {
        return queue.backend();
    }

    @Override
    public String backendReason() {
        return file.note().isEmpty() ? queue.reason() : queue.reason() + "; " + file.note();
    }

    @Override
    public long memoryBytes() {
        return queue.memoryBytes();
    }

    /// A system call that blocks would hold a virtual thread's carrier.
    @Override
    boolean callerMayBlock() {
        return !Thread.currentThread().isVirtual();
    }

    @Override
    void transferIn(long position, MemorySegment into) {
        queue.ensureUsable();
        file.read(position, into);
    }

    @Override
    void transferOut(long position, MemorySegment from) {
        queue.ensureUsable();
        file.write(position, from);
    }

    @Override
    PendingOperation startRead(long position, MemorySegment into) {
        return queue.read(position, into);
    }

    @Override
    PendingOperation startWrite(long position, MemorySegment[] from) {
        return queue.write(position, from);
    }

    @Override
    void makeDurable() {
        if (callerMayBlock()) {
            blocking(file::sync);
        } else {
            queue.sync().await();
        }
    }

    @Override
    void extend(long from, long to) {
        file.extend(from, to);
    }

    @Override
    void shorten(long to) {
        file.truncate(to);
    }

    @Override
    long spareRoom() {
        return file.spareRoom(size());
    }

    @Override
    void punch(long position, long length) {
        file.punch(position, length);
    }

    @Override
    public void registerBuffer(MemorySegment longLived) {
        gate.enter();
        try {
            queue.registerBuffer(longLived);
        } finally {
            gate.exit();
        }
    }

    @Override
    public void unregisterBuffer(MemorySegment longLived) {
        queue.unregisterBuffer(longLived);
    }

    @Override
    void release() {
        boolean drained = false;
        try {
            queue.close();
            drained = true;
        } finally {
            file.close(drained);
        }
    }
}

package io.treering.internal.file;

import io.treering.IoBackend;
import io.treering.internal.uring.PendingOperation;
import java.lang.foreign.MemorySegment;

/// `PREAD`: a thread of the pool makes the system call.
final class PoolQueue implements IoQueue {
    private final LinuxFile file;
    private final IoPool pool;
    private final String reason;

    PoolQueue(LinuxFile file, IoPool pool, String reason) {
        this.file = file;
        this.pool = pool;
        this.reason = reason;
    }

    @Override
    public IoBackend backend() {
        return IoBackend.PREAD;
    }

    @Override
    public String reason() {
        return reason;
    }

    @Override
    public PendingOperation read(long position, MemorySegment into) {
        return pool.submit(() -> file.read(position, into));
    }

    @Override
    public PendingOperation write(long position, MemorySegment[] from) {
        return pool.submit(() -> file.write(position, from));
    }

    @Override
    public PendingOperation sync() {
        return pool.submit(file::sync);
    }
}

package io.treering.internal.file;

import io.treering.device.BlockDevice;
import io.treering.device.FileBlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.uring.OperationGate;
import io.treering.internal.uring.PendingOperation;
import java.lang.foreign.MemorySegment;

/// What all file devices have in common: checks, the gate through which every operation goes, size, and close.
public abstract sealed class FileDevice implements FileBlockDevice permits LinuxFileDevice, ChannelFileDevice {
    private final String name;
    private final int blockSize;
    private final boolean readOnly;
    private final Object claim;

    /// Each operation is inside from its start until the last byte has moved.
    final OperationGate gate;

    /// For calls that block, made by threads that must not.
    final IoPool pool;

    /// Guards changes of the size, and close.
    private final Object changes = new Object();

    private volatile long size;
    private boolean released;

    FileDevice(String name, int blockSize, long size, boolean readOnly, Object claim) {
        this.name = name;
        this.blockSize = blockSize;
        this.size = size - size % blockSize;
        this.readOnly = readOnly;
        this.claim = claim;
        this.gate = new OperationGate(name);
        this.pool = new IoPool(name, gate);
    }

    /// Whether the calling thread may be blocked by a system call.
    abstract boolean callerMayBlock();

    /// Reads on the calling thread.
    abstract void transferIn(long position, MemorySegment into);

    /// Writes on the calling thread.
    abstract void transferOut(long position, MemorySegment from);

    /// Starts a read that enters the gate.
    abstract PendingOperation startRead(long position, MemorySegment into);

    /// Starts a write that enters the gate.
    abstract PendingOperation startWrite(long position, MemorySegment[] from);

    /// Makes writes durable, on any thread.
    abstract void makeDurable();

    /// Moves the end from one place to another that is further out, on a thread that may block.
    abstract void extend(long from, long to);

    abstract void shorten(long to);

    /// Bytes by which the file could grow, or -1.
    abstract long spareRoom();

    abstract void punch(long position, long length);

    /// Releases descriptors and registrations; everybody is out. Throws if memory may still be in use.
    abstract void release();

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final int blockSize() {
        return blockSize;
    }

    @Override
    public final long size() {
        return size;
    }

    @Override
    public final boolean readOnly() {
        return readOnly;
    }

    @Override
    public final void read(long position, MemorySegment into) {
        checkRead(position, into);
        if (callerMayBlock() || into.byteSize() == 0) {
            gate.enter();
            try {
                transferIn(position, into);
            } finally {
                gate.exit();
            }
        } else {
            startRead(position, into).await();
        }
    }

    @Override
    public final void write(long position, MemorySegment from) {
        checkWrite(position, from);
        if (callerMayBlock() || from.byteSize() == 0) {
            gate.enter();
            try {
                transferOut(position, from);
            } finally {
                gate.exit();
            }
        } else {
            startWrite(position, new MemorySegment[] {from}).await();
        }
    }

    @Override
    public final IoOperation submitRead(long position, MemorySegment into) {
        checkRead(position, into);
        return into.byteSize() == 0 ? nothing() : startRead(position, into);
    }

    @Override
    public final IoOperation submitWrite(long position, MemorySegment... from) {
        return checkWrite(position, from) == 0 ? nothing() : startWrite(position, from);
    }

    private IoOperation nothing() {
        gate.enter();
        gate.exit();
        return IoOperation.completed();
    }

    private void checkRead(long position, MemorySegment into) {
        BlockDevice.requireBlocks(blockSize, position, into);
        BlockDevice.requireInside(this, "read", position, into.byteSize());
    }

    /// Returns the length altogether.
    private long checkWrite(long position, MemorySegment... from) {
        ensureWritable();
        long length = 0;
        for (MemorySegment segment : from) {
            BlockDevice.requireBlocks(blockSize, position, segment);
            length += segment.byteSize();
        }
        BlockDevice.requireInside(this, "write", position, length);
        return length;
    }

    @Override
    public final void sync() {
        makeDurable();
    }

    @Override
    public final void grow(long newSize) {
        requireSize(newSize);
        ensureWritable();
        blocking(() -> {
            synchronized (changes) {
                if (newSize > size) {
                    extend(size, newSize);
                    size = newSize;
                }
            }
        });
    }

    @Override
    public final long roomToGrow() {
        gate.enter();
        try {
            return spareRoom();
        } finally {
            gate.exit();
        }
    }

    @Override
    public final void truncate(long newSize) {
        requireSize(newSize);
        ensureWritable();
        blocking(() -> {
            synchronized (changes) {
                if (newSize < size) {
                    shorten(newSize);
                    size = newSize;
                }
            }
        });
    }

    @Override
    public final void discard(long position, long length) {
        requireSize(position);
        requireSize(length);
        ensureWritable();
        BlockDevice.requireInside(this, "discard", position, length);
        if (length > 0) {
            blocking(() -> punch(position, length));
        }
    }

    /// Does work that blocks, inside the gate, on a thread that may be blocked.
    final void blocking(Runnable work) {
        if (callerMayBlock()) {
            gate.enter();
            try {
                work.run();
            } finally {
                gate.exit();
            }
        } else {
            pool.submit(work).await();
        }
    }

    private void requireSize(long bytes) {
        if (bytes < 0 || bytes % blockSize != 0) {
            throw new IllegalArgumentException(bytes + " is not a multiple of the block size " + blockSize);
        }
    }

    private void ensureWritable() {
        if (readOnly) {
            throw new UnsupportedOperationException(name + " is open for reading only");
        }
    }

    @Override
    public final void close() {
        gate.close();
        gate.awaitEmpty();
        // A second closer waits here for the first, and finds nothing left to do.
        synchronized (changes) {
            if (released) {
                return;
            }
            released = true;
            try {
                pool.close();
                release();
            } finally {
                OpenFiles.release(claim);
            }
        }
    }

    @Override
    public final String toString() {
        return "FileBlockDevice[" + name + ", " + backend() + "]";
    }
}

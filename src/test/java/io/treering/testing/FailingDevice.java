package io.treering.testing;

import io.treering.IoFailureException;
import io.treering.NoSpaceException;
import io.treering.device.IoOperation;
import io.treering.device.MemoryBlockDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A device in memory that can be full, and whose writes or syncs can fail from the Nth on. Closing it keeps its bytes,
/// for [#bytes()] and [#copy()].
public final class FailingDevice extends ForwardingDevice {
    private static final int EIO = 5;

    private final MemoryBlockDevice memory;
    private final AtomicLong writesLeft = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong syncsLeft = new AtomicLong(Long.MAX_VALUE);
    private volatile long limit = Long.MAX_VALUE;
    private volatile boolean syncFindsNoSpace;
    private volatile boolean losesWhatIsCutOff;
    private volatile boolean hidesRoom;
    private volatile @Nullable Throwable readFailure;
    private volatile Runnable duringReads = () -> {};
    private volatile boolean closed;
    private volatile Runnable duringSyncs = () -> {};
    private volatile Runnable duringWrites = () -> {};

    public FailingDevice() {
        this(MemoryBlockDevice.create());
    }

    private FailingDevice(MemoryBlockDevice memory) {
        super(memory);
        this.memory = memory;
    }

    /// A device that holds the same bytes and can fail, too.
    public FailingDevice again() {
        return new FailingDevice(copy());
    }

    /// The device cannot grow beyond this size.
    public void limit(long bytes) {
        limit = bytes;
    }

    /// The disk is full, and whatever the device is cut off by is taken by somebody else at once.
    public void haveTheRestTaken() {
        limit = memory.size();
        losesWhatIsCutOff = true;
    }

    /// The device does not know how far it can grow; that shows only when it is tried.
    public void hideRoom() {
        hidesRoom = true;
    }

    /// So many more writes work, and none after them.
    public void failWritesAfter(long count) {
        writesLeft.set(count);
    }

    /// So many more syncs work; the next one fails, and those after it return as if all were well.
    public void failSyncAfter(long count) {
        syncsLeft.set(count);
    }

    /// As [#failSyncAfter], for want of space.
    public void failSyncForSpaceAfter(long count) {
        syncFindsNoSpace = true;
        syncsLeft.set(count);
    }

    /// Runs in each sync, on the thread that syncs, before the sync has an effect.
    public void duringSyncs(Runnable task) {
        duringSyncs = task;
    }

    /// From now on reads fail, or, by null, they do so no longer.
    public void failReads(@Nullable Throwable failure) {
        readFailure = failure;
    }

    /// As [#duringSyncs], in each read.
    public void duringReads(Runnable task) {
        duringReads = task;
    }

    private void failRead(long position) {
        duringReads.run();
        switch (readFailure) {
            case null -> {}
            case Error e -> throw e;
            case Throwable e -> throw new IoFailureException("read at " + position + " of " + name(), EIO, "EIO", e);
        }
    }

    /// As [#duringSyncs], in each write.
    public void duringWrites(Runnable task) {
        duringWrites = task;
    }

    public boolean isClosed() {
        return closed;
    }

    /// A device without faults that holds the same bytes.
    public MemoryBlockDevice copy() {
        return device(bytes());
    }

    /// All bytes of the device.
    public byte[] bytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(memory.size(), memory.blockSize());
            memory.read(0, all);
            return all.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        }
    }

    /// A device that holds these bytes; whole blocks.
    public static MemoryBlockDevice device(byte[] bytes) {
        MemoryBlockDevice copy = MemoryBlockDevice.create();
        copy.grow(bytes.length);
        if (bytes.length > 0) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment all = arena.allocate(bytes.length, copy.blockSize());
                MemorySegment.copy(MemorySegment.ofArray(bytes), 0, all, 0, bytes.length);
                copy.write(0, all);
            }
        }
        return copy;
    }

    @Override
    public String name() {
        return "failing";
    }

    @Override
    public void read(long position, MemorySegment into) {
        failRead(position);
        memory.read(position, into);
    }

    @Override
    public IoOperation submitRead(long position, MemorySegment into) {
        failRead(position);
        return memory.submitRead(position, into);
    }

    @Override
    public void write(long position, MemorySegment from) {
        duringWrites.run();
        if (writesLeft.decrementAndGet() < 0) {
            throw new IoFailureException("write at " + position + " of " + name(), EIO, "EIO");
        }
        memory.write(position, from);
    }

    /// Fails when it is awaited, as devices do.
    @Override
    public IoOperation submitWrite(long position, MemorySegment... from) {
        long at = position;
        try {
            for (MemorySegment segment : from) {
                write(at, segment);
                at += segment.byteSize();
            }
        } catch (IoFailureException e) {
            return IoOperation.failed(e);
        }
        return IoOperation.completed();
    }

    @Override
    public void sync() {
        duringSyncs.run();
        if (syncsLeft.getAndDecrement() == 0) {
            throw syncFindsNoSpace
                    ? new NoSpaceException("sync of " + name() + ": ENOSPC (errno 28)")
                    : new IoFailureException("sync of " + name(), EIO, "EIO");
        }
        memory.sync();
    }

    @Override
    public void grow(long size) {
        if (size > limit) {
            throw new NoSpaceException("grow of " + name() + " to " + size + ": the limit is " + limit);
        }
        memory.grow(size);
    }

    @Override
    public long roomToGrow() {
        return hidesRoom ? -1 : Math.max(0, limit - memory.size());
    }

    @Override
    public void truncate(long size) {
        memory.truncate(size);
        if (losesWhatIsCutOff) {
            limit = Math.min(limit, size);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}

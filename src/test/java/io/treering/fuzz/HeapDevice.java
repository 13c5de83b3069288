package io.treering.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.NoSpaceException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A device whose bytes are an array, so that millions of them can be thrown away. It cannot grow without end: what a
/// hostile store asks for shows as [NoSpaceException].
final class HeapDevice implements BlockDevice {
    private static final int BLOCK = 4096;
    private static final int MOST_GROWTH = 16 << 20;

    private final long limit;
    private byte[] bytes;
    private int size;

    HeapDevice(byte[] image) {
        bytes = image.clone();
        size = image.length / BLOCK * BLOCK;
        limit = size + (long) MOST_GROWTH;
    }

    /// What it holds.
    synchronized byte[] image() {
        return Arrays.copyOf(bytes, size);
    }

    @Override
    public String name() {
        return "hostile";
    }

    @Override
    public int blockSize() {
        return BLOCK;
    }

    @Override
    public synchronized long size() {
        return size;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public synchronized void read(long position, MemorySegment into) {
        BlockDevice.requireBlocks(BLOCK, position, into);
        BlockDevice.requireInside(this, "read", position, into.byteSize());
        MemorySegment.copy(bytes, (int) position, into, JAVA_BYTE, 0, (int) into.byteSize());
    }

    @Override
    public synchronized void write(long position, MemorySegment from) {
        BlockDevice.requireBlocks(BLOCK, position, from);
        BlockDevice.requireInside(this, "write", position, from.byteSize());
        MemorySegment.copy(from, JAVA_BYTE, 0, bytes, (int) position, (int) from.byteSize());
    }

    @Override
    public IoOperation submitRead(long position, MemorySegment into) {
        read(position, into);
        return IoOperation.completed();
    }

    @Override
    public IoOperation submitWrite(long position, MemorySegment... from) {
        long at = position;
        for (MemorySegment segment : from) {
            write(at, segment);
            at += segment.byteSize();
        }
        return IoOperation.completed();
    }

    @Override
    public void sync() {}

    @Override
    public synchronized void grow(long newSize) {
        if (newSize > limit) {
            throw new NoSpaceException("grow of " + name() + " to " + newSize + ": the limit is " + limit);
        }
        if (newSize > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(newSize, Math.min(limit, 2L * bytes.length)));
        }
        size = (int) Math.max(size, newSize);
    }

    @Override
    public synchronized long roomToGrow() {
        return limit - size;
    }

    @Override
    public synchronized void truncate(long newSize) {
        if (newSize < size) {
            Arrays.fill(bytes, (int) newSize, size, (byte) 0);
            size = (int) newSize;
        }
    }

    @Override
    public synchronized void discard(long position, long length) {
        BlockDevice.requireInside(this, "discard", position, length);
        Arrays.fill(bytes, (int) position, (int) (position + length), (byte) 0);
    }

    @Override
    public void close() {}
}

package io.treering.testing;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.MemorySegment;

/// Another device, for those that change one thing or another about it.
public abstract class ForwardingDevice implements BlockDevice {
    private final BlockDevice device;

    protected ForwardingDevice(BlockDevice device) {
        this.device = device;
    }

    @Override
    public String name() {
        return device.name();
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
        return device.readOnly();
    }

    @Override
    public void read(long position, MemorySegment into) {
        device.read(position, into);
    }

    @Override
    public void write(long position, MemorySegment from) {
        device.write(position, from);
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
    public void sync() {
        device.sync();
    }

    @Override
    public void grow(long size) {
        device.grow(size);
    }

    @Override
    public long roomToGrow() {
        return device.roomToGrow();
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
    public void registerBuffer(MemorySegment longLived) {
        device.registerBuffer(longLived);
    }

    @Override
    public void unregisterBuffer(MemorySegment longLived) {
        device.unregisterBuffer(longLived);
    }

    @Override
    public long memoryBytes() {
        return device.memoryBytes();
    }

    @Override
    public void close() {
        device.close();
    }
}

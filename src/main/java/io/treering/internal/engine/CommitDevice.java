package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The device as commits and the log use it: one sync at a time, and none once one has failed.
///
/// An operating system tells one of those who sync a file that writes were lost, and tells it once. If log and flusher
/// synced side by side, the log's sync could be told what became of the flusher's pages, while the flusher's returns
/// well; and so would a sync that begins before whoever heard of it could say so.
final class CommitDevice implements BlockDevice {
    private final BlockDevice device;
    private final ReentrantLock syncing = new ReentrantLock();

    /// How a sync has failed before; guarded by the lock, as the next.
    private @Nullable RuntimeException failedBefore;

    /// What Java threw in a sync before.
    private @Nullable Error brokenBefore;

    CommitDevice(BlockDevice device) {
        this.device = device;
    }

    @Override
    public void sync() {
        syncing.lock();
        try {
            if (failedBefore != null) {
                throw failedBefore;
            }
            if (brokenBefore != null) {
                throw brokenBefore;
            }
            device.sync();
        } catch (RuntimeException e) {
            failedBefore = e;
            throw e;
        } catch (Error e) {
            brokenBefore = e;
            throw e;
        } finally {
            syncing.unlock();
        }
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
    public void registerBuffer(MemorySegment longLived) {
        device.registerBuffer(longLived);
    }

    @Override
    public void unregisterBuffer(MemorySegment longLived) {
        device.unregisterBuffer(longLived);
    }

    @Override
    public void close() {
        device.close();
    }
}

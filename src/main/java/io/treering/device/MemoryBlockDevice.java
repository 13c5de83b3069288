package io.treering.device;

import io.treering.ClosedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// A device in memory: what it holds is gone when it is closed.
///
/// Its memory is native, allocated chunk by chunk when first written to, and freed by [#close()]. Operations are over
/// when they return.
public final class MemoryBlockDevice implements BlockDevice {
    private static final int DEFAULT_BLOCK_SIZE = 4096;
    private static final int CHUNK_SHIFT = 18;
    private static final long CHUNK = 1L << CHUNK_SHIFT;

    private final int blockSize;
    private final Arena arena = Arena.ofShared();

    /// Guards size and table against each other's changes, and the allocation of chunks.
    private final Object changes = new Object();

    private volatile boolean closed;
    private volatile long size;

    /// Of all chunks. They are never given back before the device is closed.
    private volatile long allocated;

    /// Covers the size at least. A chunk that is absent reads as zeros; so does everything past the end, so that the
    /// device can grow without touching it.
    private volatile AtomicReferenceArray<@Nullable MemorySegment> chunks = new AtomicReferenceArray<>(1);

    private MemoryBlockDevice(int blockSize) {
        this.blockSize = blockSize;
    }

    /// An empty device with blocks of 4,096 bytes.
    ///
    /// @return a device of size 0
    public static MemoryBlockDevice create() {
        return create(DEFAULT_BLOCK_SIZE);
    }

    /// An empty device.
    ///
    /// @param blockSize a power of two from 512 to 32,768
    /// @return a device of size 0
    public static MemoryBlockDevice create(int blockSize) {
        if (blockSize < 512 || blockSize > 32_768 || Integer.bitCount(blockSize) != 1) {
            throw new IllegalArgumentException("block size " + blockSize + ": not a power of two from 512 to 32768");
        }
        return new MemoryBlockDevice(blockSize);
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    /// What was ever written to, in chunks of 256 KiB.
    @Override
    public long memoryBytes() {
        return allocated;
    }

    @Override
    public void read(long position, MemorySegment into) {
        BlockDevice.requireBlocks(blockSize, position, into);
        ensureOpen();
        BlockDevice.requireInside(this, "read", position, into.byteSize());
        AtomicReferenceArray<@Nullable MemorySegment> table = chunks;
        try {
            for (long done = 0; done < into.byteSize(); ) {
                long at = position + done;
                long length = Math.min(into.byteSize() - done, CHUNK - at % CHUNK);
                MemorySegment chunk = table.get((int) (at >>> CHUNK_SHIFT));
                if (chunk == null) {
                    into.asSlice(done, length).fill((byte) 0);
                } else {
                    MemorySegment.copy(chunk, at % CHUNK, into, done, length);
                }
                done += length;
            }
        } catch (IllegalStateException e) {
            throw closedOr(e);
        }
    }

    @Override
    public void write(long position, MemorySegment from) {
        BlockDevice.requireBlocks(blockSize, position, from);
        ensureOpen();
        BlockDevice.requireInside(this, "write", position, from.byteSize());
        try {
            for (long done = 0; done < from.byteSize(); ) {
                long at = position + done;
                long length = Math.min(from.byteSize() - done, CHUNK - at % CHUNK);
                MemorySegment.copy(from, done, chunk((int) (at >>> CHUNK_SHIFT)), at % CHUNK, length);
                done += length;
            }
        } catch (IllegalStateException e) {
            throw closedOr(e);
        }
    }

    private MemorySegment chunk(int index) {
        MemorySegment chunk = chunks.get(index);
        if (chunk != null) {
            return chunk;
        }
        synchronized (changes) {
            AtomicReferenceArray<@Nullable MemorySegment> table = chunks;
            chunk = table.get(index);
            if (chunk == null) {
                chunk = arena.allocate(CHUNK, blockSize);
                table.set(index, chunk);
                allocated += CHUNK;
            }
            return chunk;
        }
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
    public void sync() {
        ensureOpen();
    }

    @Override
    public void grow(long newSize) {
        requireSize(newSize);
        synchronized (changes) {
            ensureOpen();
            if (newSize > size) {
                int needed = Math.toIntExact((newSize + CHUNK - 1) >>> CHUNK_SHIFT);
                if (needed > chunks.length()) {
                    var larger =
                            new AtomicReferenceArray<@Nullable MemorySegment>(Math.max(needed, chunks.length() * 2));
                    for (int i = 0; i < chunks.length(); i++) {
                        larger.setPlain(i, chunks.get(i));
                    }
                    chunks = larger;
                }
                size = newSize;
            }
        }
    }

    /// As if there were no end to memory.
    @Override
    public long roomToGrow() {
        return Long.MAX_VALUE;
    }

    @Override
    public void truncate(long newSize) {
        requireSize(newSize);
        synchronized (changes) {
            ensureOpen();
            long oldSize = size;
            if (newSize < oldSize) {
                size = newSize;
                zero(newSize, oldSize);
            }
        }
    }

    @Override
    public void discard(long position, long length) {
        requireSize(position);
        requireSize(length);
        synchronized (changes) {
            ensureOpen();
            BlockDevice.requireInside(this, "discard", position, length);
            zero(position, position + length);
        }
    }

    private void zero(long from, long to) {
        for (long at = from; at < to; ) {
            long length = Math.min(to - at, CHUNK - at % CHUNK);
            MemorySegment chunk = chunks.get((int) (at >>> CHUNK_SHIFT));
            if (chunk != null) {
                chunk.asSlice(at % CHUNK, length).fill((byte) 0);
            }
            at += length;
        }
    }

    private void requireSize(long bytes) {
        if (bytes < 0 || bytes % blockSize != 0) {
            throw new IllegalArgumentException(bytes + " is not a multiple of the block size " + blockSize);
        }
    }

    /// An operation that races with [#close()] meets a closed arena: an exception, never freed memory.
    private RuntimeException closedOr(IllegalStateException e) {
        return closed ? new ClosedException("the memory device") : e;
    }

    private void ensureOpen() {
        if (closed) {
            throw new ClosedException("the memory device");
        }
    }

    @Override
    public void close() {
        synchronized (changes) {
            if (!closed) {
                closed = true;
                arena.close();
            }
        }
    }

    @Override
    public String toString() {
        return "MemoryBlockDevice[" + size + " bytes]";
    }
}

package io.treering.internal.engine;

import io.treering.internal.bytes.MemoryAllocator;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Buffers of 256 KiB through which large values pass between device and caller; as many as were ever in use at once.
final class IoBuffers {
    static final int BYTES = 256 << 10;

    private final MemoryAllocator allocator;
    private final ConcurrentLinkedQueue<MemorySegment> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger made = new AtomicInteger();

    IoBuffers(MemoryAllocator allocator) {
        this.allocator = allocator;
    }

    MemorySegment take() {
        MemorySegment buffer = idle.poll();
        if (buffer != null) {
            return buffer;
        }
        MemorySegment fresh = allocator.allocate(BYTES);
        made.incrementAndGet();
        return fresh;
    }

    void giveBack(MemorySegment buffer) {
        idle.add(buffer);
    }

    long bytes() {
        return (long) made.get() * BYTES;
    }
}

package io.treering.internal.engine;

import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.linux.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/// Off-heap memory of one partition: from its arena, counted.
final class CountedMemory implements MemoryAllocator {
    private final Arena arena;
    private final AtomicLong bytes = new AtomicLong();

    CountedMemory(Arena arena) {
        this.arena = arena;
    }

    @Override
    public MemorySegment allocate(long size) {
        MemorySegment memory = NativeMemory.map(size, false, arena);
        bytes.addAndGet(size);
        return memory;
    }

    long bytes() {
        return bytes.get();
    }
}

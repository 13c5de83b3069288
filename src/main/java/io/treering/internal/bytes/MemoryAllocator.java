package io.treering.internal.bytes;

import java.lang.foreign.MemorySegment;

/// Where the rooms get off-heap memory from. What it hands out lives exactly as long as the partition.
@FunctionalInterface
public interface MemoryAllocator {
    /// Zeroed native memory, aligned to at least 4,096 bytes, of a shared arena.
    MemorySegment allocate(long bytes);
}

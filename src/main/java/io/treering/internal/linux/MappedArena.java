package io.treering.internal.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A shared arena that gets whole pages from [NativeMemory], huge ones where the system grants them, and what need not
/// be aligned to pages from the C library.
public final class MappedArena implements Arena {
    private final Arena shared = Arena.ofShared();

    /// Memory that reads as zeros. What is aligned to 4,096 bytes takes room only where it was touched.
    @Override
    public MemorySegment allocate(long bytes, long alignment) {
        return alignment == NativeMemory.PAGE
                ? NativeMemory.map(bytes, true, shared)
                : shared.allocate(bytes, alignment);
    }

    @Override
    public MemorySegment.Scope scope() {
        return shared.scope();
    }

    @Override
    public void close() {
        shared.close();
    }
}

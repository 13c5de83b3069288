package io.treering.simulation;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.linux.MappedArena;
import io.treering.internal.linux.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The memory of all the partitions of one plan, given back with the plan.
///
/// For each arena that is closed, Java stops all threads and the system unmaps memory, which takes longer than what a
/// simulated partition does with it. So these arenas hand out pieces of one mapping, and none twice. Nobody notices
/// then who uses memory that was given back: for that, one plan of eight has the arenas of production.
final class SimulatedMemory implements AutoCloseable {
    private static final int EVERY = 8;
    private static final long CHUNK = 256 << 20;

    private final boolean real;
    private final Arena arena = Arena.ofShared();
    private MemorySegment chunk = MemorySegment.NULL;
    private long used;

    private SimulatedMemory(boolean real) {
        this.real = real;
    }

    static SimulatedMemory of(Plan plan) {
        long number = plan.seed();
        for (Plan.Life life : plan.lives()) {
            number += life.faults().crashAt();
            for (Faults.Fault fault : life.faults().troubles()) {
                number += fault.at();
            }
        }
        return new SimulatedMemory(number % EVERY == 0);
    }

    Arena open() {
        return real ? new MappedArena() : new Pieces();
    }

    private MemorySegment take(long bytes, long alignment) {
        long start = Bytes.roundUp(used, alignment);
        if (start + bytes > chunk.byteSize()) {
            chunk = NativeMemory.map(Math.max(CHUNK, bytes), false, arena);
            start = 0;
        }
        used = start + bytes;
        return chunk.asSlice(start, bytes);
    }

    @Override
    public void close() {
        arena.close();
    }

    private final class Pieces implements Arena {
        private boolean closed;

        @Override
        public MemorySegment allocate(long bytes, long alignment) {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            return take(bytes, alignment);
        }

        @Override
        public MemorySegment.Scope scope() {
            return arena.scope();
        }

        @Override
        public void close() {
            if (closed) {
                throw new IllegalStateException("closed twice");
            }
            closed = true;
        }
    }
}

package io.treering.internal.engine;

import io.treering.internal.buffer.BufferMemory;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.MemoryAllocator;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The memory of write buffers: one active, the others frozen or idle, at most `limit` in all.
///
/// **Ascending keys.** A buffer gives way when it is full, for the more keys come together, the fewer leaves their
/// merge has to write. Keys that ascend share leaves with their neighbours only, however many there are. So if all of a
/// buffer's keys have ascended, an eighth of a buffer is enough, and it is merged while the next ones come (ADR 20).
final class BufferPool {
    private static final int ASCENDING_PART = 8;

    private final MemoryAllocator allocator;
    private final long bytes;
    private final int limit;
    private final ArrayDeque<BufferMemory> idle = new ArrayDeque<>();
    private final Map<WriteBuffer, BufferMemory> lives = new HashMap<>();
    private int made;

    /// Whether none is idle and another one could be made.
    private volatile boolean isShort;

    /// Whether one is idle.
    private volatile boolean isReady;

    private volatile boolean wanted;

    BufferPool(MemoryAllocator allocator, long bytes, int limit) {
        this.allocator = allocator;
        this.bytes = bytes;
        this.limit = limit;
    }

    /// A new, empty buffer, or null while all memory is in use.
    ///
    /// @param visible the newest published sequence
    synchronized @Nullable WriteBuffer begin(long visible) {
        if (idle.isEmpty()) {
            if (made == limit) {
                return null;
            }
            idle.add(make());
        }
        // It is idle until its life has been noted: an Error on the way must not lose it.
        BufferMemory memory = idle.element();
        WriteBuffer buffer = memory.begin(visible);
        lives.put(buffer, memory);
        idle.remove();
        lookAround();
        return buffer;
    }

    /// Fills memory with zeros, which takes its time.
    private BufferMemory make() {
        BufferMemory memory = new BufferMemory(allocator.allocate(bytes));
        made++;
        return memory;
    }

    /// Half of what the active buffer is to take is there, so another one will be needed soon. By the writer, who would
    /// have to wait for it to be made; never waits itself.
    ///
    /// @return whether there is none, and nobody has asked for one before
    boolean wantOne(WriteBuffer active) {
        if (wanted || !isShort || active.bytes() <= goal(active) / 2) {
            return false;
        }
        wanted = true;
        return true;
    }

    /// Whether the active buffer had better be merged now, although it is not full. By the writer; never waits.
    ///
    /// @param view the current one
    boolean givesWay(WriteBuffer active, View view) {
        return isReady && active.bytes() >= goal(active) && !view.hasFrozen();
    }

    private static long goal(WriteBuffer active) {
        return active.isAscending() ? active.capacity() / ASCENDING_PART : active.capacity();
    }

    /// Makes the buffer that is wanted. By the flusher, who does not need it itself.
    void makeWanted() {
        if (wanted) {
            makeOne();
            wanted = false;
        }
    }

    private synchronized void makeOne() {
        try {
            if (idle.isEmpty() && made < limit) {
                idle.add(make());
            }
            lookAround();
        } catch (OutOfMemoryError _) {
            // The writer will try by itself, and say so.
            return;
        }
    }

    private void lookAround() {
        isReady = !idle.isEmpty();
        isShort = !isReady && made < limit;
    }

    synchronized boolean hasIdle() {
        return !idle.isEmpty() || made < limit;
    }

    /// Ends a buffer's life; readers that are still in it find out by themselves.
    void end(WriteBuffer buffer) {
        BufferMemory memory;
        synchronized (this) {
            memory = lives.remove(buffer);
        }
        if (memory != null) {
            memory.recycle();
            synchronized (this) {
                idle.add(memory);
                lookAround();
            }
        }
    }

    synchronized long allocatedBytes() {
        return made * bytes;
    }
}

package io.treering.internal.buffer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The memory of a write buffer, which outlives it: an arena of entries, then the slots of a hash index.
///
/// Memory is *recycled*: once a [WriteBuffer] has been merged, its memory serves another one. Readers that still hold
/// the old buffer are not counted and not waited for. They see valid memory with wrong contents, so every life has a
/// number, the *incarnation*. It is raised before the first byte changes, and readers look at it after they copied:
///
/// ```
///   recycler                                   reader
///     raise the incarnation                      read or copy bytes of the arena, every offset bounded
///     full fence                                 load-load fence
///     clear the index, then append               is the incarnation still mine? if not: throw it all away
/// ```
///
/// One thread at a time recycles, begins and appends; any thread reads.
public final class BufferMemory {
    public static final long MINIMUM_BYTES = 1024;

    /// References have 32 bits and count units of eight bytes.
    public static final long MAXIMUM_BYTES = 1L << (Integer.SIZE + BufferEntry.REFERENCE_SHIFT);

    /// The arena's first bytes stay unused, so that offset 0 can mean "no entry".
    static final long FIRST_ENTRY = 64;

    static final long SLOT_BYTES = 8;

    /// One slot in so many is the index's share of the memory.
    private static final int INDEX_SHARE = 8;

    /// With fewer than one entry to so many slots, clearing the used slots one by one beats clearing all of them.
    private static final int SPARSE = 32;

    static final VarHandle SLOT = JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final VarHandle INCARNATION;

    static {
        try {
            INCARNATION = MethodHandles.lookup()
                    .findVarHandle(BufferMemory.class, "incarnation", long.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final MemorySegment memory;
    private final long arenaEnd;
    private final int slots;

    /// Written by the recycling thread only.
    private long incarnation;

    /// The life whose entries are in the memory; null once it is clean. For the recycling thread only.
    private @Nullable WriteBuffer current;

    /// Memory for write buffers.
    ///
    /// @param memory native, aligned to eight bytes, all zeros: then none of it is touched before it is used
    public BufferMemory(MemorySegment memory) {
        long bytes = memory.byteSize();
        if (bytes < MINIMUM_BYTES || bytes > MAXIMUM_BYTES) {
            throw new IllegalArgumentException(
                    "A write buffer has " + MINIMUM_BYTES + " to " + MAXIMUM_BYTES + " bytes, not " + bytes);
        }
        if (!memory.isNative() || memory.address() % SLOT_BYTES != 0) {
            throw new IllegalArgumentException("A write buffer needs native memory aligned to eight bytes");
        }
        this.memory = memory;
        this.slots = (int) (bytes / INDEX_SHARE / SLOT_BYTES);
        this.arenaEnd = (bytes - slots * SLOT_BYTES) & -BufferEntry.ALIGNMENT;
    }

    /// Bytes of the memory, arena and index together.
    public long bytes() {
        return memory.byteSize();
    }

    /// Bytes of the arena that entries can take.
    public long capacity() {
        return arenaEnd - FIRST_ENTRY;
    }

    /// Starts a life. Recycles the memory first if that has not been done.
    ///
    /// @param visible the sequence that readers of the new buffer may see from the start: the newest one published in
    ///     the buffer before
    public WriteBuffer begin(long visible) {
        recycle();
        current = new WriteBuffer(this, visible);
        return current;
    }

    /// Ends the life that goes on, if one does: its readers find [WriteBuffer#isCurrent] false from here on. Clears the
    /// index, which takes a while; hence not on the writer's thread.
    public void recycle() {
        WriteBuffer ended = current;
        if (ended == null) {
            return;
        }
        INCARNATION.setVolatile(this, incarnation + 1);
        VarHandle.fullFence();
        if (ended.keys() < slots / SPARSE) {
            ended.clearOwnSlots();
        } else {
            clearIndex();
        }
        current = null;
    }

    private void clearIndex() {
        Bytes.zero(memory, arenaEnd, arenaEnd + slots * SLOT_BYTES);
    }

    long incarnation() {
        return (long) INCARNATION.getOpaque(this);
    }

    MemorySegment memory() {
        return memory;
    }

    /// The arena's end, which is where the index starts.
    long arenaEnd() {
        return arenaEnd;
    }

    int slots() {
        return slots;
    }
}

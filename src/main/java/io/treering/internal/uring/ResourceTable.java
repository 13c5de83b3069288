package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.treering.internal.linux.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/// A table of the ring's that begins empty, and whose places are filled and emptied one by one: of files or of buffers.
///
/// Made before the ring is enabled; after that, it belongs to the loop's thread.
final class ResourceTable {
    private final Ring ring;
    private final int updateCode;
    private final int size;
    private final MemorySegment update;
    private final BitSet used = new BitSet();
    private final int refusal;

    /// @param register the code that makes the table
    /// @param update the code that fills a place
    /// @param arena for scratch memory
    ResourceTable(Ring ring, int register, int update, int size, Arena arena) {
        this.ring = ring;
        this.updateCode = update;
        this.size = size;
        this.update = arena.allocate(UringLayout.UPDATE_SIZE, 8);
        MemorySegment resources = arena.allocate(UringLayout.RESOURCES_SIZE, 8);
        resources.set(JAVA_INT, UringLayout.RESOURCES_COUNT, size);
        resources.set(JAVA_INT, UringLayout.RESOURCES_FLAGS, UringLayout.RESOURCES_SPARSE);
        int result =
                SystemCalls.uringRegister(ring.descriptor(), register, resources.address(), UringLayout.RESOURCES_SIZE);
        this.refusal = Math.min(result, 0);
    }

    /// Why there is no table, as a negated error number, or 0.
    int refusal() {
        return refusal;
    }

    /// A free place, or -1.
    int free() {
        int place = used.nextClearBit(0);
        return refusal == 0 && place < size ? place : -1;
    }

    /// Fills or empties a place.
    ///
    /// @param data the address of what to put there
    /// @return a negated error number, or what the kernel says otherwise
    int put(int place, long data, boolean empty) {
        update.fill((byte) 0);
        update.set(JAVA_INT, UringLayout.UPDATE_FIRST, place);
        update.set(JAVA_LONG, UringLayout.UPDATE_DATA, data);
        update.set(JAVA_INT, UringLayout.UPDATE_COUNT, 1);
        int result =
                SystemCalls.uringRegister(ring.descriptor(), updateCode, update.address(), UringLayout.UPDATE_SIZE);
        if (result >= 0) {
            used.set(place, !empty);
        }
        return result;
    }
}

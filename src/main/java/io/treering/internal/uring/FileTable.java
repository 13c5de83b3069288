package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The files that the ring knows by a number of its own, which spares the kernel looking up a descriptor with every
/// operation. A file that finds no place is used by its descriptor.
final class FileTable {
    /// Not tried yet.
    static final int UNKNOWN = -1;

    /// Tried and refused.
    private static final int NONE = -2;

    private static final int SIZE = 64;

    private final ResourceTable table;
    private final MemorySegment descriptor;

    FileTable(Ring ring, Arena arena) {
        this.table = new ResourceTable(ring, UringLayout.REGISTER_FILES, UringLayout.UPDATE_FILES, SIZE, arena);
        this.descriptor = arena.allocate(JAVA_INT);
    }

    /// The file's number, given to it the first time; negative if it has none.
    int index(RingFile file) {
        if (file.index == UNKNOWN) {
            int place = table.free();
            descriptor.set(JAVA_INT, 0, file.descriptor());
            file.index = place >= 0 && table.put(place, descriptor.address(), false) >= 0 ? place : NONE;
        }
        return file.index;
    }

    void remove(RingFile file) {
        if (file.index >= 0) {
            descriptor.set(JAVA_INT, 0, -1);
            table.put(file.index, descriptor.address(), true);
        }
        file.index = NONE;
    }
}

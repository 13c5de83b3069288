package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.treering.internal.linux.Errno;
import io.treering.internal.linux.IoVectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The memory that the kernel has pinned for the ring, which spares it doing so with every operation.
///
/// The kernel takes at most 1 GiB as one buffer. A region is registered in chunks that are much smaller, each by a
/// command of its own, so that the loop is never away from its I/O for long. An operation whose memory does not lie
/// in one chunk that is registered already, goes without.
final class BufferTable {
    /// How many chunks there may be altogether.
    private static final int SIZE = 4096;

    private final ResourceTable table;
    private final MemorySegment vector;
    private final List<BufferRegion> regions = new ArrayList<>();

    BufferTable(Ring ring, Arena arena) {
        this.table = new ResourceTable(ring, UringLayout.REGISTER_BUFFERS, UringLayout.UPDATE_BUFFERS, SIZE, arena);
        this.vector = arena.allocate(IoVectors.SIZE, 8);
    }

    /// Why there are no registered buffers here, or null.
    @Nullable
    String refusal() {
        return table.refusal() == 0 ? null : "registering buffers was refused with " + Errno.name(-table.refusal());
    }

    void add(BufferRegion region) {
        regions.add(region);
    }

    /// Has a chunk pinned. Returns 0 or a negated error number.
    int register(BufferRegion region, int chunk) {
        int place = table.free();
        if (place < 0) {
            return -Errno.ENOMEM;
        }
        vector.set(JAVA_LONG, IoVectors.ADDRESS, region.address(chunk));
        vector.set(JAVA_LONG, IoVectors.LENGTH, region.length(chunk));
        int result = table.put(place, vector.address(), false);
        if (result < 0) {
            return result;
        }
        region.setPlace(chunk, place);
        return 0;
    }

    /// Empties the region's places. The kernel lets go of the memory when nothing in flight uses it any more.
    int remove(BufferRegion region) {
        regions.remove(region);
        vector.fill((byte) 0);
        int failure = 0;
        for (int chunk = 0; chunk < region.chunks(); chunk++) {
            int place = region.place(chunk);
            if (place >= 0) {
                region.setPlace(chunk, -1);
                failure = Math.min(failure, table.put(place, vector.address(), true));
            }
        }
        return failure;
    }

    /// The number of the registered buffer in which memory lies, or -1.
    int index(long address, int length) {
        for (int i = 0; i < regions.size(); i++) {
            int place = regions.get(i).find(address, length);
            if (place >= 0) {
                return place;
            }
        }
        return -1;
    }
}

package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.format.MetaPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.freelist.SpaceCommit;
import io.treering.internal.freelist.SpaceMap;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Tells a store whose making was cut off from one that was damaged. Only the first may be made anew.
///
/// [Formatting] writes the first pages of the space map, syncs, and writes the first meta slot. Wherever it is cut off,
/// any part of what was not synced may be there, or torn to something else, and the rest of the device is zeros. A
/// store that took a single write has more: opening it commits, to the *other* meta slot, before the first write is
/// taken, and data lies in pages of its own.
///
/// So nothing can be lost if, but for those places, the device holds not one byte that is not zero; and if, where the
/// meta slot has been begun, the pages that were synced before are exactly what formatting writes. Several attempts may
/// have been cut off, with pages of different sizes; each has left something in its places.
final class UnfinishedFormat {
    private static final int CHUNK_BYTES = 64 << 10;

    /// A meta block is as large as the smallest page.
    private static final int BLOCK_BYTES = MetaPage.BLOCK_BYTES;

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[BLOCK_BYTES]).asReadOnly();

    private final BlockDevice device;
    private final MemorySegment chunk;
    private final List<FirstPages> attempts = new ArrayList<>();
    private boolean metaWasBegun;

    UnfinishedFormat(BlockDevice device, MemoryAllocator allocator) {
        this.device = device;
        this.chunk = allocator.allocate(CHUNK_BYTES);
        for (int size = PageHeader.MINIMUM_PAGE_BYTES; size <= PageHeader.MAXIMUM_PAGE_BYTES; size *= 2) {
            attempts.add(new FirstPages(device, size, allocator));
        }
    }

    /// Whether the device, none of whose meta blocks is sound, is what a formatting that was cut off leaves.
    boolean isFound() {
        long end = device.size();
        for (long position = 0; position < end; position += CHUNK_BYTES) {
            MemorySegment part = chunk.asSlice(0, Math.min(CHUNK_BYTES, end - position));
            device.read(position, part);
            for (long at = 0; at < part.byteSize(); at += BLOCK_BYTES) {
                MemorySegment block = part.asSlice(at, Math.min(BLOCK_BYTES, part.byteSize() - at));
                if (!isPossible(position + at, block)) {
                    return false;
                }
            }
        }
        return !metaWasBegun || attempts.stream().anyMatch(attempt -> attempt.areWhole);
    }

    /// Whether a block, no larger than any page, can be what formatting has left at a place of the device.
    private boolean isPossible(long position, MemorySegment found) {
        boolean blank = found.mismatch(ZEROS.asSlice(0, found.byteSize())) < 0;
        if (isFirstMetaSlot(position)) {
            metaWasBegun |= !blank;
            return true;
        }
        boolean possible = blank;
        for (FirstPages attempt : attempts) {
            possible |= attempt.compare(position, found);
        }
        return possible;
    }

    private static boolean isFirstMetaSlot(long position) {
        for (int copy = 0; copy < MetaPage.COPIES; copy++) {
            if (position == MetaPage.position(Formatting.FIRST_SLOT, copy)) {
                return true;
            }
        }
        return false;
    }

    /// Makes the meta slot blank before the next attempt writes over the pages that must be whole beside it. What else
    /// was found can stay: the attempt writes over it, or it lies in free pages.
    void clear() {
        if (metaWasBegun) {
            MemorySegment zeros = chunk.asSlice(0, BLOCK_BYTES).fill((byte) 0);
            for (int copy = 0; copy < MetaPage.COPIES; copy++) {
                device.write(MetaPage.position(Formatting.FIRST_SLOT, copy), zeros);
            }
            device.sync();
        }
    }

    /// What formatting writes before the meta slot, with pages of a certain size.
    private static final class FirstPages {
        private final int pageSize;
        private final MemorySegment images;

        /// Where each page stands in the images.
        private final Map<Integer, Long> offsets = new HashMap<>();

        /// As far as was compared.
        private boolean areWhole = true;

        FirstPages(BlockDevice device, int pageSize, MemoryAllocator allocator) {
            this.pageSize = pageSize;
            SpaceMap map = Formatting.emptyMap(device, pageSize);
            SpaceCommit commit = map.prepareCommit(Formatting.FIRST_GENERATION);
            this.images = allocator.allocate((long) commit.pages() * pageSize);
            long offset = 0;
            for (int page = commit.next(images, offset); page >= 0; page = commit.next(images, offset)) {
                offsets.put(page, offset);
                offset += pageSize;
            }
        }

        /// @return whether one of the pages lies there, whole or not
        boolean compare(long position, MemorySegment found) {
            Long page = offsets.get((int) (position / pageSize));
            if (page == null) {
                return false;
            }
            MemorySegment image = images.asSlice(page + position % pageSize, found.byteSize());
            areWhole &= found.mismatch(image) < 0;
            return true;
        }
    }
}

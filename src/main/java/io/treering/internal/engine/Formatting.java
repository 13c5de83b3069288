package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.format.Meta;
import io.treering.internal.format.MetaPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.freelist.SpaceCommit;
import io.treering.internal.freelist.SpaceMap;
import java.lang.foreign.MemorySegment;
import java.util.UUID;

/// Makes a new store on an empty device: the space map, then, once that is durable, the first meta block.
final class Formatting {
    private static final long FIRST_BYTES = 1 << 20;

    /// The generation of the empty tree.
    private static final long FIRST_GENERATION = 1;

    private Formatting() {}

    static MetaPage.Choice format(BlockDevice device, int pageSize, MemoryAllocator allocator, MemorySegment block) {
        SpaceMap map = SpaceMap.create(device.name(), pageSize, filePages(pageSize));
        device.grow(Math.max(device.size(), (long) map.filePages() * pageSize));
        MemorySegment image = allocator.allocate(pageSize);
        SpaceCommit commit = map.prepareCommit(FIRST_GENERATION);
        for (int page = commit.next(image, 0); page >= 0; page = commit.next(image, 0)) {
            device.write((long) page * pageSize, image);
        }
        device.sync();
        Meta meta = Meta.builder(UUID.randomUUID(), pageSize)
                .clean(true)
                .commit(1)
                .generations(FIRST_GENERATION, FIRST_GENERATION + 1)
                .livePages(map.livePages())
                .filePages(map.filePages())
                .summaries(commit.summaries())
                .build();
        MemorySegment oneBlock = block.asSlice(0, MetaPage.BLOCK_BYTES);
        Committer.writeMeta(device, oneBlock, meta, 0);
        device.sync();
        return new MetaPage.Choice(meta, 0, MetaPage.COPIES);
    }

    private static int filePages(int pageSize) {
        return (int) (FIRST_BYTES / pageSize);
    }

    /// Whether a device without any meta block is what a crash in the middle of [#format] leaves, and no store that
    /// lost
    /// its meta blocks: the slots of the first region hold nothing that a later commit wrote.
    static boolean wasNeverFinished(BlockDevice device, MemoryAllocator allocator) {
        MemorySegment memory = allocator.allocate(PageHeader.MAXIMUM_PAGE_BYTES);
        for (int size = PageHeader.MINIMUM_PAGE_BYTES; size <= PageHeader.MAXIMUM_PAGE_BYTES; size *= 2) {
            for (int slot = 0; slot < 2; slot++) {
                if (wasCommittedTo(device, memory.asSlice(0, size), MetaPage.firstPage(size) + slot)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean wasCommittedTo(BlockDevice device, MemorySegment page, int id) {
        long size = page.byteSize();
        if ((id + 1) * size > device.size()) {
            return false;
        }
        device.read(id * size, page);
        return PageHeader.crc(page, 0) == PageHeader.computeCrc(page, 0, size)
                && PageHeader.birth(page, 0) > FIRST_GENERATION;
    }
}

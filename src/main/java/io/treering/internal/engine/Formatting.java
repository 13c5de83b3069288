package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.format.Meta;
import io.treering.internal.format.MetaPage;
import io.treering.internal.format.SpaceLayout;
import io.treering.internal.freelist.SpaceCommit;
import io.treering.internal.freelist.SpaceMap;
import java.lang.foreign.MemorySegment;
import java.util.UUID;

/// Makes a new store on an empty device: the space map, then, once that is durable, the first meta block. What is left
/// where that is cut off, [UnfinishedFormat] recognizes.
final class Formatting {
    private static final long FIRST_BYTES = 1 << 20;

    /// The generation of the empty tree.
    static final long FIRST_GENERATION = 1;

    /// The meta slot of the empty tree.
    static final int FIRST_SLOT = 0;

    private Formatting() {}

    static MetaPage.Choice format(
            BlockDevice device, int pageSize, UUID storeId, MemoryAllocator allocator, MemorySegment block) {
        SpaceMap map = emptyMap(device, pageSize);
        device.grow((long) map.filePages() * pageSize);
        MemorySegment image = allocator.allocate(pageSize);
        SpaceCommit commit = map.prepareCommit(FIRST_GENERATION);
        for (int page = commit.next(image, 0); page >= 0; page = commit.next(image, 0)) {
            device.write((long) page * pageSize, image);
        }
        device.sync();
        Meta meta = Meta.builder(storeId, pageSize)
                .clean(true)
                .commit(1)
                .generations(FIRST_GENERATION, FIRST_GENERATION + 1)
                .livePages(map.livePages())
                .filePages(map.filePages())
                .summaries(commit.summaries())
                .build();
        MemorySegment oneBlock = block.asSlice(0, MetaPage.BLOCK_BYTES);
        Committer.writeMeta(device, oneBlock, meta, FIRST_SLOT);
        device.sync();
        return new MetaPage.Choice(meta, FIRST_SLOT, 0, MetaPage.COPIES);
    }

    /// The account of a store in which nothing is.
    static SpaceMap emptyMap(BlockDevice device, int pageSize) {
        int filePages = new SpaceLayout(pageSize).atLeast((int) (FIRST_BYTES / pageSize));
        return SpaceMap.create(device.name(), pageSize, filePages);
    }
}

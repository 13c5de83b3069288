package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.format.Meta;
import io.treering.internal.format.MetaPage;
import io.treering.internal.format.PageReference;
import io.treering.internal.freelist.SpaceCommit;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Makes a root durable.
///
/// 1. The pages below the root have been written, and their writes have completed.
/// 2. Write the changed pages of the space map, into slots that the durable state does not name.
/// 3. Sync.
/// 4. Write the meta slot that is *not* the chosen one, never chosen by parity, in two separate blocks.
/// 5. Sync. Only now is the root durable: pages that only its predecessor needed may be reused, and the log's head may
///    move on.
///
/// A crash before step 5 ends leaves the predecessor or this root, both whole. A failure in steps 2 to 5 leaves their
/// outcome unknown: the caller poisons the partition and tries nothing again.
///
/// One commit at a time, by the flusher or, while nothing else runs, by whoever opens or closes.
final class Committer {
    private static final int IMAGES = 32;

    /// So few are written one after the other: the commit of an opening then needs no other thread.
    private static final int FEW = 4;

    private final BlockDevice device;
    private final Space space;
    private final int pageSize;
    private final MemorySegment images;
    private final MemorySegment block;
    private volatile Meta durable;
    private int slot;

    /// @param durable the meta block that recovery chose
    /// @param slot where it stands
    Committer(BlockDevice device, Space space, MemoryAllocator allocator, Meta durable, int slot) {
        this.device = device;
        this.space = space;
        this.pageSize = durable.pageSize();
        this.images = allocator.allocate((long) IMAGES * pageSize);
        this.block = allocator.allocate(MetaPage.BLOCK_BYTES);
        this.durable = durable;
        this.slot = slot;
    }

    Meta durable() {
        return durable;
    }

    /// Commits a root.
    ///
    /// @param sequence every write up to it is below the root
    /// @param walHead where a replay would start
    /// @param clean whether the log holds nothing that a replay would need
    void commit(Root root, long sequence, long entries, long nextGeneration, LogPosition walHead, boolean clean) {
        SpaceCommit spaceCommit = space.prepareCommit(root.generation(), this::writeImages);
        device.sync();
        Meta meta = durable.toBuilder()
                .clean(clean)
                .commit(durable.commit() + 1)
                .generations(root.generation(), nextGeneration)
                .sequence(sequence)
                .root(PageReference.page(root.reference()), root.level(), PageReference.crc(root.reference()))
                .heads(root.heads())
                .entries(entries)
                .livePages(spaceCommit.livePages())
                .filePages(spaceCommit.filePages())
                .wal(walHead.epoch(), walHead.lsn())
                .walRegion(walHead.firstPage(), walHead.pages())
                .summaries(spaceCommit.summaries())
                .build();
        writeMeta(device, block, meta, 1 - slot);
        device.sync();
        slot = 1 - slot;
        durable = meta;
        space.committed(spaceCommit);
    }

    /// Writes both copies of a meta slot.
    static void writeMeta(BlockDevice device, MemorySegment block, Meta meta, int slot) {
        MetaPage.encode(meta, slot, block, 0);
        for (int copy = 0; copy < MetaPage.COPIES; copy++) {
            device.write(MetaPage.position(slot, copy), block);
        }
    }

    /// Sees to it that the state that was found is durable, which it need not be because it can be read: what a write
    /// that failed has left may be shown for as long as the system keeps it in its cache, and be gone after a power
    /// cut. It would be missed once the other slot is written over. So one copy is written again, the one that is not
    /// sound if there is one; the other is there as long as this write is under way.
    static void makeDurable(BlockDevice device, MemorySegment block, MetaPage.Choice found) {
        MetaPage.encode(found.meta(), found.slot(), block, 0);
        device.write(MetaPage.position(found.slot(), MetaPage.COPIES - 1 - found.copy()), block);
        device.sync();
    }

    private void writeImages(SpaceCommit commit) {
        int[] pages = new int[IMAGES];
        int count;
        do {
            count = 0;
            while (count < IMAGES && (pages[count] = commit.next(images, (long) count * pageSize)) >= 0) {
                count++;
            }
            write(pages, count);
        } while (count == IMAGES);
    }

    private void write(int[] pages, int count) {
        List<IoOperation> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long position = (long) pages[i] * pageSize;
            MemorySegment image = images.asSlice((long) i * pageSize, pageSize);
            if (count <= FEW) {
                device.write(position, image);
            } else {
                writes.add(device.submitWrite(position, image));
            }
        }
        for (IoOperation write : writes) {
            write.await();
        }
    }
}

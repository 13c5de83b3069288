package io.treering.internal.format;

import io.treering.CorruptionException;
import io.treering.UnsupportedFormatException;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.HeadRange;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Turns one meta block, whose checksum is right, into a [Meta] that can be trusted to make sense in itself.
///
/// A right checksum proves that nothing rotted, not that the block is ours: every field is checked. A block that is
/// sound but senseless was never written by a commit, and the store is refused rather than opened at an older state.
final class MetaDecoder {
    /// No store counts so far: one that counts a billion a second takes a century and a half. Above it, counting on
    /// would overflow one day.
    private static final long GREATEST_COUNT = (1L << 62) - 1;

    private final String device;
    private final MemorySegment memory;
    private final long block;
    private final long position;

    MetaDecoder(String device, MemorySegment memory, long block, long position) {
        this.device = device;
        this.memory = memory;
        this.block = block;
        this.position = position;
    }

    Meta decode(int slot) {
        int version = i32(MetaPage.VERSION);
        if (version != MetaPage.CURRENT_VERSION) {
            throw new UnsupportedFormatException(device, version, MetaPage.CURRENT_VERSION);
        }
        int pageSize = pageSize();
        long filePages = i64(MetaPage.FILE_PAGES);
        int firstPage = MetaPage.firstPage(pageSize);
        require(filePages >= firstPage && filePages <= Integer.MAX_VALUE, "file pages", filePages);
        zero(MetaPage.ENCRYPTION, 1, "encryption");
        int clean = Bytes.u8(memory, block + MetaPage.CLEAN);
        require(clean <= 1, "clean flag", clean);
        int written = Bytes.u8(memory, block + MetaPage.SLOT);
        require(written == slot, "slot, " + slot + ",", written);
        zero(MetaPage.RESERVED, 1, "reserved byte");
        zero(MetaPage.ROOT_TREE, 4, "root tree");
        zero(MetaPage.CATALOG, 8, "catalog");
        checkGenerations();
        checkRoot(firstPage, filePages);
        checkWal(firstPage, filePages);
        return new MetaBuilder(new UUID(i64(MetaPage.STORE_ID), i64(MetaPage.STORE_ID + Long.BYTES)), pageSize)
                .clean(clean == 1)
                .commit(atLeast(1, MetaPage.COMMIT, "commit number"))
                .generations(i64(MetaPage.GENERATION), i64(MetaPage.NEXT_GENERATION))
                .sequence(atLeast(0, MetaPage.SEQUENCE, "sequence"))
                .root(i32(MetaPage.ROOT_PAGE), i32(MetaPage.ROOT_LEVEL), i32(MetaPage.ROOT_CRC))
                .heads(heads())
                .entries(atLeast(0, MetaPage.ENTRIES, "entries"))
                .livePages(livePages(filePages))
                .filePages((int) filePages)
                .wal(atLeast(0, MetaPage.WAL_EPOCH, "log epoch"), atLeast(0, MetaPage.WAL_HEAD, "log head"))
                .walRegion(i32(MetaPage.WAL_FIRST_PAGE), i32(MetaPage.WAL_PAGES))
                .summaries(summaries())
                .build();
    }

    private int pageSize() {
        int pageSize = i32(MetaPage.PAGE_SIZE);
        require(
                pageSize >= PageHeader.MINIMUM_PAGE_BYTES
                        && pageSize <= PageHeader.MAXIMUM_PAGE_BYTES
                        && Integer.bitCount(pageSize) == 1,
                "page size",
                pageSize);
        return pageSize;
    }

    private void checkGenerations() {
        long generation = atLeast(0, MetaPage.GENERATION, "generation");
        long next = atLeast(1, MetaPage.NEXT_GENERATION, "next generation");
        require(generation < next, "next generation above " + generation, next);
    }

    private void checkRoot(int firstPage, long filePages) {
        int page = i32(MetaPage.ROOT_PAGE);
        int level = i32(MetaPage.ROOT_LEVEL);
        if (page == 0) {
            require(level == 0, "level of the empty tree", level);
            require(i32(MetaPage.ROOT_CRC) == 0, "checksum of the empty tree", i32(MetaPage.ROOT_CRC));
            require(i64(MetaPage.ENTRIES) == 0, "entries of the empty tree", i64(MetaPage.ENTRIES));
        } else {
            require(page >= firstPage && page < filePages, "root page", page);
            require(level >= 0 && level <= PageHeader.MAXIMUM_LEVEL, "root level", level);
            require(i64(MetaPage.GENERATION) > 0, "generation of a root", i64(MetaPage.GENERATION));
        }
    }

    private HeadRange heads() {
        long least = Bytes.head(memory, block + MetaPage.LEAST_HEAD);
        long greatest = Bytes.head(memory, block + MetaPage.GREATEST_HEAD);
        HeadRange heads = new HeadRange(least, greatest);
        boolean isEmptyTree = i32(MetaPage.ROOT_PAGE) == 0;
        require(isEmptyTree == heads.isEmpty(), "range of keys from " + Long.toHexString(least), greatest);
        return heads;
    }

    private void checkWal(int firstPage, long filePages) {
        int page = i32(MetaPage.WAL_FIRST_PAGE);
        int pages = i32(MetaPage.WAL_PAGES);
        if (page == 0) {
            require(pages == 0, "pages of no log", pages);
        } else {
            require(page >= firstPage && page < filePages, "log's first page", page);
            require(pages > 0 && pages <= filePages - page, "log's pages", pages);
        }
        long head = i64(MetaPage.WAL_HEAD);
        require(head % WalRecord.ALIGNMENT == 0, "log head", head);
    }

    private long livePages(long filePages) {
        long live = atLeast(0, MetaPage.LIVE_PAGES, "live pages");
        require(live <= filePages, "live pages", live);
        return live;
    }

    private List<SlotReference> summaries() {
        int count = i32(MetaPage.SUMMARY_COUNT);
        require(count >= 1 && count <= MetaPage.MAXIMUM_SUMMARIES, "summary pages", count);
        List<SlotReference> summaries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = MetaPage.SUMMARIES + i * MetaPage.SUMMARY_BYTES;
            int slot = i32(at);
            require(slot == 0 || slot == 1, "slot of summary page " + i, slot);
            summaries.add(new SlotReference(slot, i32(at + Integer.BYTES)));
        }
        return summaries;
    }

    private void zero(int offset, int bytes, String what) {
        for (int i = 0; i < bytes; i++) {
            int found = Bytes.u8(memory, block + offset + i);
            require(found == 0, what + " 0", found);
        }
    }

    private long atLeast(long least, int offset, String what) {
        long found = i64(offset);
        require(found >= least && found <= GREATEST_COUNT, what, found);
        return found;
    }

    private void require(boolean holds, String what, long found) {
        if (!holds) {
            throw new CorruptionException(
                    device,
                    position / MetaPage.BLOCK_BYTES,
                    "a possible " + what + " in the meta block at byte " + position,
                    Long.toString(found));
        }
    }

    private int i32(int offset) {
        return Bytes.i32(memory, block + offset);
    }

    private long i64(int offset) {
        return Bytes.i64(memory, block + offset);
    }
}

package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.Crc32c;
import java.lang.foreign.MemorySegment;

/// The first 32 bytes of every page but the meta blocks and the log's.
///
/// ```
///   0        4     5     6        8                12               16
///   +--------+-----+-----+--------+----------------+----------------+
///   | crc32c |type |level| count  |    page id     |    tree id     |
///   +--------+-----+-----+--------+----------------+----------------+
///   |      birth (generation)     | prefix | end   |    reserved    |
///   +-----------------------------+--------+-------+----------------+
///  16                            24       26      28               32
/// ```
///
/// The checksum covers everything behind itself. The page's last 32 bytes, the *trailer*, are zeros: room for the nonce
/// and tag of authenticated encryption.
public final class PageHeader {
    public static final int CRC = 0;
    public static final int TYPE = 4;
    public static final int LEVEL = 5;
    public static final int COUNT = 6;
    public static final int PAGE_ID = 8;
    public static final int TREE_ID = 12;
    public static final int BIRTH = 16;
    public static final int PREFIX_LENGTH = 24;
    public static final int ENTRIES_END = 26;
    public static final int RESERVED = 28;
    public static final int BYTES = 32;
    public static final int TRAILER_BYTES = 32;

    public static final int LEAF = 1;
    public static final int BRANCH = 2;
    public static final int OVERFLOW = 3;
    public static final int FREE_REGION = 4;
    public static final int FREE_SUMMARY = 5;
    /// Kept free for leaves that hold only what changed.
    public static final int LEAF_DELTA = 6;

    /// A tree this deep would hold more than the largest partition.
    public static final int MAXIMUM_LEVEL = 15;

    public static final int MINIMUM_PAGE_BYTES = 4096;
    public static final int MAXIMUM_PAGE_BYTES = 32_768;

    private static final long COUNT_IN_IDENTITY = 0xffff_0000L;

    private PageHeader() {}

    public static int crc(MemorySegment memory, long page) {
        return Bytes.i32(memory, page + CRC);
    }

    public static int type(MemorySegment memory, long page) {
        return Bytes.u8(memory, page + TYPE);
    }

    public static int level(MemorySegment memory, long page) {
        return Bytes.u8(memory, page + LEVEL);
    }

    public static int count(MemorySegment memory, long page) {
        return Bytes.u16(memory, page + COUNT);
    }

    public static int pageId(MemorySegment memory, long page) {
        return Bytes.i32(memory, page + PAGE_ID);
    }

    public static int treeId(MemorySegment memory, long page) {
        return Bytes.i32(memory, page + TREE_ID);
    }

    public static long birth(MemorySegment memory, long page) {
        return Bytes.i64(memory, page + BIRTH);
    }

    public static int prefixLength(MemorySegment memory, long page) {
        return Bytes.u16(memory, page + PREFIX_LENGTH);
    }

    public static int entriesEnd(MemorySegment memory, long page) {
        return Bytes.u16(memory, page + ENTRIES_END);
    }

    /// Type, level, count and page id, in one load.
    private static long identity(MemorySegment memory, long page) {
        return Bytes.i64(memory, page + TYPE);
    }

    /// Whether a page is what its parent took it for, and not born after `generation`: what an optimistic reader checks
    /// of a page that may have been used again.
    public static boolean isExpected(
            MemorySegment memory, long page, int type, int level, int pageId, long generation) {
        long expected = (long) pageId << 32 | level << 8 | type;
        return (identity(memory, page) & ~COUNT_IN_IDENTITY) == expected && birth(memory, page) <= generation;
    }

    /// Writes all fields but the checksum, which [#seal] adds when the page is complete.
    public static void write(
            MemorySegment memory,
            long page,
            int type,
            int level,
            int count,
            int pageId,
            long birth,
            int prefixLength,
            int entriesEnd) {
        Bytes.putI32(memory, page + CRC, 0);
        Bytes.putU8(memory, page + TYPE, type);
        Bytes.putU8(memory, page + LEVEL, level);
        Bytes.putU16(memory, page + COUNT, count);
        Bytes.putI32(memory, page + PAGE_ID, pageId);
        Bytes.putI32(memory, page + TREE_ID, 0);
        Bytes.putI64(memory, page + BIRTH, birth);
        Bytes.putU16(memory, page + PREFIX_LENGTH, prefixLength);
        Bytes.putU16(memory, page + ENTRIES_END, entriesEnd);
        Bytes.putI32(memory, page + RESERVED, 0);
    }

    /// The checksum that a page of `bytes` bytes should carry.
    public static int computeCrc(MemorySegment memory, long page, long bytes) {
        return Crc32c.of(memory, page + TYPE, bytes - TYPE);
    }

    /// Completes a page: computes its checksum, stores and returns it.
    public static int seal(MemorySegment memory, long page, long bytes) {
        int crc = computeCrc(memory, page, bytes);
        Bytes.putI32(memory, page + CRC, crc);
        return crc;
    }
}

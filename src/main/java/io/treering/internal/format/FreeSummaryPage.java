package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// For each region: which slot holds its committed bits, their checksum, and how much is free there.
///
/// ```
///   +-----------+----------------+-------------+---------------------------------------------+
///   | offset    | bytes          | constant    |                                             |
///   +-----------+----------------+-------------+---------------------------------------------+
///   |         0 |             32 | HEADER      | page header: type FREE_SUMMARY, birth, and  |
///   |           |                |             | the number of entries as count              |
///   |        32 |              - | ENTRIES     | one entry for each region                   |
///   +-----------+----------------+-------------+---------------------------------------------+
///   the last 32 bytes are the trailer, 0
///
///   an entry:
///   |         0 |              4 | SLOT        | 0 or 1                                      |
///   |         4 |              4 | REGION_CRC  | crc32c of the region page in that slot      |
///   |         8 |              4 | FREE        | free pages                                  |
///   |        12 |              4 | LONGEST     | the longest run of free pages               |
/// ```
///
/// The summary's own slot and checksum stand in the meta block.
public final class FreeSummaryPage {
    static final int HEADER = 0;
    static final int ENTRIES = PageHeader.BYTES;

    static final int SLOT = 0;
    static final int REGION_CRC = 4;
    static final int FREE = 8;
    static final int LONGEST = 12;
    static final int ENTRY_BYTES = 16;

    private FreeSummaryPage() {}

    /// How many regions a summary page lists: whole groups.
    public static int regions(int pageSize) {
        int room = (pageSize - PageHeader.BYTES - PageHeader.TRAILER_BYTES) / ENTRY_BYTES;
        return room / SpaceLayout.GROUP_REGIONS * SpaceLayout.GROUP_REGIONS;
    }

    /// Starts a page at `offset`; the entries follow by [#putEntry], and [PageHeader#seal] ends it.
    public static void start(MemorySegment memory, long offset, int pageSize, int page, long generation, int entries) {
        PageHeader.write(memory, offset, PageHeader.FREE_SUMMARY, 0, entries, page, generation, 0, 0);
        Bytes.zero(memory, offset + ENTRIES, offset + pageSize);
    }

    public static void putEntry(
            MemorySegment memory, long offset, int entry, int slot, int crc, int free, int longest) {
        long at = entry(offset, entry);
        Bytes.putI32(memory, at + SLOT, slot);
        Bytes.putI32(memory, at + REGION_CRC, crc);
        Bytes.putI32(memory, at + FREE, free);
        Bytes.putI32(memory, at + LONGEST, longest);
    }

    public static int slot(MemorySegment memory, long offset, int entry) {
        return Bytes.i32(memory, entry(offset, entry) + SLOT);
    }

    public static int regionCrc(MemorySegment memory, long offset, int entry) {
        return Bytes.i32(memory, entry(offset, entry) + REGION_CRC);
    }

    public static int free(MemorySegment memory, long offset, int entry) {
        return Bytes.i32(memory, entry(offset, entry) + FREE);
    }

    public static int longest(MemorySegment memory, long offset, int entry) {
        return Bytes.i32(memory, entry(offset, entry) + LONGEST);
    }

    private static long entry(long offset, int entry) {
        return offset + ENTRIES + (long) entry * ENTRY_BYTES;
    }
}

package io.treering.internal.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// The checks that the pages of a tree have in common, for bytes that come from the device.
///
/// A checksum is no defence against a hostile file: structure is checked even where the checksum is right.
final class PageCheck {
    private PageCheck() {}

    /// Checksum first, then the fields of the header that mean the same in every page. The crc of `pageBytes` bytes
    /// must be what the page says and what its parent says.
    static void header(MemorySegment memory, long page, long pageBytes, int id, int crc) {
        int computed = PageHeader.computeCrc(memory, page, pageBytes);
        int stored = PageHeader.crc(memory, page);
        if (computed != stored) {
            throw anomaly(id, "checksum " + hex(stored) + " as the page says", hex(computed));
        }
        if (stored != crc) {
            throw anomaly(id, "checksum " + hex(crc) + " as the parent says", hex(stored));
        }
        check(id, "page id", id, PageHeader.pageId(memory, page));
        check(id, "tree id", 0, PageHeader.treeId(memory, page));
        check(id, "reserved field", 0, Bytes.i32(memory, page + PageHeader.RESERVED));
        if (PageHeader.birth(memory, page) <= 0) {
            throw anomaly(id, "a positive birth", Long.toString(PageHeader.birth(memory, page)));
        }
    }

    /// The fields that say what kind of page it is.
    static void kind(MemorySegment memory, long page, int id, int type, int lowestLevel, int highestLevel) {
        check(id, "type", type, PageHeader.type(memory, page));
        checkRange(id, "level", lowestLevel, highestLevel, PageHeader.level(memory, page));
    }

    static void check(int id, String what, long expected, long found) {
        if (expected != found) {
            throw anomaly(id, what + " " + expected, Long.toString(found));
        }
    }

    /// As above, for one of many; no message is put together unless it is needed.
    static void check(int id, String what, int index, long expected, long found) {
        if (expected != found) {
            throw anomaly(id, what + " " + index + ": " + expected, Long.toString(found));
        }
    }

    static void checkRange(int id, String what, long lowest, long highest, long found) {
        if (found < lowest || found > highest) {
            throw anomaly(id, what + " in [" + lowest + ", " + highest + "]", Long.toString(found));
        }
    }

    /// Bytes `[from, to)` of the page are zeros.
    static void zeros(MemorySegment memory, long page, int id, int from, int to) {
        int at = from;
        while (at + Long.BYTES <= to && Bytes.i64(memory, page + at) == 0) {
            at += Long.BYTES;
        }
        for (; at < to; at++) {
            if (memory.get(JAVA_BYTE, page + at) != 0) {
                throw anomaly(id, "zero at offset " + at, Integer.toString(Bytes.u8(memory, page + at)));
            }
        }
    }

    static PageAnomaly anomaly(int id, String expected, String found) {
        return new PageAnomaly(id, expected, found);
    }

    private static String hex(int crc) {
        return String.format("%08x", crc);
    }
}

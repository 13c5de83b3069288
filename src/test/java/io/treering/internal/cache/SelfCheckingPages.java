package io.treering.internal.cache;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;

/// Pages whose every byte follows from their id and their birth, so that torn or foreign content is seen at once.
final class SelfCheckingPages {
    static final int SIZE = PageHeader.MINIMUM_PAGE_BYTES;

    /// What [#birth] says of bytes that are no single page.
    static final long TORN = -1;

    private SelfCheckingPages() {}

    /// Writes a page and returns its checksum.
    static int write(MemorySegment memory, long base, int page, long birth) {
        PageHeader.write(memory, base, PageHeader.LEAF, 0, 0, page, birth, 0, 0);
        for (int offset = PageHeader.BYTES; offset < SIZE; offset += Long.BYTES) {
            Bytes.putI64(memory, base + offset, word(page, birth, offset));
        }
        return PageHeader.seal(memory, base, SIZE);
    }

    /// The birth of the page, or TORN if it is not, from its first to its last byte, one version of that page.
    static long birth(MemorySegment memory, long base, int page) {
        long birth = PageHeader.birth(memory, base);
        if (PageHeader.pageId(memory, base) != page) {
            return TORN;
        }
        for (int offset = PageHeader.BYTES; offset < SIZE; offset += Long.BYTES) {
            if (Bytes.i64(memory, base + offset) != word(page, birth, offset)) {
                return TORN;
            }
        }
        return birth;
    }

    /// A [PageValidator]: the checksum and the id.
    static void validate(MemorySegment memory, long base, int page, int crc) {
        int found = PageHeader.computeCrc(memory, base, SIZE);
        if (found != crc || PageHeader.crc(memory, base) != crc) {
            throw new PageAnomaly(page, "crc " + crc, "crc " + found);
        }
        if (PageHeader.pageId(memory, base) != page) {
            throw new PageAnomaly(page, "its id", "id " + PageHeader.pageId(memory, base));
        }
    }

    private static long word(int page, long birth, int offset) {
        long mixed = (page * 0x9e3779b97f4a7c15L ^ birth) * 0xbf58476d1ce4e5b9L + offset;
        return mixed ^ mixed >>> 29;
    }
}

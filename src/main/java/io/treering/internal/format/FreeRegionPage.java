package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// One bit for each page of a region: 1 if the committed tree uses it, or if it is reserved.
///
/// ```
///   +-----------+----------------+-------------+---------------------------------------------+
///   | offset    | bytes          | constant    |                                             |
///   +-----------+----------------+-------------+---------------------------------------------+
///   |         0 |             32 | HEADER      | page header: type FREE_REGION, birth        |
///   |        32 |              - | BITS        | bit i % 8 of byte i / 8 is the region's     |
///   |           |                |             | page i; pages past the file's end have 0    |
///   +-----------+----------------+-------------+---------------------------------------------+
///   the last 32 bytes are the trailer, 0
/// ```
///
/// Which region it is follows from the page's place, see [SpaceLayout].
public final class FreeRegionPage {
    static final int HEADER = 0;
    static final int BITS = PageHeader.BYTES;

    private FreeRegionPage() {}

    /// How many pages a region has.
    public static int pages(int pageSize) {
        return bitBytes(pageSize) * Byte.SIZE;
    }

    /// Writes a whole page at `offset`; `words` holds the region's bits from `firstWord` on, as far as it reaches.
    ///
    /// @return the page's checksum
    public static int encode(
            MemorySegment memory, long offset, int pageSize, int page, long generation, long[] words, int firstWord) {
        PageHeader.write(memory, offset, PageHeader.FREE_REGION, 0, 0, page, generation, 0, 0);
        int count = Math.min(words.length - firstWord, words(pageSize));
        MemorySegment.copy(words, firstWord, memory, Bytes.LE_LONG, offset + BITS, count);
        Bytes.zero(memory, offset + BITS + (long) count * Long.BYTES, offset + pageSize);
        return PageHeader.seal(memory, offset, pageSize);
    }

    /// Copies the bits of a page whose checksum and header have been checked into `words` from `firstWord` on.
    public static void decode(MemorySegment memory, long offset, int pageSize, long[] words, int firstWord) {
        MemorySegment.copy(memory, Bytes.LE_LONG, offset + BITS, words, firstWord, words(pageSize));
    }

    /// Words of 64 bits that a region's bits take.
    public static int words(int pageSize) {
        return bitBytes(pageSize) / Long.BYTES;
    }

    private static int bitBytes(int pageSize) {
        return pageSize - PageHeader.BYTES - PageHeader.TRAILER_BYTES;
    }
}

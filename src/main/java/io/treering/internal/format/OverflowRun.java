package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// A value that does not fit into a leaf: a run of contiguous pages behind one header.
///
/// ```
///  0          32             40           42
///  +----------+--------------+------------+-------------+---------+---------+
///  |  header  | value length | key length | owner's key |  value  |  zeros  |
///  +----------+--------------+------------+-------------+---------+---------+
/// ```
///
/// The header's page id is the run's first page, count and level are 0. The checksum covers the run up to the end of
/// its last page; there is no trailer. The owner's key is named so that whoever moves the run finds the leaf that
/// refers to it.
public final class OverflowRun {
    public static final int VALUE_LENGTH = 32;
    public static final int KEY_LENGTH = 40;
    public static final int KEY = 42;

    private OverflowRun() {}

    /// How many pages a run takes.
    public static int pages(int keyLength, long valueLength, int pageSize) {
        return (int) ((KEY + keyLength + valueLength + pageSize - 1) / pageSize);
    }

    public static long valueLength(MemorySegment memory, long run) {
        return Bytes.i64(memory, run + VALUE_LENGTH);
    }

    public static int keyLength(MemorySegment memory, long run) {
        return Bytes.u16(memory, run + KEY_LENGTH);
    }

    /// Offset of the value within a run.
    public static int valueOffset(int keyLength) {
        return KEY + keyLength;
    }

    /// Checks the header of a run and what follows it up to the key, before the rest is read. The checksum is not
    /// looked at.
    ///
    /// @param id the run's first page
    /// @param keyLength that of the key which the reference belongs to
    /// @param valueLength what the reference says
    public static void validateStart(MemorySegment memory, long run, int id, int keyLength, long valueLength) {
        PageCheck.check(id, "page id", id, PageHeader.pageId(memory, run));
        PageCheck.kind(memory, run, id, PageHeader.OVERFLOW, 0, 0);
        PageCheck.check(id, "count", 0, PageHeader.count(memory, run));
        PageCheck.check(id, "prefix length", 0, PageHeader.prefixLength(memory, run));
        PageCheck.check(id, "entries' end", 0, PageHeader.entriesEnd(memory, run));
        PageCheck.checkRange(id, "length of a value", 0, OverflowReference.MAXIMUM_VALUE_BYTES, valueLength);
        PageCheck.check(id, "value length", valueLength, valueLength(memory, run));
        PageCheck.check(id, "key length", keyLength, keyLength(memory, run));
    }
}

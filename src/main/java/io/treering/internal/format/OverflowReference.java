package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// What a leaf keeps in place of a value that lives in an [OverflowRun].
///
/// ```
///  0           4            8                       16
///  +-----------+------------+-----------------------+
///  |  page id  |   crc32c   |     value length      |
///  +-----------+------------+-----------------------+
/// ```
///
/// The page id is the run's first, the checksum that of the whole run. The length takes the lower 40 bits of its field;
/// the others are reserved and zero.
public final class OverflowReference {
    public static final int PAGE_ID = 0;
    public static final int CRC = 4;
    public static final int VALUE_LENGTH = 8;
    public static final int BYTES = 16;

    /// Values end here, although the field would hold more.
    public static final long MAXIMUM_VALUE_BYTES = 1L << 30;

    private OverflowReference() {}

    public static int page(MemorySegment memory, long offset) {
        return Bytes.i32(memory, offset + PAGE_ID);
    }

    public static int crc(MemorySegment memory, long offset) {
        return Bytes.i32(memory, offset + CRC);
    }

    /// Id and checksum of the run as a [PageReference].
    public static long reference(MemorySegment memory, long offset) {
        return Bytes.i64(memory, offset + PAGE_ID);
    }

    /// The whole field, reserved bits included: whoever trusts it has asked [#isLength].
    public static long valueLength(MemorySegment memory, long offset) {
        return Bytes.i64(memory, offset + VALUE_LENGTH);
    }

    /// Whether a value can be as long as that.
    public static boolean isLength(long valueLength) {
        return valueLength >= 0 && valueLength <= MAXIMUM_VALUE_BYTES;
    }

    public static void write(MemorySegment memory, long offset, long reference, long valueLength) {
        Bytes.putI64(memory, offset + PAGE_ID, reference);
        Bytes.putI64(memory, offset + VALUE_LENGTH, valueLength);
    }
}

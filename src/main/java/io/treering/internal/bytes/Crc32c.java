package io.treering.internal.bytes;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/// CRC32C (Castagnoli) over native memory, through the JDK's intrinsic.
public final class Crc32c {
    private Crc32c() {}

    /// The checksum of `length` bytes of native memory at `offset`.
    public static int of(MemorySegment memory, long offset, long length) {
        CRC32C crc = new CRC32C();
        update(crc, memory, offset, length);
        return (int) crc.getValue();
    }

    /// Adds `length` bytes of native memory at `offset` to a running checksum.
    public static void update(CRC32C crc, MemorySegment memory, long offset, long length) {
        long at = offset;
        long left = length;
        while (left > 0) {
            long step = Math.min(left, 1L << 30);
            crc.update(memory.asSlice(at, step).asByteBuffer());
            at += step;
            left -= step;
        }
    }
}

package io.treering.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Arrays of `struct iovec`: what one gathered write takes from where.
///
/// ```
///   +--------+-------+---------------------+
///   | offset | bytes | constant            |
///   +--------+-------+---------------------+
///   |      0 |     8 | ADDRESS             |
///   |      8 |     8 | LENGTH              |
///   +--------+-------+---------------------+
/// ```
public final class IoVectors {
    public static final int SIZE = 16;
    public static final int ADDRESS = 0;
    public static final int LENGTH = 8;

    private IoVectors() {}

    /// The bytes of all segments together.
    public static long length(MemorySegment[] segments) {
        long length = 0;
        for (MemorySegment segment : segments) {
            length += segment.byteSize();
        }
        return length;
    }

    /// Describes what is left of `segments` after their first `skip` bytes, as far as `most` vectors reach;
    /// neighbours in memory share one.
    ///
    /// @return how many vectors were filled, from `offset` on
    public static int fill(MemorySegment vectors, long offset, int most, MemorySegment[] segments, long skip) {
        int count = 0;
        long end = 0;
        for (MemorySegment segment : segments) {
            long bytes = segment.byteSize();
            if (skip >= bytes) {
                skip -= bytes;
                continue;
            }
            long address = segment.address() + skip;
            bytes -= skip;
            skip = 0;
            long last = offset + (long) (count - 1) * SIZE;
            if (count > 0 && address == end) {
                vectors.set(JAVA_LONG, last + LENGTH, vectors.get(JAVA_LONG, last + LENGTH) + bytes);
            } else if (count == most) {
                break;
            } else {
                vectors.set(JAVA_LONG, last + SIZE + ADDRESS, address);
                vectors.set(JAVA_LONG, last + SIZE + LENGTH, bytes);
                count++;
            }
            end = address + bytes;
        }
        return count;
    }
}

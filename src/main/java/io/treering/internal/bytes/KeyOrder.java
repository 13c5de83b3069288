package io.treering.internal.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The order of keys: unsigned bytes, shorter first on a tie.
///
/// A *head* is the first eight bytes of a key, or of what is left of it behind a prefix, read big-endian and padded
/// with zeros. Heads compare as unsigned numbers; equal heads say nothing yet, because the padding is ambiguous.
public final class KeyOrder {
    /// From here on `MemorySegment.mismatch` beats a loop over eight bytes.
    private static final int LONG_KEY = 48;

    private KeyOrder() {}

    /// The head of `key[from, length)`; 0 when nothing is left.
    public static long head(byte[] key, int from, int length) {
        int rest = length - from;
        if (rest >= Long.BYTES) {
            return (long) Bytes.ARRAY_BE_LONG.get(key, from);
        }
        if (rest > 0 && length >= Long.BYTES) {
            return (long) Bytes.ARRAY_BE_LONG.get(key, length - Long.BYTES) << (Long.SIZE - Byte.SIZE * rest);
        }
        long head = 0;
        for (int i = 0; i < rest; i++) {
            head |= (key[from + i] & 0xffL) << (56 - 8 * i);
        }
        return head;
    }

    /// The head of `length` bytes of native memory at `offset`; reads no byte past them.
    public static long head(MemorySegment memory, long offset, int length) {
        if (length >= Long.BYTES) {
            return Bytes.head(memory, offset);
        }
        long head = 0;
        for (int i = 0; i < length; i++) {
            head |= (memory.get(JAVA_BYTE, offset + i) & 0xffL) << (56 - 8 * i);
        }
        return head;
    }

    /// Compares `key[from, length)` with `otherLength` bytes of native memory at `offset`.
    public static int compare(byte[] key, int from, int length, MemorySegment memory, long offset, int otherLength) {
        int common = Math.min(length - from, otherLength);
        if (common > LONG_KEY) {
            return compareLong(key, from, length, memory, offset, otherLength);
        }
        int i = 0;
        for (; i + Long.BYTES <= common; i += Long.BYTES) {
            long mine = (long) Bytes.ARRAY_BE_LONG.get(key, from + i);
            long other = Bytes.head(memory, offset + i);
            if (mine != other) {
                return Long.compareUnsigned(mine, other);
            }
        }
        if (i < common && common >= Long.BYTES) {
            // What is left, behind bytes known to be equal, in one step.
            long mine = (long) Bytes.ARRAY_BE_LONG.get(key, from + common - Long.BYTES);
            long other = Bytes.head(memory, offset + common - Long.BYTES);
            if (mine != other) {
                return Long.compareUnsigned(mine, other);
            }
            i = common;
        }
        for (; i < common; i++) {
            int difference = (key[from + i] & 0xff) - Bytes.u8(memory, offset + i);
            if (difference != 0) {
                return difference;
            }
        }
        return Integer.compare(length - from, otherLength);
    }

    private static int compareLong(
            byte[] key, int from, int length, MemorySegment memory, long offset, int otherLength) {
        long at =
                MemorySegment.mismatch(MemorySegment.ofArray(key), from, length, memory, offset, offset + otherLength);
        int common = Math.min(length - from, otherLength);
        if (at < 0 || at >= common) {
            return Integer.compare(length - from, otherLength);
        }
        return (key[from + (int) at] & 0xff) - Bytes.u8(memory, offset + at);
    }

    /// Compares two keys in native memory.
    public static int compare(
            MemorySegment left,
            long leftOffset,
            int leftLength,
            MemorySegment right,
            long rightOffset,
            int rightLength) {
        int common = Math.min(leftLength, rightLength);
        int i = 0;
        for (; i + Long.BYTES <= common; i += Long.BYTES) {
            long mine = Bytes.head(left, leftOffset + i);
            long other = Bytes.head(right, rightOffset + i);
            if (mine != other) {
                return Long.compareUnsigned(mine, other);
            }
        }
        for (; i < common; i++) {
            int difference = Bytes.u8(left, leftOffset + i) - Bytes.u8(right, rightOffset + i);
            if (difference != 0) {
                return difference;
            }
        }
        return Integer.compare(leftLength, rightLength);
    }

    /// Whether `key[from, length)` is the same bytes as `otherLength` bytes of native memory at `offset`.
    public static boolean equal(byte[] key, int from, int length, MemorySegment memory, long offset, int otherLength) {
        if (length - from != otherLength) {
            return false;
        }
        if (otherLength < Long.BYTES || otherLength > LONG_KEY) {
            return compare(key, from, length, memory, offset, otherLength) == 0;
        }
        int last = otherLength - Long.BYTES;
        for (int i = 0; i < last; i += Long.BYTES) {
            if ((long) Bytes.ARRAY_LE_LONG.get(key, from + i) != Bytes.i64(memory, offset + i)) {
                return false;
            }
        }
        return (long) Bytes.ARRAY_LE_LONG.get(key, from + last) == Bytes.i64(memory, offset + last);
    }

    /// How many leading bytes two keys in native memory share.
    public static int commonPrefix(
            MemorySegment left,
            long leftOffset,
            int leftLength,
            MemorySegment right,
            long rightOffset,
            int rightLength) {
        int common = Math.min(leftLength, rightLength);
        int i = 0;
        for (; i + Long.BYTES <= common; i += Long.BYTES) {
            long difference = Bytes.head(left, leftOffset + i) ^ Bytes.head(right, rightOffset + i);
            if (difference != 0) {
                return i + (Long.numberOfLeadingZeros(difference) >>> 3);
            }
        }
        while (i < common && Bytes.u8(left, leftOffset + i) == Bytes.u8(right, rightOffset + i)) {
            i++;
        }
        return i;
    }

    /// How many leading bytes `key[from, to)` shares with `otherLength` bytes of native memory at `offset`.
    public static int commonPrefix(byte[] key, int from, int to, MemorySegment memory, long offset, int otherLength) {
        int common = Math.min(to - from, otherLength);
        int i = 0;
        for (; i + Long.BYTES <= common; i += Long.BYTES) {
            long difference = (long) Bytes.ARRAY_BE_LONG.get(key, from + i) ^ Bytes.head(memory, offset + i);
            if (difference != 0) {
                return i + (Long.numberOfLeadingZeros(difference) >>> 3);
            }
        }
        while (i < common && (key[from + i] & 0xff) == Bytes.u8(memory, offset + i)) {
            i++;
        }
        return i;
    }

    /// Compares two keys in arrays.
    public static int compare(byte[] left, byte[] right) {
        return Arrays.compareUnsigned(left, right);
    }
}

package io.treering.internal.buffer;

/// Layout of one version of one key in a write buffer's arena. It lives in memory only.
///
/// ```
///   +--------+-------+--------------+----------------------------------------------------------+
///   | offset | bytes | constant     |                                                          |
///   +--------+-------+--------------+----------------------------------------------------------+
///   |      0 |     8 | SEQUENCE     | the write's sequence number                              |
///   |      8 |     4 | OLDER        | reference of the key's older version here, 0 for none    |
///   |     12 |     4 | HASH         | upper half of the key's hash, the fingerprint on top     |
///   |     16 |     4 | VALUE_LENGTH | bytes of the value                                       |
///   |     20 |     2 | KEY_LENGTH   | bytes of the key                                         |
///   |     22 |     1 | KIND         | PUT, DELETE or PUT_OVERFLOW                              |
///   |     23 |     1 | FLAGS        | reserved, 0                                              |
///   |     24 |     - | KEY          | the key, the value, zero to seven bytes to the next      |
///   |        |       |              | multiple of eight                                        |
///   +--------+-------+--------------+----------------------------------------------------------+
/// ```
///
/// A *reference* is an entry's offset divided by eight, so that 32 bits reach over 32 GiB. Reference 0 is no entry: the
/// arena's first 64 bytes stay unused.
///
/// The eight bytes at [#SHAPE] are read at once, as the entry's *shape*: lengths that were checked together then stay
/// together, even when the arena is recycled under a reader.
public final class BufferEntry {
    /// A value that stands in the buffer.
    public static final int PUT = 1;

    /// The key was deleted.
    public static final int DELETE = 2;

    /// The value is a reference to an overflow run.
    public static final int PUT_OVERFLOW = 3;

    /// The longest key that the layout can hold.
    public static final int MAXIMUM_KEY_BYTES = 0xffff;

    static final int SEQUENCE = 0;
    static final int OLDER = 8;
    static final int HASH = 12;
    static final int VALUE_LENGTH = 16;
    static final int KEY_LENGTH = 20;
    static final int KIND = 22;
    static final int FLAGS = 23;
    static final int KEY = 24;

    static final int SHAPE = VALUE_LENGTH;
    static final int ALIGNMENT = 8;
    static final int REFERENCE_SHIFT = 3;

    private BufferEntry() {}

    /// Bytes that an entry takes in the arena.
    public static long size(int keyLength, int valueLength) {
        return ((long) KEY + keyLength + valueLength + (ALIGNMENT - 1)) & -ALIGNMENT;
    }

    /// Bytes that several entries take in the arena at most, with so many bytes of keys and values in all.
    public static long largestSize(int entries, long keyAndValueBytes) {
        return (long) entries * (KEY + ALIGNMENT - 1) + keyAndValueBytes;
    }

    /// The value's length in a shape.
    public static int valueLength(long shape) {
        return (int) shape;
    }

    /// The key's length in a shape.
    public static int keyLength(long shape) {
        return (int) (shape >>> 32) & 0xffff;
    }

    /// The kind in a shape: [#PUT], [#DELETE] or [#PUT_OVERFLOW].
    public static int kind(long shape) {
        return (int) (shape >>> 48) & 0xff;
    }

    static long shape(int keyLength, int valueLength, int kind) {
        return (valueLength & 0xffff_ffffL) | ((long) keyLength << 32) | ((long) kind << 48);
    }
}

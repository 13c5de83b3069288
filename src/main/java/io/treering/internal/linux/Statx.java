package io.treering.internal.linux;

/// The parts of `struct statx` that are looked at. (The generated bindings do not have it.)
///
/// ```
///   +--------+-------+---------------------+
///   | offset | bytes | constant            |
///   +--------+-------+---------------------+
///   |      0 |     4 | MASK                |
///   |     28 |     2 | MODE                |
///   |     40 |     8 | FILE_SIZE           |
///   |    152 |     4 | DIRECT_MEMORY_ALIGN |
///   |    156 |     4 | DIRECT_OFFSET_ALIGN |
///   +--------+-------+---------------------+
/// ```
public final class Statx {
    public static final int SIZE = 256;

    /// Which of the fields the kernel filled.
    public static final int MASK = 0;

    public static final int MODE = 28;
    public static final int FILE_SIZE = 40;

    /// What memory addresses must be multiples of in direct I/O; 0 = no direct I/O on this file.
    public static final int DIRECT_MEMORY_ALIGN = 152;

    /// What positions and lengths must be multiples of in direct I/O.
    public static final int DIRECT_OFFSET_ALIGN = 156;

    public static final int MODE_TYPE = 0xf000;
    public static final int MODE_REGULAR = 0x8000;

    private Statx() {}
}

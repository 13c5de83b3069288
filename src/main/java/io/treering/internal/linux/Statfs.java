package io.treering.internal.linux;

/// The parts of `struct statfs` that are looked at, the same on every 64-bit Linux. (The generated bindings do not have
/// it.)
///
/// ```
///   +--------+-------+---------------------+
///   | offset | bytes | constant            |
///   +--------+-------+---------------------+
///   |     32 |     8 | BLOCKS_AVAILABLE    |
///   |     72 |     8 | BLOCK_BYTES         |
///   +--------+-------+---------------------+
/// ```
public final class Statfs {
    public static final int SIZE = 120;

    /// Free blocks that an ordinary user may have.
    public static final int BLOCKS_AVAILABLE = 32;

    /// The unit that blocks are counted in.
    public static final int BLOCK_BYTES = 72;

    private Statfs() {}
}

package io.treering.internal.linux;

/// `struct flock`, with which a range of a file is locked. Zeros mean: counted from the start, from there to the end of
/// all files. (The generated bindings do not have it.)
///
/// ```
///   +--------+-------+---------------------+
///   | offset | bytes | constant            |
///   +--------+-------+---------------------+
///   |      0 |     2 | TYPE                |
///   +--------+-------+---------------------+
/// ```
public final class FileLockRecord {
    public static final int SIZE = 32;
    public static final int TYPE = 0;

    private FileLockRecord() {}
}

package io.treering.internal.linux;

/// `struct flock`, with which a range of a file is locked. Zeros mean: counted from the start, from there to the end of
/// all files. (The generated bindings do not have it.)
///
/// ```
///   +------------+--------------+-----+------------+-------------+-----------+-----+
///   | 0 type u16 | 2 whence u16 | ... | 8 start u64| 16 length u64| 24 pid u32| ... | 32
///   +------------+--------------+-----+------------+-------------+-----------+-----+
/// ```
public final class FileLockRecord {
    public static final int SIZE = 32;
    public static final int TYPE = 0;

    private FileLockRecord() {}
}

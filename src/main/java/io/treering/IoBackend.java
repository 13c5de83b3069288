package io.treering;

/// How a partition's file is read and written. The file's format does not depend on it.
public enum IoBackend {
    /// The first of the following that works here, by trial when the file is opened.
    AUTO,

    /// io_uring, with the page cache's memory registered with the kernel once. Linux; takes as much lockable memory
    /// (`RLIMIT_MEMLOCK`) as the cache has.
    URING_FIXED,

    /// io_uring. Linux 5.10 or later; many sandboxes and containers forbid it.
    URING,

    /// `pread` and `pwrite`, on the thread that waits or on a few threads for I/O. Linux.
    PREAD,

    /// [java.nio.channels.FileChannel], on a few threads for I/O. Anywhere.
    CHANNEL
}

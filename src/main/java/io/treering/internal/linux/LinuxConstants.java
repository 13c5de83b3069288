package io.treering.internal.linux;

/// Constants of the Linux user interface.
///
/// Some of them are missing from the generated bindings; the rest is written out here because loading the bindings
/// for a constant would cost every start about as much as linking a system call. A test compares the two where both
/// have one.
public final class LinuxConstants {
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_CLOEXEC = 0x80000;

    /// These three, and only these, have other values on 64-bit ARM.
    private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

    public static final int O_DIRECT = ARM ? 0x10000 : 0x4000;
    public static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
    public static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;

    public static final int S_IRUSR = 0x100;
    public static final int S_IWUSR = 0x80;

    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    public static final int F_OFD_SETLK = 37;
    public static final short F_RDLCK = 0;
    public static final short F_WRLCK = 1;
    public static final short F_UNLCK = 2;

    public static final int FALLOC_FL_KEEP_SIZE = 1;
    public static final int FALLOC_FL_PUNCH_HOLE = 2;

    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int STATX_TYPE = 0x1;
    public static final int STATX_SIZE = 0x200;
    public static final int STATX_DIOALIGN = 0x2000;

    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 0x1;
    public static final int MAP_PRIVATE = 0x2;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_POPULATE = 0x8000;
    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_POPULATE_WRITE = 23;

    public static final int EFD_CLOEXEC = 0x80000;
    public static final int EFD_NONBLOCK = 0x800;

    public static final int RLIMIT_FSIZE = 1;
    public static final int RLIMIT_MEMLOCK = 8;

    /// The most pieces of one gathered write.
    public static final int IOV_MAX = 1024;

    private LinuxConstants() {}
}

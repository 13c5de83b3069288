package io.treering.internal.file;

import static io.treering.internal.linux.Errno.EACCES;
import static io.treering.internal.linux.Errno.EAGAIN;
import static io.treering.internal.linux.Errno.EEXIST;
import static io.treering.internal.linux.Errno.EINTR;
import static io.treering.internal.linux.Errno.EINVAL;
import static io.treering.internal.linux.Errno.ELOOP;
import static io.treering.internal.linux.Errno.ENOENT;
import static io.treering.internal.linux.Errno.EROFS;
import static io.treering.internal.linux.LinuxConstants.O_CLOEXEC;
import static io.treering.internal.linux.LinuxConstants.O_CREAT;
import static io.treering.internal.linux.LinuxConstants.O_DIRECT;
import static io.treering.internal.linux.LinuxConstants.O_DIRECTORY;
import static io.treering.internal.linux.LinuxConstants.O_EXCL;
import static io.treering.internal.linux.LinuxConstants.O_NOFOLLOW;
import static io.treering.internal.linux.LinuxConstants.O_RDONLY;
import static io.treering.internal.linux.LinuxConstants.O_RDWR;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.treering.IoFailureException;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.FileLockRecord;
import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.Statx;
import io.treering.internal.linux.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/// Opens a file by system calls: descriptor, lock, direct I/O, size.
final class LinuxFileOpener {
    private static final int DEFAULT_BLOCK_SIZE = 4096;

    private final Path file;
    private final boolean readOnly;
    private final Arena arena;

    private LinuxFileOpener(Path file, boolean readOnly, Arena arena) {
        this.file = file;
        this.readOnly = readOnly;
        this.arena = arena;
    }

    static LinuxFile open(Path file, boolean readOnly, boolean create) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return new LinuxFileOpener(file, readOnly, arena).open(create && !readOnly);
        }
    }

    private LinuxFile open(boolean create) throws IOException {
        int descriptor = descriptor(create);
        try {
            lock(descriptor);
            LinuxFile opened = examine(descriptor);
            if (opened.size() == 0 && !readOnly) {
                syncDirectories();
            }
            return opened;
        } catch (Throwable e) {
            SystemCalls.close(descriptor);
            throw e;
        }
    }

    private int descriptor(boolean create) {
        int flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW;
        int descriptor = open(file, flags);
        if (descriptor == -ENOENT && create) {
            descriptor = open(file, flags | O_CREAT | O_EXCL);
            if (descriptor == -EEXIST) {
                // Somebody else was faster; the lock says whose it is.
                descriptor = open(file, flags);
            }
        }
        if (descriptor < 0) {
            int errno = -descriptor;
            String why = errno == ELOOP ? "ELOOP, symbolic links are not followed" : Errno.name(errno);
            throw new IoFailureException("opening " + file, errno, why);
        }
        return descriptor;
    }

    private int open(Path path, int flags) {
        // Java took the path's characters from these bytes, or refused them.
        Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        MemorySegment text = arena.allocateFrom(path.toString(), charset);
        int mode = LinuxConstants.S_IRUSR | LinuxConstants.S_IWUSR;
        int descriptor = SystemCalls.open(text.address(), flags, mode);
        while (descriptor == -EINTR) {
            descriptor = SystemCalls.open(text.address(), flags, mode);
        }
        return descriptor;
    }

    /// A new file's name is in its directory's data, a new directory's in that of its parent: without this, a crash may
    /// leave a durable file without a name. What is empty may be new, though an opening before this one made it and was
    /// killed.
    private void syncDirectories() throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        for (Path each = directory == null ? null : directory.toRealPath(); each != null; each = each.getParent()) {
            int descriptor = open(each, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
            int result = descriptor;
            if (descriptor >= 0) {
                result = SystemCalls.fsync(descriptor);
                SystemCalls.close(descriptor);
            }
            if (result < 0 && !needsNoSync(-result)) {
                throw Errno.failure("sync of directory " + each, -result);
            }
        }
    }

    /// EINVAL and EROFS: that file system has directories that need none. EACCES: may be written to, not read, or not
    /// even that, and then nothing new is in it.
    private static boolean needsNoSync(int errno) {
        return errno == EINVAL || errno == EROFS || errno == EACCES;
    }

    /// Locks the open file itself, for as long as any descriptor or request of the kernel's refers to it. So the lock
    /// of a killed process falls only after its last write has landed, and until then this waits.
    private void lock(int descriptor) throws IOException {
        MemorySegment lock = arena.allocate(FileLockRecord.SIZE, 8);
        lock.set(JAVA_SHORT, FileLockRecord.TYPE, readOnly ? LinuxConstants.F_RDLCK : LinuxConstants.F_WRLCK);
        LockFile lockFile = new LockFile(file);
        lockFile.lock(() -> {
            int result = SystemCalls.fcntl(descriptor, LinuxConstants.F_OFD_SETLK, lock.address());
            if (result < 0 && result != -EAGAIN && result != -EACCES && result != -EINTR) {
                throw Errno.failure("locking " + file, -result);
            }
            return result >= 0;
        });
        if (!readOnly) {
            record(lockFile.path());
        }
    }

    /// Writes down whose the lock is. Java's own channels would do, and would first load what they need for networks.
    private void record(Path path) {
        int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW);
        if (descriptor < 0) {
            throw Errno.failure("opening " + path, -descriptor);
        }
        try {
            String line = LockFile.line(SystemCalls.getpid());
            long written =
                    SystemCalls.pwrite(descriptor, arena.allocateFrom(line).address(), line.length(), 0);
            long result = written < 0 ? written : SystemCalls.ftruncate(descriptor, line.length());
            if (result < 0) {
                throw Errno.failure("writing " + path, (int) -result);
            }
        } finally {
            SystemCalls.close(descriptor);
        }
    }

    private LinuxFile examine(int descriptor) throws IOException {
        MemorySegment state = arena.allocate(Statx.SIZE, 8);
        int mask = LinuxConstants.STATX_TYPE | LinuxConstants.STATX_SIZE | LinuxConstants.STATX_DIOALIGN;
        int result = SystemCalls.statx(descriptor, mask, state.address());
        boolean regular;
        long size;
        if (result < 0) {
            regular = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
            size = Files.size(file);
        } else {
            regular = (state.get(JAVA_SHORT, Statx.MODE) & Statx.MODE_TYPE) == Statx.MODE_REGULAR;
            size = state.get(JAVA_LONG, Statx.FILE_SIZE);
        }
        if (!regular) {
            throw new IoFailureException("opening " + file, 0, "not a regular file");
        }
        boolean known = result >= 0 && (state.get(JAVA_INT, Statx.MASK) & LinuxConstants.STATX_DIOALIGN) != 0;
        int alignment = known
                ? Math.max(
                        state.get(JAVA_INT, Statx.DIRECT_MEMORY_ALIGN), state.get(JAVA_INT, Statx.DIRECT_OFFSET_ALIGN))
                : DEFAULT_BLOCK_SIZE;
        String refusal = direct(descriptor, alignment, known);
        return new LinuxFile(file.toString(), descriptor, refusal.isEmpty(), DEFAULT_BLOCK_SIZE, size, refusal);
    }

    /// Turns direct I/O on, or says why it is not to be had.
    private String direct(int descriptor, int alignment, boolean known) {
        if (alignment <= 0 || Integer.bitCount(alignment) != 1) {
            return "buffered, the file system has no direct I/O for this file";
        }
        if (alignment > DEFAULT_BLOCK_SIZE) {
            // A meta block could not be written by itself.
            return "buffered, direct I/O for this file is in blocks of " + alignment + " bytes";
        }
        int flags = SystemCalls.fcntl(descriptor, LinuxConstants.F_GETFL, 0);
        int result = flags < 0 ? flags : SystemCalls.fcntl(descriptor, LinuxConstants.F_SETFL, flags | O_DIRECT);
        if (result >= 0 && !known) {
            // Some file systems accept the flag and refuse the first read.
            MemorySegment block = arena.allocate(DEFAULT_BLOCK_SIZE, DEFAULT_BLOCK_SIZE);
            long moved = SystemCalls.pread(descriptor, block.address(), DEFAULT_BLOCK_SIZE, 0);
            if (moved == -EINVAL) {
                SystemCalls.fcntl(descriptor, LinuxConstants.F_SETFL, flags);
                result = -EINVAL;
            }
        }
        return result < 0 ? "buffered, O_DIRECT was refused with " + Errno.name(-result) : "";
    }
}

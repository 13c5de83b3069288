package io.treering.internal.file;

import static io.treering.internal.linux.Errno.EINTR;
import static io.treering.internal.linux.Errno.EOPNOTSUPP;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.treering.IoFailureException;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.FileLockRecord;
import io.treering.internal.linux.IoVectors;
import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.NativeMemory;
import io.treering.internal.linux.Statfs;
import io.treering.internal.linux.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// An open file of which the lock is held, and what system calls do with it. Each method blocks, and does its work
/// whole or throws: a short transfer is continued, one that was interrupted before it began is begun again.
final class LinuxFile {
    /// Zeros to write where the file system cannot make them. Never touched, so all of it is one page.
    private static final class Zeros {
        static final long LENGTH = 1 << 20;
        static final MemorySegment MEMORY = NativeMemory.map(LENGTH, false, Arena.global());
    }

    /// `fallocate` on a busy file system may be interrupted more than once, but not for ever.
    private static final int INTERRUPTIONS = 100;

    private final String name;
    private final int descriptor;
    private final boolean direct;
    private final int blockSize;
    private final long size;
    private final String note;

    /// @param note what the file's place lacks, or an empty string
    LinuxFile(String name, int descriptor, boolean direct, int blockSize, long size, String note) {
        this.name = name;
        this.descriptor = descriptor;
        this.direct = direct;
        this.blockSize = blockSize;
        this.size = size;
        this.note = note;
    }

    String name() {
        return name;
    }

    int descriptor() {
        return descriptor;
    }

    /// Whether I/O goes past the operating system's page cache.
    boolean direct() {
        return direct;
    }

    int blockSize() {
        return blockSize;
    }

    /// The size that it had when it was opened, of which the last block may be incomplete.
    long size() {
        return size;
    }

    String note() {
        return note;
    }

    void read(long position, MemorySegment into) {
        long address = into.address();
        long length = into.byteSize();
        for (long done = 0; done < length; ) {
            long moved = SystemCalls.pread(descriptor, address + done, length - done, position + done);
            if (moved > 0) {
                done += moved;
            } else if (moved == 0) {
                throw endOfFile("read", position, length, done);
            } else if (moved != -EINTR) {
                throw Errno.failure(describe("read", position, length), (int) -moved);
            }
        }
    }

    void write(long position, MemorySegment from) {
        write(position, from.address(), from.byteSize());
    }

    private void write(long position, long address, long length) {
        for (long done = 0; done < length; ) {
            long moved = SystemCalls.pwrite(descriptor, address + done, length - done, position + done);
            if (moved > 0) {
                done += moved;
            } else if (moved == 0) {
                throw endOfFile("write", position, length, done);
            } else if (moved != -EINTR) {
                throw Errno.failure(describe("write", position, length), (int) -moved);
            }
        }
    }

    /// Writes what lies in several places to consecutive positions.
    void write(long position, MemorySegment[] from) {
        if (from.length == 1) {
            write(position, from[0]);
            return;
        }
        long length = IoVectors.length(from);
        int most = Math.min(from.length, LinuxConstants.IOV_MAX);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vectors = arena.allocate((long) most * IoVectors.SIZE, 8);
            for (long done = 0; done < length; ) {
                int count = IoVectors.fill(vectors, 0, most, from, done);
                long moved = SystemCalls.pwritev(descriptor, vectors.address(), count, position + done);
                if (moved > 0) {
                    done += moved;
                } else if (moved == 0) {
                    throw endOfFile("write", position, length, done);
                } else if (moved != -EINTR) {
                    throw Errno.failure(describe("write", position, length), (int) -moved);
                }
            }
        }
    }

    /// Makes what was written durable, and the size with it.
    ///
    /// `fdatasync` leaves out only what is not needed to read the data back, such as times. A file's size is needed,
    /// and so is the mapping of its blocks: ext4 and xfs journal both in the transaction that `fdatasync` waits for
    /// whenever they differ from what is on disk, after growing as after truncating. So `fsync` would add nothing but
    /// the times.
    ///
    /// Never repeated, not even when interrupted: after a failure the system takes the lost pages for clean, and a
    /// second call returns well without them.
    void sync() {
        int result = SystemCalls.fdatasync(descriptor);
        if (result < 0) {
            throw Errno.failure("sync of " + name, -result);
        }
    }

    /// Allocates the blocks of `[from, to)` and moves the end there; on failure the end is where it was.
    void extend(long from, long to) {
        // A hostile or torn file may end inside a block: what is beyond the last whole one must read as zeros, too.
        truncate(from);
        int result = allocate(0, from, to - from);
        if (result == 0) {
            return;
        }
        try {
            if (result != -EOPNOTSUPP && result != -Errno.ENOSYS) {
                throw Errno.failure("allocating " + (to - from) + " bytes at " + from + " of " + name, -result);
            }
            writeZeros(from, to - from);
        } catch (RuntimeException e) {
            try {
                truncate(from);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    void truncate(long to) {
        int result = SystemCalls.ftruncate(descriptor, to);
        if (result < 0) {
            throw Errno.failure("truncating " + name + " to " + to + " bytes", -result);
        }
    }

    /// Bytes by which the file could grow behind `end`: what its file system has for an ordinary user, at most up to
    /// the limit of file sizes. Quotas show only when they are met.
    long spareRoom(long end) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Statfs.SIZE, 8);
            if (SystemCalls.fstatfs(descriptor, state.address()) < 0) {
                return -1;
            }
            long blocks = state.get(JAVA_LONG, Statfs.BLOCKS_AVAILABLE);
            long blockBytes = state.get(JAVA_LONG, Statfs.BLOCK_BYTES);
            long room = blocks < 0 || blocks > Long.MAX_VALUE / Math.max(1, blockBytes)
                    ? Long.MAX_VALUE
                    : blocks * blockBytes;
            MemorySegment limit = arena.allocate(2 * Long.BYTES, 8);
            if (SystemCalls.getrlimit(LinuxConstants.RLIMIT_FSIZE, limit.address()) == 0) {
                long largest = limit.get(JAVA_LONG, 0);
                // Without a limit, all bits are set.
                room = largest < 0 ? room : Math.min(room, Math.max(0, largest - end));
            }
            return room;
        }
    }

    void punch(long position, long length) {
        int mode = LinuxConstants.FALLOC_FL_PUNCH_HOLE | LinuxConstants.FALLOC_FL_KEEP_SIZE;
        int result = allocate(mode, position, length);
        if (result == -EOPNOTSUPP || result == -Errno.ENOSYS) {
            writeZeros(position, length);
        } else if (result < 0) {
            throw Errno.failure(describe("discard", position, length), -result);
        }
    }

    private int allocate(int mode, long position, long length) {
        int result = SystemCalls.fallocate(descriptor, mode, position, length);
        for (int i = 0; i < INTERRUPTIONS && result == -EINTR; i++) {
            result = SystemCalls.fallocate(descriptor, mode, position, length);
        }
        return result;
    }

    private void writeZeros(long position, long length) {
        for (long done = 0; done < length; done += Zeros.LENGTH) {
            write(position + done, Zeros.MEMORY.address(), Math.min(Zeros.LENGTH, length - done));
        }
    }

    /// @param unlock whether nothing is under way any more. The kernel may hold on to the file for a moment after it is
    ///     closed, and then to its lock; if it still writes, that is as it should be
    void close(boolean unlock) {
        if (unlock) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment lock = arena.allocate(FileLockRecord.SIZE, 8);
                lock.set(JAVA_SHORT, FileLockRecord.TYPE, LinuxConstants.F_UNLCK);
                SystemCalls.fcntl(descriptor, LinuxConstants.F_OFD_SETLK, lock.address());
            }
        }
        // Not repeated, whatever it says: on Linux the descriptor is gone in any case, and maybe somebody else's by
        // now.
        SystemCalls.close(descriptor);
    }

    private String describe(String operation, long position, long length) {
        return operation + " of " + length + " bytes at " + position + " of " + name;
    }

    private IoFailureException endOfFile(String operation, long position, long length, long done) {
        return new IoFailureException(
                describe(operation, position, length), 0, "the file ended after " + done + " of them");
    }
}

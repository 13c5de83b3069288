package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.treering.IoFailureException;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.IoVectors;
import io.treering.internal.linux.LinuxConstants;
import java.lang.foreign.MemorySegment;

/// One read, write or sync on its way through the ring.
///
/// ```
///   queued ──▶ in flight ──▶ ended        a short transfer goes from in flight to queued again, for the rest;
///      └────────────────────────┘         the death of the loop ends what is queued
/// ```
///
/// After it was handed over, everything but [PendingOperation]'s own belongs to the loop's thread. It holds on to its
/// memory segments until it has ended.
final class RingOperation extends RingTask {
    enum Kind {
        READ,
        WRITE,
        SYNC
    }

    /// The kernel moves at most 2 GiB less a page at once; a round number keeps the rest aligned.
    private static final long LARGEST_TRANSFER = 1L << 30;

    /// An operation that the kernel asks to repeat for ever fails instead.
    private static final int REPETITIONS = 10_000;

    private final Kind kind;
    private final RingFile file;
    private final long position;
    private final MemorySegment[] segments;
    private final long length;
    private long done;
    private int repetitions;

    private RingOperation(Kind kind, RingFile file, long position, MemorySegment... segments) {
        super(file.gate());
        this.kind = kind;
        this.file = file;
        this.position = position;
        this.segments = segments;
        this.length = IoVectors.length(segments);
    }

    static RingOperation read(RingFile file, long position, MemorySegment into) {
        return new RingOperation(Kind.READ, file, position, into);
    }

    static RingOperation write(RingFile file, long position, MemorySegment[] from) {
        return new RingOperation(Kind.WRITE, file, position, from);
    }

    static RingOperation sync(RingFile file) {
        return new RingOperation(Kind.SYNC, file, 0);
    }

    RingFile file() {
        return file;
    }

    /// How many vectors of the scratch memory it may need at once: none if it moves one piece of memory.
    int vectors() {
        return segments.length <= 1 ? 0 : Math.min(segments.length, LinuxConstants.IOV_MAX);
    }

    /// Prepares the ring's next entry. The vectors may be overwritten once the kernel has taken the entry.
    void prepare(Ring ring, BufferTable buffers, FileTable files, MemorySegment scratch, long vectors, long userData) {
        int index = files.index(file);
        int fd = index >= 0 ? index : file.descriptor();
        int flags = index >= 0 ? UringLayout.SQE_FIXED_FILE : 0;
        if (kind == Kind.SYNC) {
            ring.prepare(UringLayout.OP_FSYNC, flags, fd, 0, 0, 0, UringLayout.FSYNC_DATASYNC, userData);
            return;
        }
        long address;
        long bytes;
        if (segments.length == 1) {
            address = segments[0].address() + done;
            bytes = length - done;
        } else {
            int count = IoVectors.fill(scratch, vectors, vectors(), segments, done);
            if (count > 1) {
                long place = scratch.address() + vectors;
                ring.prepare(UringLayout.OP_WRITEV, flags, fd, position + done, place, count, 0, userData);
                return;
            }
            address = scratch.get(JAVA_LONG, vectors + IoVectors.ADDRESS);
            bytes = scratch.get(JAVA_LONG, vectors + IoVectors.LENGTH);
        }
        int piece = (int) Math.min(bytes, LARGEST_TRANSFER);
        int buffer = buffers.index(address, piece);
        int opcode = kind == Kind.READ
                ? buffer >= 0 ? UringLayout.OP_READ_FIXED : UringLayout.OP_READ
                : buffer >= 0 ? UringLayout.OP_WRITE_FIXED : UringLayout.OP_WRITE;
        ring.prepare(opcode, flags, fd, position + done, address, piece, 0, userData);
        if (buffer >= 0) {
            ring.setBuffer(buffer);
        }
    }

    /// Takes in what the kernel says.
    ///
    /// @return whether it has ended; otherwise it is to be prepared again
    boolean complete(int result) {
        if (kind == Kind.SYNC) {
            // Never repeated: see LinuxFile.sync().
            end(result < 0 ? () -> Errno.failure(describe(), -result) : null);
            return true;
        }
        if (result > 0) {
            done += result;
            assert done <= length : "more moved than asked for";
            if (done == length) {
                end(null);
                return true;
            }
            return false;
        }
        if ((result == -Errno.EINTR || result == -Errno.EAGAIN) && repetitions++ < REPETITIONS) {
            return false;
        }
        if (result == 0) {
            end(() -> new IoFailureException(describe(), 0, "the file ended after " + done + " of them"));
        } else {
            end(() -> Errno.failure(describe(), -result));
        }
        return true;
    }

    @Override
    void fail(Throwable cause) {
        end(() -> RingLoop.dead(describe(), cause));
    }

    private String describe() {
        return switch (kind) {
            case READ -> "read of " + length + " bytes at " + position + " of " + file.name();
            case WRITE -> "write of " + length + " bytes at " + position + " of " + file.name();
            case SYNC -> "sync of " + file.name();
        };
    }
}

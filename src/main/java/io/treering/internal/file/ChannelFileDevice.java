package io.treering.internal.file;

import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.LockedException;
import io.treering.NoSpaceException;
import io.treering.internal.uring.PendingOperation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A file through a [FileChannel]: runs anywhere.
///
/// All I/O is done by the pool's threads, because a channel closes itself when a thread that uses it is interrupted. It
/// goes through the operating system's cache; room is allocated by writing zeros, and given back only by truncation.
///
/// The file is locked so that the other backends see it, and so is the lock file beside it: the first lock is dropped
/// when anybody else in this process opens and closes the file, a copying tool, say; nobody does so with the second.
final class ChannelFileDevice extends FileDevice {
    private static final int BLOCK_SIZE = 4096;
    private static final int LARGEST_TRANSFER = 64 << 20;
    private static final int ZEROS = 1 << 20;
    private static final Pattern FILE_SIZE_LIMIT = Pattern.compile("Max file size +(\\d+) .*");

    /// Beyond the process id in the lock file: on Windows, what is locked cannot be read.
    private static final long LOCKED_BYTE = 1L << 30;

    private final FileChannel channel;
    private final @Nullable FileChannel lockChannel;

    /// Where it is not known on which the file lies, nobody is told how much room there is.
    private final @Nullable FileStore store;

    private final long largestSize;
    private final String reason;

    private ChannelFileDevice(
            Path file,
            FileChannel channel,
            @Nullable FileChannel lockChannel,
            boolean readOnly,
            Object claim,
            String reason)
            throws IOException {
        super(file.toString(), BLOCK_SIZE, channel.size(), readOnly, claim);
        this.channel = channel;
        this.lockChannel = lockChannel;
        this.store = store(file);
        this.largestSize = largestSize();
        this.reason = reason;
    }

    /// To be called by a thread that is not interrupted.
    static ChannelFileDevice open(Path file, boolean readOnly, boolean create, Object claim, String reason)
            throws IOException {
        boolean isNew = create && !readOnly && !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        if (!readOnly) {
            options.add(StandardOpenOption.WRITE);
        }
        if (isNew) {
            options.add(StandardOpenOption.CREATE);
        }
        FileChannel channel = FileChannel.open(file, options, LockFile.ownerOnly());
        FileChannel lockChannel = null;
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new IoFailureException("opening " + file, 0, "not a regular file");
            }
            if (isNew) {
                syncDirectory(file);
            }
            LockFile lockFile = new LockFile(file);
            lock(file, lockFile, channel, 0, Long.MAX_VALUE, readOnly);
            if (!readOnly) {
                lockChannel = lockFile.open();
                lock(file, lockFile, lockChannel, LOCKED_BYTE, 1, false);
                LockFile.record(lockChannel);
            }
            return new ChannelFileDevice(file, channel, lockChannel, readOnly, claim, reason);
        } catch (Throwable e) {
            channel.close();
            if (lockChannel != null) {
                lockChannel.close();
            }
            throw e;
        }
    }

    private static void syncDirectory(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (IOException e) {
                // Not every platform lets a directory be opened; there, its sync is not needed or not to be had.
            }
        }
    }

    /// The lock lives as long as the channel.
    private static void lock(
            Path file, LockFile lockFile, FileChannel channel, long position, long length, boolean shared)
            throws IOException {
        lockFile.lock(() -> {
            try {
                FileLock lock = channel.tryLock(position, length, shared);
                return lock != null;
            } catch (OverlappingFileLockException e) {
                throw new LockedException(
                        file.toString(), ProcessHandle.current().pid());
            }
        });
    }

    @Override
    public IoBackend backend() {
        return IoBackend.CHANNEL;
    }

    @Override
    public String backendReason() {
        return reason;
    }

    @Override
    boolean callerMayBlock() {
        return false;
    }

    @Override
    void transferIn(long position, MemorySegment into) {
        for (long done = 0; done < into.byteSize(); ) {
            ByteBuffer buffer = piece(into, done);
            int moved;
            try {
                moved = channel.read(buffer, position + done);
            } catch (IOException e) {
                throw failure("read of " + into.byteSize() + " bytes at " + position, e);
            }
            if (moved <= 0) {
                throw new IoFailureException(
                        "read of " + into.byteSize() + " bytes at " + position + " of " + name(),
                        0,
                        "the file ended after " + done + " of them");
            }
            done += moved;
        }
    }

    @Override
    void transferOut(long position, MemorySegment from) {
        for (long done = 0; done < from.byteSize(); ) {
            try {
                done += channel.write(piece(from, done), position + done);
            } catch (IOException e) {
                throw failure("write of " + from.byteSize() + " bytes at " + position, e);
            }
        }
    }

    private static ByteBuffer piece(MemorySegment memory, long from) {
        return memory.asSlice(from, Math.min(LARGEST_TRANSFER, memory.byteSize() - from))
                .asByteBuffer();
    }

    @Override
    PendingOperation startRead(long position, MemorySegment into) {
        return pool.submit(() -> transferIn(position, into));
    }

    @Override
    PendingOperation startWrite(long position, MemorySegment[] from) {
        return pool.submit(() -> {
            long at = position;
            for (MemorySegment segment : from) {
                transferOut(at, segment);
                at += segment.byteSize();
            }
        });
    }

    @Override
    void makeDurable() {
        blocking(() -> {
            try {
                channel.force(false);
            } catch (IOException e) {
                throw failure("sync", e);
            }
        });
    }

    @Override
    void extend(long from, long to) {
        try {
            shorten(from);
            zero(from, to - from);
        } catch (RuntimeException e) {
            try {
                shorten(from);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    @Override
    void shorten(long to) {
        try {
            channel.truncate(to);
        } catch (IOException e) {
            throw failure("truncating to " + to + " bytes", e);
        }
    }

    @Override
    long spareRoom() {
        if (store == null) {
            return -1;
        }
        try {
            return Math.min(store.getUsableSpace(), Math.max(0, largestSize - size()));
        } catch (IOException _) {
            return -1;
        }
    }

    private static @Nullable FileStore store(Path file) {
        try {
            return Files.getFileStore(file);
        } catch (IOException _) {
            return null;
        }
    }

    /// The limit of file sizes of this process, where the system tells it in a file: without system calls, there is no
    /// other way to ask.
    private static long largestSize() {
        try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"))) {
            return limits.map(FILE_SIZE_LIMIT::matcher)
                    .filter(Matcher::matches)
                    .mapToLong(limit -> Long.parseLong(limit.group(1)))
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException | UncheckedIOException | NumberFormatException _) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    void punch(long position, long length) {
        zero(position, length);
    }

    private void zero(long position, long length) {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, length));
        for (long done = 0; done < length; ) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), length - done));
            try {
                done += channel.write(zeros, position + done);
            } catch (IOException e) {
                throw failure("writing " + length + " zeros at " + position, e);
            }
        }
    }

    @Override
    void release() {
        try (channel;
                lockChannel) {
            // Closing is all.
        } catch (IOException e) {
            throw failure("closing", e);
        }
    }

    /// File channels tell what went wrong in words only.
    private RuntimeException failure(String operation, IOException e) {
        String what = operation + " of " + name();
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        String words = why.toLowerCase(Locale.ROOT);
        boolean full = words.contains("no space left")
                || words.contains("not enough space")
                || words.contains("quota exceeded")
                || words.contains("file too large");
        return full ? new NoSpaceException(what + ": " + why, e) : new IoFailureException(what, 0, why, e);
    }
}

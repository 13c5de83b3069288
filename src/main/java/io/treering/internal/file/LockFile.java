package io.treering.internal.file;

import io.treering.LockedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// The file named `lock` beside a device's file: it tells a person, and the next open, whose the device is. What keeps
/// others out is a lock on the device's own file, where the platform has locks that are fit for that.
final class LockFile {
    private static final int LONGEST = 20;

    /// How long a lock may outlive its owner: until the kernel has carried out what a killed process had submitted.
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    private static final long RETRY_NANOS = 20_000_000;

    /// One try to lock: true if that worked.
    interface Attempt {
        boolean lock() throws IOException;
    }

    private final Path deviceFile;
    private final Path path;

    LockFile(Path deviceFile) {
        this.deviceFile = deviceFile;
        this.path = deviceFile.resolveSibling("lock");
    }

    /// Tries until it works, as long as the owner is dead or unknown, then refuses; refuses a living owner's at once.
    void lock(Attempt attempt) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        boolean interrupted = false;
        try {
            while (!attempt.lock()) {
                long owner = owner();
                boolean alive = isAlive(owner);
                if (alive || System.nanoTime() - deadline > 0) {
                    // Readers leave no name; the one that stands there is a writer's who has gone.
                    throw new LockedException(deviceFile.toString(), alive ? owner : -1);
                }
                LockSupport.parkNanos(RETRY_NANOS);
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// A file that only its owner may read and write, where the platform has such permissions.
    static FileAttribute<?>[] ownerOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /// Opens the lock file for the sake of locking it, too.
    FileChannel open() throws IOException {
        Set<OpenOption> options = Set.of(
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                LinkOption.NOFOLLOW_LINKS);
        return FileChannel.open(path, options, ownerOnly());
    }

    Path path() {
        return path;
    }

    /// What it says of an owner.
    static String line(long process) {
        return process + "\n";
    }

    /// Records this process as the owner.
    static void record(FileChannel lock) throws IOException {
        byte[] line = line(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
        lock.write(ByteBuffer.wrap(line), 0);
        lock.truncate(line.length);
    }

    /// The owner's process id, or -1 where none is recorded.
    private long owner() {
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            String text = new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII).strip();
            return text.isEmpty() ? -1 : Math.max(-1, Long.parseLong(text));
        } catch (IOException | NumberFormatException e) {
            return -1;
        }
    }

    /// Whether a recorded owner may still be there. One that is this process itself is not: what this process has open
    /// is known without the lock file, so it is a process of the past that had the same id (in a container, always 1).
    private static boolean isAlive(long owner) {
        return owner > 0
                && owner != ProcessHandle.current().pid()
                && ProcessHandle.of(owner).isPresent()
                && !isZombie(owner);
    }

    /// A killed process of which its parent has not taken notice is dead to us.
    private static boolean isZombie(long process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process + "/stat"), StandardCharsets.ISO_8859_1);
            // The name before it is in parentheses and may hold anything.
            int state = stat.lastIndexOf(')') + 2;
            return state > 1 && state < stat.length() && (stat.charAt(state) == 'Z' || stat.charAt(state) == 'X');
        } catch (IOException e) {
            return false;
        }
    }
}

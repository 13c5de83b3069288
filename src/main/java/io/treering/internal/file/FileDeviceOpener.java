package io.treering.internal.file;

import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.device.FileBlockDevice;
import io.treering.device.FileDeviceConfig;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.SystemCalls;
import io.treering.internal.uring.RingEventLoop;
import io.treering.internal.uring.RingFile;
import io.treering.internal.uring.RingLoop;
import io.treering.internal.uring.RingRefusedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Chooses the backend by trial and opens the file with it.
public final class FileDeviceOpener {
    private static final String ASKED_FOR = "asked for";

    private FileDeviceOpener() {}

    /// See [FileBlockDevice#open].
    public static FileBlockDevice open(Path file, FileDeviceConfig config) {
        // A channel that is opened by an interrupted thread is closed at once.
        boolean interrupted = Thread.interrupted();
        try {
            return claimAndOpen(file, config);
        } catch (NoSuchFileException e) {
            throw new IoFailureException("opening " + file, Errno.ENOENT, "ENOENT", e);
        } catch (AccessDeniedException e) {
            throw new IoFailureException("opening " + file, Errno.EACCES, "EACCES", e);
        } catch (IOException e) {
            throw new IoFailureException("opening " + file, 0, String.valueOf(e.getMessage()), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static FileBlockDevice claimAndOpen(Path file, FileDeviceConfig config) throws IOException {
        Object claim = OpenFiles.claim(file);
        try {
            return open(file, config, claim);
        } catch (Throwable e) {
            OpenFiles.release(claim);
            throw e;
        }
    }

    private static FileBlockDevice open(Path file, FileDeviceConfig config, Object claim) throws IOException {
        IoBackend asked = config.backend();
        boolean auto = asked == IoBackend.AUTO;
        // What is not to be had must be found out before the file is created.
        String refusal = asked == IoBackend.CHANNEL ? ASKED_FOR : SystemCalls.refusal();
        if (refusal != null) {
            if (!auto && asked != IoBackend.CHANNEL) {
                throw refused(asked, refusal);
            }
            return ChannelFileDevice.open(file, config.readOnly(), config.createIfMissing(), claim, refusal);
        }
        Choice choice = choose(config);
        LinuxFile linuxFile = LinuxFileOpener.open(file, config.readOnly(), config.createIfMissing());
        try {
            return new LinuxFileDevice(linuxFile, config.readOnly(), claim, device -> choice.queue(linuxFile, device));
        } catch (Throwable e) {
            linuxFile.close(true);
            throw e;
        }
    }

    /// Tries the ring, unless system calls were asked for.
    private static Choice choose(FileDeviceConfig config) {
        IoBackend asked = config.backend();
        boolean auto = asked == IoBackend.AUTO;
        if (asked == IoBackend.PREAD) {
            return new Choice(null, false, false, ASKED_FOR);
        }
        try {
            RingLoop loop = ((RingEventLoop) config.eventLoop()).loop();
            String bufferRefusal = asked == IoBackend.URING ? ASKED_FOR : loop.bufferRefusal();
            if (bufferRefusal == null) {
                return new Choice(loop, true, !auto, auto ? "the first that works here" : ASKED_FOR);
            }
            if (asked == IoBackend.URING_FIXED) {
                throw refused(asked, bufferRefusal);
            }
            return new Choice(loop, false, false, bufferRefusal);
        } catch (RingRefusedException e) {
            if (!auto) {
                throw refused(asked, e.reason());
            }
            return new Choice(null, false, false, e.reason());
        }
    }

    /// What was chosen, and why.
    ///
    /// @param loop null for system calls
    private record Choice(@Nullable RingLoop loop, boolean fixed, boolean insisted, String reason) {
        IoQueue queue(LinuxFile file, LinuxFileDevice device) {
            return loop == null
                    ? new PoolQueue(file, device.pool, reason)
                    : new RingQueue(
                            loop, new RingFile(file.name(), file.descriptor(), device.gate), fixed, insisted, reason);
        }
    }

    static UnsupportedOperationException refused(IoBackend asked, String why) {
        return new UnsupportedOperationException("backend " + asked + " is not to be had: " + why);
    }
}

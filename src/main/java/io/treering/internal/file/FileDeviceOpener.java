package io.treering.internal.file;

import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.device.FileBlockDevice;
import io.treering.device.FileDeviceConfig;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.SystemCalls;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Chooses the backend by trial and opens the file with it.
public final class FileDeviceOpener {
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
        String refusal = asked == IoBackend.CHANNEL ? "asked for" : SystemCalls.refusal();
        if (refusal != null) {
            if (!auto && asked != IoBackend.CHANNEL) {
                throw refused(asked, refusal);
            }
            return ChannelFileDevice.open(file, config.readOnly(), config.createIfMissing(), claim, refusal);
        }
        if (asked == IoBackend.URING || asked == IoBackend.URING_FIXED) {
            throw refused(asked, "it is not there yet");
        }
        LinuxFile linuxFile = LinuxFileOpener.open(file, config.readOnly(), config.createIfMissing());
        try {
            return new LinuxFileDevice(
                    linuxFile, config.readOnly(), claim, device -> new PoolQueue(linuxFile, device.pool, "asked for"));
        } catch (Throwable e) {
            linuxFile.close();
            throw e;
        }
    }

    private static UnsupportedOperationException refused(IoBackend asked, @Nullable String why) {
        return new UnsupportedOperationException("backend " + asked + " is not to be had: " + why);
    }
}

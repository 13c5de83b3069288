package io.treering.device;

import io.treering.IoBackend;
import io.treering.internal.file.FileDevice;
import io.treering.internal.file.FileDeviceOpener;
import java.nio.file.Path;

/// A device that is a file.
///
/// The file is made for its owner alone (mode 0600), never followed through a symbolic link, and locked for as long
/// as the device is open: a second open is refused, whether by this process or by another, but for readers among
/// themselves in different processes. Beside it lies a file named `lock` with the owner's process id, so a directory
/// holds one device.
///
/// **Which thread waits.** Under the io_uring backends and `PREAD`, a platform thread does its reads and writes itself.
/// A virtual thread hands them over and parks, so that thousands can be under way. Under `CHANNEL`, all I/O is done
/// by private threads, for an interrupted one would close the file for everybody.
public sealed interface FileBlockDevice extends BlockDevice permits FileDevice {
    /// Opens a file.
    ///
    /// @param file the file; its directory must exist
    /// @param config how to open it
    /// @return the device, which is to be closed
    /// @throws io.treering.LockedException if it is open already
    /// @throws UnsupportedOperationException saying why, if a certain backend was asked for and is not to be had
    /// @throws io.treering.IoFailureException if it cannot be opened or created
    /// @throws io.treering.ClosedException if the event loop has been closed, and the backend would use it
    static FileBlockDevice open(Path file, FileDeviceConfig config) {
        return FileDeviceOpener.open(file, config);
    }

    /// How the file is read and written. `URING_FIXED` becomes `URING` when the kernel refuses to register a buffer.
    ///
    /// @return the backend, never [IoBackend#AUTO]
    IoBackend backend();

    /// Why it is this backend, and what the file's place lacks: one line for people.
    ///
    /// @return the reason
    String backendReason();
}

package io.treering.internal.file;

import io.treering.LockedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The files that this process has open as devices.
///
/// A second open must be refused before it touches the file: file locks of the older kind belong to the process and are
/// dropped as soon as *any* descriptor of the file is closed, that of a refused second open included.
final class OpenFiles {
    private static final Set<Object> CLAIMED = ConcurrentHashMap.newKeySet();

    private OpenFiles() {}

    /// Claims a file, or refuses.
    ///
    /// @return what to give to [#release]
    static Object claim(Path file) throws IOException {
        Object key = key(file);
        if (!CLAIMED.add(key)) {
            throw new LockedException(file.toString(), ProcessHandle.current().pid());
        }
        return key;
    }

    static void release(Object claim) {
        CLAIMED.remove(claim);
    }

    /// The directory's identity and the file's name in it: the file itself may not exist yet, or be replaced.
    private static Object key(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path directory = absolute.getParent();
        Path name = absolute.getFileName();
        if (directory == null || name == null) {
            throw new IOException("not a file");
        }
        Object identity =
                Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        return List.of(identity != null ? identity : directory.toRealPath(), name.toString());
    }
}

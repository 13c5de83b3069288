package io.treering.filesystem;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A small file system in a file of its own.
public final class LoopDisk implements AutoCloseable {
    private final FileSystem kind;
    private final Path file;
    private final Path mountPoint;
    private boolean mounted;

    /// A fresh one, mounted; skips the test, saying why, where that cannot be had.
    ///
    /// @param type `ext4` or `xfs`
    public LoopDisk(Path directory, String type) throws IOException {
        kind = FileSystem.valueOf(type.toUpperCase(java.util.Locale.ROOT));
        Commands.require(List.of("mount", "umount", kind.maker()), List.of(Path.of("/dev/loop-control")));
        file = directory.resolve(type + ".image");
        mountPoint = Files.createDirectory(directory.resolve(type));
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength(kind.size());
        }
        kind.make(file);
        mount();
    }

    public Path directory() {
        return mountPoint;
    }

    void mount() {
        Commands.run("mount", "-t", kind.type(), "-o", "loop", file.toString(), mountPoint.toString());
        mounted = true;
    }

    void unmount() {
        mounted = false;
        Commands.run("umount", mountPoint.toString());
    }

    @Override
    public void close() {
        if (mounted) {
            unmount();
        }
    }
}

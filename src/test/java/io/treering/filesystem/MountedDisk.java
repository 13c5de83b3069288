package io.treering.filesystem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A [RecordedDisk] as a block device of this machine: served over a socket, made a file by `nbdfuse`, and that a block
/// device by a loop device that bypasses the page cache, so that the disk's contents may change while it is not
/// mounted.
final class MountedDisk implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final RecordedDisk disk;
    private final FileSystem kind;
    private final Path file;
    private final Path mountPoint;
    private final NbdServer server;
    private final Process fuse;
    private String device = "";
    private boolean mounted;

    MountedDisk(Path directory, FileSystem kind) throws IOException {
        this(directory, kind, new RecordedDisk(kind.size(), true));
    }

    MountedDisk(Path directory, FileSystem kind, RecordedDisk disk) throws IOException {
        this.kind = kind;
        this.disk = disk;
        Path socket = directory.resolve("nbd.socket");
        server = new NbdServer(disk, socket);
        file = Files.createFile(directory.resolve("disk"));
        mountPoint = Files.createDirectory(directory.resolve("mounted"));
        fuse = new ProcessBuilder("nbdfuse", file.toString(), "--unix", socket.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nbdfuse.log").toFile())
                .start();
        try {
            awaitFile(directory.resolve("nbdfuse.log"));
            device = Commands.run("losetup", "--find", "--show", "--direct-io=on", file.toString());
            kind.make(Path.of(device));
        } catch (RuntimeException | IOException e) {
            close();
            throw e;
        }
    }

    /// Skips the test, saying why, where something is missing.
    static void require(FileSystem kind) {
        Commands.require(
                List.of("nbdfuse", "losetup", "mount", "umount", kind.maker()),
                List.of(Path.of("/dev/fuse"), Path.of("/dev/loop-control")));
    }

    private void awaitFile(Path log) throws IOException {
        long start = System.nanoTime();
        while (Files.size(file) != disk.size()) {
            if (!fuse.isAlive() || System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException("nbdfuse: " + Files.readString(log));
            }
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }

    RecordedDisk disk() {
        return disk;
    }

    Path directory() {
        return mountPoint;
    }

    void mount() {
        Commands.run("mount", "-t", kind.type(), device, mountPoint.toString());
        mounted = true;
    }

    void unmount() {
        mounted = false;
        Commands.run("umount", mountPoint.toString());
    }

    void unmountIfMounted() {
        if (mounted) {
            unmount();
        }
    }

    @Override
    public void close() throws IOException {
        unmountIfMounted();
        if (!device.isEmpty()) {
            Commands.run("losetup", "--detach", device);
        }
        Commands.tryTo("umount", file.toString());
        fuse.destroy();
        server.close();
    }
}

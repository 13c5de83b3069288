package io.treering.filesystem;

import java.nio.file.Path;
import java.util.List;

/// Kinds of file systems, and how each is made.
enum FileSystem {
    EXT4("mkfs.ext4", 48L << 20, List.of("-q", "-F", "-b", "4096", "-m", "0", "-E", "nodiscard")),
    // The smallest that its tools make.
    XFS("mkfs.xfs", 300L << 20, List.of("-q", "-f", "-K"));

    private final String maker;
    private final long size;
    private final List<String> options;

    FileSystem(String maker, long size, List<String> options) {
        this.maker = maker;
        this.size = size;
        this.options = options;
    }

    String maker() {
        return maker;
    }

    /// Bytes of a small one.
    long size() {
        return size;
    }

    void make(Path device) {
        List<String> command = new java.util.ArrayList<>();
        command.add(maker);
        command.addAll(options);
        command.add(device.toString());
        Commands.run(command.toArray(String[]::new));
    }

    String type() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}

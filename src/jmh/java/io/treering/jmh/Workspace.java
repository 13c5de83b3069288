package io.treering.jmh;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// Where stores lie while they are measured: in `treering.bench.directory`, which the script sets to `target/bench`.
/// What is measured is the drive below it.
final class Workspace {
    private Workspace() {}

    static Path create() throws IOException {
        Path parent = Path.of(System.getProperty("treering.bench.directory", "target/bench"));
        Files.createDirectories(parent);
        return Files.createTempDirectory(parent, "store");
    }

    static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

package io.treering.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A directory for tests that sync so often that a disk would take minutes: in memory, where there is such a place.
public final class MemoryDirectory implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path path;

    /// @param otherwise where the directory is made if not in memory
    public MemoryDirectory(Path otherwise) throws IOException {
        path = create(otherwise);
    }

    /// A directory in memory, or else in `otherwise`, which the caller deletes.
    public static Path create(Path otherwise) throws IOException {
        boolean available = Files.isDirectory(MEMORY) && Files.isWritable(MEMORY);
        return Files.createTempDirectory(available ? MEMORY : otherwise, "treering-test");
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}

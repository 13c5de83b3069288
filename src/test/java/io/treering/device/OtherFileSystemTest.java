package io.treering.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.IoBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The contract on a file system in memory, which has less to offer than a disk's.
final class OtherFileSystemTest extends FileBlockDeviceContract {
    private static final Path MEMORY = Path.of("/dev/shm");

    private Path own;

    @Override
    IoBackend backend() {
        return IoBackend.URING;
    }

    @Override
    Path directory() {
        assumeTrue(Files.isDirectory(MEMORY) && Files.isWritable(MEMORY), "skipped: there is no " + MEMORY);
        if (own == null) {
            try {
                own = Files.createTempDirectory(MEMORY, "treering-test");
            } catch (IOException e) {
                assumeTrue(false, "skipped: " + e);
            }
        }
        return own;
    }

    @AfterEach
    void deleteDirectory() throws IOException {
        device.close();
        try (var files = Files.walk(own)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void automaticChoiceTakesTheFirstBackendThatWorks() {
        device.close();
        FileBlockDevice file = FileBlockDevice.open(file(), FileDeviceConfig.defaults());
        device = file;
        assertFalse(file.backend() == IoBackend.AUTO);
        assertTrue(file.backendReason().length() > 10, file.backendReason());
        device.grow(BLOCK);
        device.submitWrite(0, blocks(1, 1)).await();
        assertEquals(BLOCK, device.size());
    }
}

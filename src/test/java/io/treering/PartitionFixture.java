package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.device.FileBlockDevice;
import io.treering.device.FileDeviceConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A directory, and a partition in it on one backend, which is looked at and closed when the test has ended.
abstract class PartitionFixture {
    @TempDir
    Path directory;

    private final List<Partition> opened = new ArrayList<>();

    abstract IoBackend backend();

    PartitionConfig.Builder config() {
        return PartitionConfig.builder()
                .ioBackend(backend())
                .cacheSize(1 << 20)
                .writeBufferSize(1 << 20)
                .walMode(WalMode.BATCHED);
    }

    /// Skips, saying why, where the machine does not have the backend. Everything else that goes wrong is a failure.
    @BeforeEach
    void theMachineHasTheBackend() {
        FileDeviceConfig device = FileDeviceConfig.builder().backend(backend()).build();
        try (FileBlockDevice trial = FileBlockDevice.open(directory.resolve("trial"), device)) {
            assertEquals(backend(), trial.backend());
        } catch (UnsupportedOperationException e) {
            assumeTrue(false, e.getMessage());
        }
    }

    Partition open(PartitionConfig config) {
        Partition partition = Partition.open(directory.resolve("partition"), config);
        opened.add(partition);
        return partition;
    }

    Partition open() {
        return open(config().build());
    }

    @AfterEach
    void everyPartitionIsCleanAndCloses() {
        for (Partition partition : opened) {
            try {
                assertTrue(partition.check().isClean(), () -> partition.check().toString());
            } catch (ClosedException _) {
                // The test has closed it.
                continue;
            }
            partition.close();
        }
    }
}

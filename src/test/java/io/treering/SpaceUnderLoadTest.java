package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A writer that gives the flusher no rest: what snapshots have left behind has to be given back beside the merges.
final class SpaceUnderLoadTest {
    private static final int KEYS = 20_000;
    private static final int SNAPSHOTS = 5;
    private static final int ROUNDS = 8;
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(7);
    private final int[] versions = new int[KEYS];
    private int version;

    @Test
    void aFileThatSnapshotsHaveBlownUpShrinksWhileAllIsWrittenOver() {
        shrinks(KEYS);
    }

    /// The pages of the others do not move by being written over.
    @Test
    void itShrinksWhileATenthIsWrittenOver() {
        shrinks(KEYS / 10);
    }

    private void shrinks(int keysWritten) {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(32 * MIB)
                .writeBufferSize((int) MIB)
                .walMode(WalMode.NONE)
                .build();
        try (Partition partition = Partition.open(directory.resolve("store"), config)) {
            write(partition, KEYS, KEYS);
            List<Snapshot> snapshots = new ArrayList<>();
            for (int i = 0; i < SNAPSHOTS; i++) {
                snapshots.add(partition.snapshot());
                write(partition, KEYS, 2 * KEYS);
            }
            partition.flush();
            PartitionStats blownUp = partition.stats();
            long live = blownUp.liveBytes();
            assertTrue(blownUp.fileBytes() > 3 * live, blownUp::toString);
            snapshots.forEach(Snapshot::close);

            write(partition, keysWritten, ROUNDS * KEYS);
            PartitionStats after = partition.stats();
            assertTrue(after.fileBytes() <= 2 * live + 16 * MIB, () -> after + ", before it " + blownUp);
            check(partition);
        }
    }

    private void write(Partition partition, int keys, int puts) {
        for (int i = 0; i < puts; i++) {
            int key = i < keys && versions[i] == 0 ? i : random.nextInt(keys);
            versions[key] = ++version;
            partition.put(key(key), value(key, version));
        }
    }

    private void check(Partition partition) {
        for (int key = 0; key < KEYS; key++) {
            assertEquals(ByteBuffer.wrap(value(key, versions[key])), ByteBuffer.wrap(partition.get(key(key))));
        }
        assertTrue(partition.check().isClean());
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(8).putInt(key * 0x9e3779b1).putInt(key).array();
    }

    private static byte[] value(int key, int version) {
        byte[] value = new byte[500];
        new Random(key * 31L + version).nextBytes(value);
        return value;
    }
}

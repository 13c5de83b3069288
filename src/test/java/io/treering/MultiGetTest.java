package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many keys at once, in caches from a few pages to all.
final class MultiGetTest {
    private static final int ENTRIES = 20_000;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {8 * 4096, 256 << 10, 16 << 20})
    void everyKeyGetsItsOwnAnswer(int cacheSize) {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(cacheSize)
                .writeBufferSize(256 << 10)
                .build();
        try (Partition db = Partition.open(directory, config)) {
            byte[] @Nullable [] expected = fill(db);
            Random random = new Random(cacheSize);
            for (int count : new int[] {0, 1, 2, 63, 64, 65, 1_000}) {
                List<byte[]> keys = new ArrayList<>();
                List<byte @Nullable []> values = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    int number = random.nextInt(ENTRIES);
                    keys.add(key(number));
                    values.add(expected[number]);
                }
                assertAnswers(values, db.multiGet(keys), count);
                try (Snapshot snapshot = db.snapshot()) {
                    assertAnswers(values, snapshot.multiGet(keys), count);
                }
            }
            assertEquals(3, db.stats().treeLevels());
        }
    }

    /// Entries of all kinds: in the tree and in the buffer, absent, deleted, large; more than one to a fingerprint.
    private static byte[] @Nullable [] fill(Partition db) {
        byte[] @Nullable [] expected = new byte[ENTRIES][];
        Random random = new Random(1);
        for (int i = 0; i < ENTRIES; i++) {
            if (i % 5 != 0) {
                expected[i] = new byte[i % 1_999 == 0 ? 100_000 : random.nextInt(120)];
                random.nextBytes(expected[i]);
                db.put(key(i), expected[i]);
            }
        }
        db.flush();
        for (int i = 0; i < ENTRIES; i += 97) {
            if (i % 2 == 0) {
                expected[i] = null;
                db.delete(key(i));
            } else {
                expected[i] = new byte[] {1, 2, 3};
                db.put(key(i), expected[i]);
            }
        }
        return expected;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keysThatCannotBeThereAreAbsent(boolean stored) {
        try (Partition db = Partition.open(directory)) {
            if (stored) {
                db.put(key(1), key(1));
                db.flush();
            }
            List<byte @Nullable []> values = db.multiGet(Arrays.asList(new byte[5_000], key(2), key(1), new byte[0]));
            assertNull(values.get(0));
            assertNull(values.get(1));
            assertArrayEquals(stored ? key(1) : null, values.get(2));
            assertNull(values.get(3));
        }
    }

    private static void assertAnswers(List<byte @Nullable []> expected, List<byte @Nullable []> found, int count) {
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i), i + " of " + count);
        }
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(12)
                .putInt(7)
                .putInt(number * 0x9e37_79b1)
                .putInt(number)
                .array();
    }
}

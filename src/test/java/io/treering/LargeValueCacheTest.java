package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import io.treering.testing.FaultyDevice;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Values in runs of their own come into the page cache, and nothing stays there of what their pages were before.
@Timeout(120)
final class LargeValueCacheTest {
    private static final int CACHE = 32 << 20;
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_122L);

    /// In a leaf's page of its own, in several, as long as a buffer of the device, in several of those.
    private static final int[] LENGTHS = {3_000, 20_000, 65_537, 262_000, 262_144, 1_000_000};

    private static PartitionConfig.Builder config() {
        return PartitionConfig.builder()
                .cacheSize(CACHE)
                .writeBufferSize(4 << 20)
                .walMode(WalMode.NONE);
    }

    private static byte[] key(int i) {
        return "key-%06d".formatted(i).getBytes();
    }

    private static byte[] value(int seed, int length) {
        byte[] value = new byte[length];
        new Random(seed).nextBytes(value);
        return value;
    }

    private enum Way {
        GET {
            @Override
            byte[] read(Partition db, byte[] key) {
                return db.get(key);
            }
        },
        GET_INTO {
            @Override
            byte[] read(Partition db, byte[] key) {
                byte[] into = new byte[LENGTHS[LENGTHS.length - 1]];
                return Arrays.copyOf(into, db.get(key, into));
            }
        },
        READ {
            @Override
            byte[] read(Partition db, byte[] key) {
                return db.read(key, Slice::toByteArray);
            }
        },
        MULTI_GET {
            @Override
            byte[] read(Partition db, byte[] key) {
                return db.multiGet(List.of(key)).getFirst();
            }
        },
        CURSOR {
            @Override
            byte[] read(Partition db, byte[] key) {
                try (Cursor cursor = db.cursor()) {
                    assertTrue(cursor.seek(key));
                    return cursor.value().toByteArray();
                }
            }
        };

        abstract byte[] read(Partition db, byte[] key);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whatWasReadOnceIsNotReadAgain(Way way) {
        FailingDevice filled = new FailingDevice();
        try (Partition db = Partition.open(filled, config().build())) {
            for (int i = 0; i < LENGTHS.length; i++) {
                db.put(key(i), value(i, LENGTHS[i]));
            }
        }
        FaultyDevice counting = new FaultyDevice(filled.copy(), 0, AssertionError::new);
        try (Partition db = Partition.open(counting, config().readOnly(true).build())) {
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < LENGTHS.length; i++) {
                    long before = counting.calls();
                    long missesBefore = db.stats().cacheMisses();
                    assertArrayEquals(value(i, LENGTHS[i]), way.read(db, key(i)));
                    long reads = counting.calls() - before;
                    String what = LENGTHS[i] + " bytes";
                    long misses = db.stats().cacheMisses() - missesBefore;
                    if (round == 0) {
                        assertTrue(reads > 0, what);
                        assertTrue(misses > LENGTHS[i] / 4096, what);
                    } else {
                        assertEquals(0, reads, what);
                        assertEquals(0, misses, what);
                    }
                }
            }
        }
    }

    /// A get with little room copies the beginning, and all of the value comes into the cache nevertheless.
    @Test
    void theBeginningOfAValueBringsAllOfIt() {
        try (Partition db = Partition.open(new FailingDevice(), config().build())) {
            db.put(key(1), value(1, 1_000_000));
            byte[] into = new byte[10];
            assertEquals(1_000_000, db.get(key(1), into));
            assertArrayEquals(Arrays.copyOf(value(1, 1_000_000), 10), into);
            long misses = db.stats().cacheMisses();
            assertArrayEquals(value(1, 1_000_000), db.get(key(1)));
            assertEquals(misses, db.stats().cacheMisses());
        }
    }

    /// What was read and is not right must not be found in the cache by the next one.
    @Test
    void damageIsReportedEachTime() {
        for (int length : LENGTHS) {
            FailingDevice filled = new FailingDevice();
            try (Partition db = Partition.open(filled, config().build())) {
                db.put(key(1), value(1, length));
            }
            byte[] bytes = filled.bytes();
            int at = indexOf(bytes, Arrays.copyOf(value(1, length), 16)) + length / 2;
            bytes[at] ^= 1;
            PartitionConfig reading = config().readOnly(true).build();
            try (Partition db = Partition.open(FailingDevice.device(bytes), reading)) {
                for (int i = 0; i < 2; i++) {
                    for (Way way : Way.values()) {
                        assertThrows(
                                CorruptionException.class, () -> way.read(db, key(1)), way + ", " + length + " bytes");
                    }
                }
            }
        }
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        int at = 0;
        while (!Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
            at++;
        }
        return at;
    }

    /// Pages are reused all the time, by runs and by pages of the tree, while both are in the cache.
    @Test
    void aPageThatWasReusedShowsWhatItIsNow() {
        Random random = new Random(SEED);
        Map<Integer, byte[]> expected = new HashMap<>();
        try (Partition db = Partition.open(new FailingDevice(), config().build())) {
            for (int step = 0; step < 6_000; step++) {
                int number = random.nextInt(60);
                switch (random.nextInt(8)) {
                    case 0, 1 -> {
                        int length = random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(12_000);
                        byte[] value = value(step, length);
                        db.put(key(number), value);
                        expected.put(number, value);
                    }
                    case 2 -> {
                        db.delete(key(number));
                        expected.remove(number);
                    }
                    case 3 -> {
                        if (step % 5 == 0) {
                            db.flush();
                        }
                    }
                    default ->
                        assertArrayEquals(expected.get(number), db.get(key(number)), "step " + step + ", seed " + SEED);
                }
            }
            assertTrue(db.check().isClean());
        }
    }
}

package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import io.treering.testing.FaultyDevice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// How many pages a get reads from the device: exactly those on the way to its leaf that are not in the cache. This is
/// what keeps gets from becoming slower unnoticed, where no test can measure time.
final class PageReadsTest {
    private static final int KEYS = 40_000;
    private static final int PAGE = 4096;
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final FailingDevice FILLED = new FailingDevice();

    private final byte[] into = new byte[100];

    @BeforeAll
    static void fill() {
        try (Partition db = Partition.open(FILLED, config(64 << 20).build())) {
            for (int i = 0; i < KEYS; i++) {
                db.put(key(i), new byte[100]);
            }
        }
    }

    private static PartitionConfig.Builder config(long cacheBytes) {
        return PartitionConfig.builder().walMode(WalMode.NONE).cacheSize(cacheBytes);
    }

    private static byte[] key(long i) {
        byte[] key = new byte[16];
        LONGS.set(key, 0, i * 0x9E37_79B9_7F4A_7C15L);
        LONGS.set(key, Long.BYTES, i);
        return key;
    }

    private record Opened(FaultyDevice device, Partition db) implements AutoCloseable {
        /// With nothing in the cache, and nobody else who reads.
        static Opened cold(long cacheBytes) {
            FaultyDevice counting = new FaultyDevice(FILLED.copy(), 0, AssertionError::new);
            return new Opened(
                    counting,
                    Partition.open(counting, config(cacheBytes).readOnly(true).build()));
        }

        int levels() {
            return db.stats().treeLevels();
        }

        @Override
        public void close() {
            db.close();
        }
    }

    private static long readsOf(Opened opened, Runnable gets) {
        long callsBefore = opened.device.calls();
        long missesBefore = opened.db.stats().cacheMisses();
        gets.run();
        long reads = opened.device.calls() - callsBefore;
        assertEquals(reads, opened.db.stats().cacheMisses() - missesBefore, "what the statistics say");
        return reads;
    }

    @Test
    void aFirstGetReadsOnePageOfEachLevelAndASecondOneNone() {
        try (Opened opened = Opened.cold(64 << 20)) {
            assertEquals(3, opened.levels());
            assertEquals(3, readsOf(opened, () -> assertEquals(100, opened.db.get(key(7), into))));
            assertEquals(0, readsOf(opened, () -> assertEquals(100, opened.db.get(key(7), into))));
        }
    }

    @Test
    void aMissingKeyReadsNoMoreThanOneThatIsThere() {
        for (byte[] missing : new byte[][] {key(KEYS), new byte[0]}) {
            try (Opened opened = Opened.cold(64 << 20)) {
                assertEquals(3, readsOf(opened, () -> assertEquals(-1, opened.db.get(missing, into))));
                assertEquals(0, readsOf(opened, () -> assertEquals(-1, opened.db.get(missing, into))));
            }
        }
    }

    @Test
    void aKeyBehindAllOthersReadsNothing() {
        byte[] missing = new byte[16];
        Arrays.fill(missing, (byte) -1);
        try (Opened opened = Opened.cold(64 << 20)) {
            assertEquals(0, readsOf(opened, () -> {
                assertEquals(-1, opened.db.get(missing, into));
                assertNull(opened.db.get(missing));
                assertFalse(opened.db.contains(missing));
                assertNull(opened.db.multiGet(List.of(missing)).getFirst());
                assertNull(opened.db.read(missing, Slice::toByteArray));
            }));
        }
    }

    @Test
    void eachPageOfTheTreeIsReadOnceWhereTheCacheHoldsThemAll() {
        try (Opened opened = Opened.cold(64 << 20)) {
            long reads = readsOf(opened, () -> getAll(opened.db));
            assertEquals(opened.db.stats().cachedBytes(), reads * PAGE);
            assertEquals(0, readsOf(opened, () -> getAll(opened.db)));
        }
    }

    private void getAll(Partition db) {
        for (int i = 0; i < KEYS; i++) {
            assertEquals(100, db.get(key(i), into));
        }
    }

    /// The branches are few and often used, so that they stay in a cache that holds every fourteenth leaf. Nothing but
    /// the seed decides which pages make room: 0.911 reads a get.
    @Test
    void aRandomGetReadsOneLeafAtMostWhereTheCacheHoldsTheBranches() {
        try (Opened opened = Opened.cold(128 * PAGE)) {
            Random random = new Random(SEED);
            int gets = 20_000;
            long reads = readsOf(opened, () -> {
                for (int i = 0; i < gets; i++) {
                    assertEquals(100, opened.db.get(key(random.nextInt(KEYS)), into));
                }
            });
            assertTrue(reads < gets * 0.93, () -> (double) reads / gets + " reads a get, seed " + SEED);
        }
    }
}

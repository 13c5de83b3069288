package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Deletes of neighbours, far more than a merge holds pages of.
final class RangeDeleteTest {
    private static final int ENTRIES = 60_000;
    private static final byte[] VALUE = new byte[100];

    private static byte[] key(int i) {
        return "key-%08d".formatted(i).getBytes();
    }

    private static Partition filled(int pageSize) {
        Partition db = Partition.inMemory(PartitionConfig.builder()
                .pageSize(pageSize)
                .walMode(WalMode.NONE)
                .writeBufferSize(32 << 20)
                .build());
        for (int i = 0; i < ENTRIES; i++) {
            db.put(key(i), VALUE);
        }
        db.flush();
        return db;
    }

    private static void assertWhole(Partition db, int entries) {
        db.flush();
        assertEquals(entries, db.stats().entries());
        assertTrue(db.check().isClean(), () -> db.check().toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16_384, 32_768})
    void aRangeThatBeginsInTheMiddleOfALeafGoesInOneMerge(int pageSize) {
        try (Partition db = filled(pageSize)) {
            for (int i = 50; i < ENTRIES - 100; i++) {
                db.delete(key(i));
            }
            assertWhole(db, 150);
            assertArrayEquals(VALUE, db.get(key(49)));
            assertNull(db.get(key(50)));
            assertArrayEquals(VALUE, db.get(key(ENTRIES - 1)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16_384, 32_768})
    void nextToNothingIsLeftOfEachLeaf(int pageSize) {
        int kept = pageSize / 128;
        try (Partition db = filled(pageSize)) {
            for (int i = 0; i < ENTRIES; i++) {
                if (i % kept != 0) {
                    db.delete(key(i));
                }
            }
            assertWhole(db, (ENTRIES + kept - 1) / kept);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16_384, 32_768})
    void valuesBecomeEmpty(int pageSize) {
        try (Partition db = filled(pageSize)) {
            for (int i = 0; i < ENTRIES; i++) {
                db.put(key(i), new byte[0]);
            }
            assertWhole(db, ENTRIES);
        }
    }
}

package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.TreeMap;

/// How the tests of full disks fill a store, empty it again and look at what it holds.
final class FullDisk {
    /// What the disk has room for, in most tests.
    static final long CAPACITY = 6 << 20;

    private FullDisk() {}

    static PartitionConfig.Builder config(WalMode mode) {
        return PartitionConfig.builder()
                .cacheSize(256 << 10)
                .writeBufferSize(256 << 10)
                .walSize(1 << 20)
                .walMode(mode);
    }

    static byte[] key(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i * 7_919L % 1_000_003));
    }

    /// How long values are: in the leaves, in runs that the merge writes, in runs that are written when put.
    enum Values {
        INLINE(150),
        SPILLED(6_000),
        LARGE(40_000);

        final int length;

        Values(int length) {
            this.length = length;
        }

        byte[] of(int i) {
            byte[] value = new byte[length + i % 100];
            new Random(i).nextBytes(value);
            return value;
        }
    }

    /// @return how many were acknowledged
    static int fill(Partition db, Values values, int from) {
        for (int i = from; i < from + 100_000; i++) {
            try {
                db.put(key(i), values.of(i));
            } catch (NoSpaceException e) {
                assertTrue(e.getMessage().contains("room"), e::toString);
                assertNull(db.get(key(i)), "something of a refused put is there");
                return i;
            }
        }
        throw new AssertionError("the device never became full");
    }

    static void assertHolds(KeyValueReader store, Values values, int from, int to) {
        for (int i = from; i < to; i++) {
            int each = i;
            assertArrayEquals(values.of(i), store.get(key(i)), () -> "key " + each);
        }
    }

    static void deleteAll(Partition db, int from, int to) {
        for (int i = from; i < to; i++) {
            db.delete(key(i));
            assertNull(db.get(key(i)));
        }
    }

    static void assertSound(Partition db) {
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
    }

    static void assertEmpty(Partition db) {
        try (Scan scan = db.scan()) {
            assertTrue(!scan.advance(), "an entry is left");
        }
        assertEquals(0, db.stats().entries());
    }

    static void compare(KeyValueReader db, TreeMap<byte[], byte[]> model) {
        try (Scan scan = db.scan()) {
            for (var entry : model.entrySet()) {
                assertTrue(scan.advance());
                assertArrayEquals(entry.getKey(), scan.key().toByteArray());
                assertArrayEquals(entry.getValue(), scan.value().toByteArray());
            }
            assertTrue(!scan.advance());
        }
    }
}

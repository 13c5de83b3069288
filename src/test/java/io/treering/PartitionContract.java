package io.treering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What the manual promises of reads and writes, the same for every backend. Subclasses choose the backend.
abstract class PartitionContract extends PartitionFixture {
    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, UTF_8);
    }

    static byte[] key(int i) {
        return bytes("key-%08d".formatted(i));
    }

    /// A value that says which key and version it belongs to.
    static byte[] value(int i, int version, int length) {
        byte[] value = new byte[length];
        new Random(31L * i + version).nextBytes(value);
        return value;
    }

    static List<String> keys(Scan scan) {
        List<String> keys = new ArrayList<>();
        try (scan) {
            while (scan.advance()) {
                keys.add(new String(scan.key().toByteArray(), UTF_8));
            }
        }
        return keys;
    }

    @Test
    void whatWasPutIsFound() {
        Partition db = open();
        db.put(bytes("a"), bytes("1"));
        db.put(bytes("b"), bytes("2"));
        assertEquals("1", text(db.get(bytes("a"))));
        assertEquals("2", text(db.get(bytes("b"))));
        assertNull(db.get(bytes("c")));
        assertTrue(db.contains(bytes("a")));
        assertFalse(db.contains(bytes("ab")));
    }

    @Test
    void whatWasPutIsFoundAfterAFlush() {
        Partition db = open();
        db.put(bytes("a"), bytes("1"));
        db.flush();
        assertEquals("1", text(db.get(bytes("a"))));
        db.put(bytes("a"), bytes("2"));
        assertEquals("2", text(db.get(bytes("a"))));
        db.delete(bytes("a"));
        assertNull(db.get(bytes("a")));
        db.flush();
        assertNull(db.get(bytes("a")));
    }

    static void assertHolds(KeyValueReader reader, TreeMap<byte[], byte[]> model) {
        try (Scan scan = reader.scan()) {
            for (var entry : model.entrySet()) {
                assertTrue(scan.advance());
                assertArrayEquals(entry.getKey(), scan.key().toByteArray());
                assertArrayEquals(entry.getValue(), scan.value().toByteArray());
            }
            assertFalse(scan.advance());
        }
        for (var entry : model.entrySet()) {
            assertArrayEquals(entry.getValue(), reader.get(entry.getKey()));
        }
    }

    @Test
    void valuesOfEverySizeComeBackByteForByte() {
        int[] sizes = {
            0, 1, 7, 100, 1_000, 1_900, 2_000, 2_100, 4_000, 4_096, 10_000, 65_535, 65_536, 65_537, 300_000, 3_000_000
        };
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        try (Partition db = open()) {
            for (int i = 0; i < sizes.length; i++) {
                byte[] value = value(i, 1, sizes[i]);
                db.put(key(i), value);
                model.put(key(i), value);
            }
            assertHolds(db, model);
            db.flush();
            assertHolds(db, model);
            for (int i = 0; i < sizes.length; i += 2) {
                byte[] value = value(i, 2, sizes[sizes.length - 1 - i]);
                db.put(key(i), value);
                model.put(key(i), value);
            }
            assertHolds(db, model);
        }
        Partition db = open();
        assertHolds(db, model);
        for (int i = 0; i < sizes.length; i++) {
            db.delete(key(i));
        }
        db.flush();
        assertHolds(db, new TreeMap<>(Arrays::compareUnsigned));
    }

    @Test
    void aGetIntoABufferCopiesWhatFitsAndTellsTheWholeLength() {
        Partition db = open();
        db.put(bytes("k"), bytes("0123456789"));
        for (int round = 0; round < 2; round++) {
            byte[] small = new byte[4];
            assertEquals(10, db.get(bytes("k"), small));
            assertEquals("0123", text(small));
            assertEquals(-1, db.get(bytes("x"), small));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment key = arena.allocateFrom("?k?");
                MemorySegment into = arena.allocate(13);
                assertEquals(10, db.get(key, 1, 1, into, 2, 10));
                assertEquals("0123456789", into.getString(2).substring(0, 10));
                assertEquals(10, db.get(MemorySegment.ofArray(bytes("k")), into));
                assertTrue(db.contains(MemorySegment.ofArray(bytes("k"))));
            }
            db.flush();
        }
    }

    @Test
    void theEmptyKeyIsAKeyAndTheEmptyValueAValue() {
        Partition db = open();
        db.put(new byte[0], new byte[0]);
        db.put(bytes("a"), new byte[0]);
        for (int round = 0; round < 2; round++) {
            assertEquals(0, assertNotNull2(db.get(new byte[0])).length);
            assertEquals(List.of("", "a"), keys(db.scan()));
            db.flush();
        }
        db.delete(new byte[0]);
        assertNull(db.get(new byte[0]));
    }

    private static byte[] assertNotNull2(byte @Nullable [] value) {
        assertNotNull(value);
        return value;
    }

    @Test
    void scansKeepToTheirRange() {
        Partition db = open();
        for (String key : List.of("a", "ab", "abc", "b", "ba", "c")) {
            db.put(bytes(key), bytes("v" + key));
        }
        for (int round = 0; round < 2; round++) {
            assertEquals(List.of("a", "ab", "abc", "b", "ba", "c"), keys(db.scan()));
            assertEquals(List.of("ab", "abc"), keys(db.scan(bytes("ab"), bytes("b"))));
            assertEquals(List.of("ab", "abc"), keys(db.scan(KeyRange.prefix(bytes("ab")))));
            assertEquals(List.of("b", "ba", "c"), keys(db.scan(KeyRange.atLeast(bytes("b")))));
            assertEquals(List.of("ba", "c"), keys(db.scan(KeyRange.greaterThan(bytes("b")))));
            assertEquals(List.of("a", "ab", "abc", "b"), keys(db.scan(KeyRange.atMost(bytes("b")))));
            assertEquals(List.of("a", "ab", "abc"), keys(db.scan(KeyRange.lessThan(bytes("b")))));
            assertEquals(
                    List.of("b", "abc", "ab"),
                    keys(db.scan(KeyRange.closed(bytes("ab"), bytes("b")).reversed())));
            assertEquals(
                    List.of("c", "ba", "b", "abc", "ab", "a"),
                    keys(db.scan(KeyRange.all().reversed())));
            assertEquals(List.of(), keys(db.scan(bytes("b"), bytes("ab"))));
            assertEquals(List.of(), keys(db.scan(bytes("x"), null)));
            db.flush();
        }
    }

    @Test
    void aSnapshotKeepsSeeingWhatItSaw() {
        Partition db = open();
        db.put(bytes("a"), bytes("1"));
        try (Snapshot before = db.snapshot()) {
            db.put(bytes("a"), bytes("2"));
            db.put(bytes("b"), bytes("2"));
            try (Snapshot between = db.snapshot()) {
                db.delete(bytes("a"));
                for (int round = 0; round < 3; round++) {
                    assertEquals("1", text(before.get(bytes("a"))));
                    assertNull(before.get(bytes("b")));
                    assertEquals(List.of("a"), keys(before.scan()));
                    assertEquals("2", text(between.get(bytes("a"))));
                    assertEquals(List.of("a", "b"), keys(between.scan()));
                    assertNull(db.get(bytes("a")));
                    assertEquals(List.of("b"), keys(db.scan()));
                    assertTrue(before.sequence() < between.sequence());
                    db.flush();
                    db.put(bytes("c" + round), bytes("x"));
                    db.delete(bytes("c" + round));
                }
            }
        }
    }

    @Test
    void aScanIsNotDisturbedByFlushesAndWrites() {
        Partition db = open();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            db.put(key(i), value(i, 0, 50));
            expected.add(new String(key(i), UTF_8));
            if (i == 1_000) {
                db.flush();
            }
        }
        try (Scan scan = db.scan()) {
            List<String> seen = new ArrayList<>();
            int i = 0;
            while (scan.advance()) {
                seen.add(new String(scan.key().toByteArray(), UTF_8));
                assertArrayEquals(value(i, 0, 50), scan.value().toByteArray());
                if (i % 500 == 250) {
                    db.delete(key(i + 10));
                    db.put(key(i + 11), bytes("changed"));
                    db.put(key(100_000 + i), bytes("new"));
                    db.flush();
                }
                i++;
            }
            assertEquals(expected, seen);
        }
    }

    @Test
    void aCursorMovesBothWaysAndReentersFromEitherEnd() {
        Partition db = open();
        for (String key : List.of("a", "c", "e", "g")) {
            db.put(bytes(key), bytes("v" + key));
        }
        for (int round = 0; round < 2; round++) {
            try (Cursor cursor = db.cursor()) {
                assertFalse(cursor.isValid());
                assertTrue(cursor.next());
                assertEquals("a", text(cursor.key().toByteArray()));
                assertFalse(cursor.previous());
                assertTrue(cursor.next());
                assertEquals("a", text(cursor.key().toByteArray()));
                assertTrue(cursor.seek(bytes("d")));
                assertEquals("e", text(cursor.key().toByteArray()));
                assertTrue(cursor.previous());
                assertEquals("c", text(cursor.key().toByteArray()));
                assertTrue(cursor.next());
                assertTrue(cursor.next());
                assertEquals("g", text(cursor.key().toByteArray()));
                assertFalse(cursor.next());
                assertFalse(cursor.isValid());
                assertThrows(IllegalStateException.class, () -> cursor.key().length());
                assertTrue(cursor.previous());
                assertEquals("g", text(cursor.key().toByteArray()));
                assertTrue(cursor.seekForPrev(bytes("d")));
                assertEquals("c", text(cursor.key().toByteArray()));
                assertTrue(cursor.seekForPrev(bytes("c")));
                assertEquals("vc", text(cursor.value().toByteArray()));
                assertFalse(cursor.seekForPrev(bytes("A")));
                assertTrue(cursor.next());
                assertEquals("a", text(cursor.key().toByteArray()));
                assertFalse(cursor.seek(bytes("z")));
                assertTrue(cursor.previous());
                assertEquals("g", text(cursor.key().toByteArray()));
                db.put(bytes("f"), bytes("vf"));
                assertTrue(cursor.previous());
                assertEquals("e", text(cursor.key().toByteArray()));
                Slice key = cursor.key();
                cursor.refresh();
                assertSame(key, cursor.key());
                assertEquals("e", text(key.toByteArray()));
                assertTrue(cursor.next());
                assertEquals("f", text(cursor.key().toByteArray()));
                db.delete(bytes("f"));
            }
            db.flush();
        }
    }

    @Test
    void aBatchAppearsWholeAndCanBeWrittenAgain() {
        Partition db = open();
        db.put(bytes("a"), bytes("0"));
        WriteBatch batch = new WriteBatch();
        batch.put(bytes("x"), bytes("1"));
        batch.put(bytes("y"), new byte[200_000]);
        batch.delete(bytes("a"));
        batch.put(bytes("x"), bytes("2"));
        assertEquals(4, batch.size());
        db.write(batch);
        assertEquals("2", text(db.get(bytes("x"))));
        assertArrayEquals(new byte[200_000], db.get(bytes("y")));
        assertNull(db.get(bytes("a")));
        db.put(bytes("x"), bytes("3"));
        db.write(batch);
        assertEquals("2", text(db.get(bytes("x"))));
        db.flush();
        assertEquals("2", text(db.get(bytes("x"))));
    }

    @Test
    void multiGetAnswersInTheOrderOfItsKeys() {
        Partition db = open();
        for (int i = 0; i < 3_000; i += 2) {
            db.put(key(i), value(i, 0, 200 + i));
        }
        db.flush();
        db.put(key(1), bytes("in the buffer"));
        db.delete(key(2));
        List<byte[]> keys = new ArrayList<>();
        for (int i = 200; i >= 0; i--) {
            keys.add(key(i));
        }
        List<byte @Nullable []> values = db.multiGet(keys);
        for (int at = 0; at < keys.size(); at++) {
            assertArrayEquals(db.get(keys.get(at)), values.get(at));
        }
    }

    @Test
    void aZeroCopyReadSeesTheValueAndItsSliceEndsWithIt() {
        Partition db = open();
        db.put(bytes("k"), bytes("value"));
        db.put(bytes("big"), value(1, 1, 100_000));
        for (int round = 0; round < 2; round++) {
            Slice[] kept = new Slice[1];
            assertEquals("value", db.read(bytes("k"), slice -> {
                kept[0] = slice;
                db.put(bytes("other"), bytes("written inside"));
                return text(slice.toByteArray());
            }));
            assertThrows(IllegalStateException.class, () -> kept[0].length());
            assertEquals(100_000, db.read(bytes("big"), Slice::length));
            assertNull(db.read(bytes("absent"), Slice::length));
            assertThrows(
                    IllegalStateException.class,
                    () -> db.read(bytes("k"), slice -> {
                        db.close();
                        return slice.length();
                    }));
            db.flush();
        }
    }

    @Test
    void whatOutgrowsBuffersAndCacheIsStillRight() {
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        Random random = new Random(42);
        Partition db =
                open(config().cacheSize(16 * 4096).writeBufferSize(128 << 10).build());
        for (int i = 0; i < 20_000; i++) {
            byte[] key = key(random.nextInt(5_000));
            if (random.nextInt(10) == 0) {
                db.delete(key);
                model.remove(key);
            } else {
                byte[] value = value(i, 7, random.nextInt(400));
                db.put(key, value);
                model.put(key, value);
            }
        }
        assertHolds(db, model);
        db.flush();
        assertHolds(db, model);
    }

    @Test
    void anInterruptedThreadReadsAndWritesAndStaysInterrupted() {
        Partition db = open();
        for (int i = 0; i < 2_000; i++) {
            db.put(key(i), value(i, 0, 100));
        }
        Thread.currentThread().interrupt();
        db.flush();
        assertArrayEquals(value(7, 0, 100), db.get(key(7)));
        db.put(bytes("a"), bytes("1"));
        db.sync();
        assertEquals(2_001, keys(db.scan()).size());
        assertTrue(Thread.interrupted());
        assertEquals("1", text(db.get(bytes("a"))));
    }

    /// Runs that just fit, and just do not, into the buffer of 256 KiB through which they are read; two of them at a
    /// time, and each beside another one.
    @Test
    void valuesAroundTheSizeOfABufferAreReadInEveryWay() {
        Partition db = open();
        byte[] key = bytes("around");
        byte[] other = value(1, 1, 200_000);
        db.put(bytes("beside"), other);
        for (int length = (256 << 10) - 52; length <= (256 << 10) - 44; length++) {
            byte[] value = value(2, length, length);
            db.put(key, value);
            db.flush();
            assertArrayEquals(value, db.get(key));
            byte[] read = db.<byte[], RuntimeException>read(key, outer -> {
                assertArrayEquals(other, db.<byte[], RuntimeException>read(bytes("beside"), Slice::toByteArray));
                return outer.toByteArray();
            });
            assertArrayEquals(value, read);
            try (Scan scan = db.scan();
                    Cursor cursor = db.cursor()) {
                assertTrue(scan.advance() && cursor.last());
                Slice scanned = scan.value();
                assertArrayEquals(other, cursor.value().toByteArray());
                assertArrayEquals(value, scanned.toByteArray());
                assertTrue(scan.advance() && cursor.previous());
                assertArrayEquals(other, scan.value().toByteArray());
                assertArrayEquals(value, cursor.value().toByteArray());
            }
        }
    }

    /// Values that go to their runs at once, and of which all but the last are never reached by anybody.
    @Test
    void largeValuesThatAreReplacedBeforeTheirMergeLeaveNothingBehind() {
        Partition db = open();
        db.put(bytes("large"), value(1, 0, 100_000));
        db.flush();
        long live = db.stats().liveBytes();
        for (int version = 1; version < 5; version++) {
            db.put(bytes("large"), value(1, version, 100_000));
        }
        db.flush();
        assertEquals(live, db.stats().liveBytes());
        assertArrayEquals(value(1, 4, 100_000), db.get(bytes("large")));
    }

    @Test
    void aBatchIsSeenWholeByWhoeverReadsMeanwhile() throws InterruptedException {
        Partition db = open();
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int number = 0; number < 20_000; number++) {
                WriteBatch batch = new WriteBatch();
                for (int i = 0; i < 10; i++) {
                    batch.put(key(i), value(0, number, 8));
                }
                db.write(batch);
            }
            done.set(true);
        });
        while (writer.isAlive()) {
            try (Snapshot snapshot = db.snapshot()) {
                assertArrayEquals(snapshot.get(key(0)), snapshot.get(key(9)));
            }
        }
        writer.join();
        assertTrue(done.get());
    }
}

package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.BlockDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Arguments that are wrong: each is refused by name, with the value and the limit, and nothing is changed by it.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class BadInputTest {
    private static final int LONGEST_KEY = 1_024;

    @TempDir
    Path directory;

    private final Partition db = Partition.inMemory(config().build());

    private static PartitionConfig.Builder config() {
        return PartitionConfig.builder().cacheSize(1 << 20).writeBufferSize(256 << 10);
    }

    @BeforeEach
    void oneEntry() {
        db.put(bytes("a"), bytes("1"));
    }

    /// Nothing was lost, and the partition can be used.
    @AfterEach
    void thePartitionIsAsItWas() {
        assertArrayEquals(bytes("1"), db.get(bytes("a")));
        db.put(bytes("b"), bytes("2"));
        db.flush();
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
        assertEquals(2, report.entries());
        db.close();
    }

    private static void refusesNull(String argument, Executable call) {
        NullPointerException refused = assertThrows(NullPointerException.class, call, "null as " + argument);
        assertTrue(
                String.valueOf(refused.getMessage()).contains(argument),
                () -> "does not name " + argument + ": " + refused.getMessage());
    }

    // ---- null -------------------------------------------------------------------------------------------------------

    @Test
    @NullUnmarked
    void nullIsRefusedByNameWhereverItIsRead() {
        try (Snapshot snapshot = db.snapshot()) {
            for (KeyValueReader reader : List.of(db, snapshot)) {
                MemorySegment segment = MemorySegment.ofArray(new byte[1]);
                refusesNull("key", () -> reader.get((byte[]) null));
                refusesNull("key", () -> reader.get(null, new byte[1]));
                refusesNull("into", () -> reader.get(new byte[1], null));
                refusesNull("key", () -> reader.get(null, segment));
                refusesNull("into", () -> reader.get(segment, (MemorySegment) null));
                refusesNull("key", () -> reader.get(null, 0, 1, segment, 0, 1));
                refusesNull("into", () -> reader.get(segment, 0, 1, null, 0, 1));
                refusesNull("key", () -> reader.read(null, Slice::length));
                refusesNull("reader", () -> reader.read(bytes("a"), null));
                refusesNull("key", () -> reader.contains((byte[]) null));
                refusesNull("key", () -> reader.contains((MemorySegment) null));
                refusesNull("keys", () -> reader.multiGet(null));
                refusesNull("key", () -> reader.multiGet(Arrays.asList(bytes("a"), null)));
                refusesNull("range", () -> reader.scan(null));
                try (Cursor cursor = reader.cursor()) {
                    refusesNull("key", () -> cursor.seek((byte[]) null));
                    refusesNull("key", () -> cursor.seek((MemorySegment) null));
                    refusesNull("key", () -> cursor.seekForPrev(null));
                    assertTrue(cursor.first());
                    refusesNull("into", () -> cursor.key().copyTo(null));
                    refusesNull("into", () -> cursor.key().copyTo(null, 0));
                    refusesNull("other", () -> cursor.key().compareTo((byte[]) null));
                    refusesNull("other", () -> cursor.key().compareTo((Slice) null));
                    refusesNull("other", () -> cursor.key().contentEquals(null));
                }
            }
        }
    }

    @Test
    @NullUnmarked
    void nullIsRefusedByNameWhereverItIsWritten() {
        MemorySegment segment = MemorySegment.ofArray(new byte[1]);
        for (KeyValueWriter writer : List.of(db, new WriteBatch())) {
            refusesNull("key", () -> writer.put(null, new byte[1]));
            refusesNull("value", () -> writer.put(new byte[1], null));
            refusesNull("key", () -> writer.put(null, segment));
            refusesNull("value", () -> writer.put(segment, null));
            refusesNull("key", () -> writer.delete((byte[]) null));
            refusesNull("key", () -> writer.delete((MemorySegment) null));
        }
        refusesNull("batch", () -> db.write(null));
        refusesNull("directory", () -> Partition.open((Path) null));
        refusesNull("directory", () -> Partition.open((Path) null, config().build()));
        refusesNull("config", () -> Partition.open(directory, null));
        refusesNull("device", () -> Partition.open((BlockDevice) null, config().build()));
        refusesNull("config", () -> Partition.inMemory(null));
        refusesNull("prefix", () -> KeyRange.prefix(null));
        refusesNull("key", () -> KeyRange.atLeast(null));
        refusesNull("key", () -> KeyRange.atMost(null));
        refusesNull("key", () -> KeyRange.lessThan(null));
        refusesNull("key", () -> KeyRange.greaterThan(null));
        refusesNull("other", () -> KeyRange.all().and(null));
    }

    // ---- sizes ------------------------------------------------------------------------------------------------------

    private static void refusesWith(Executable call, Object... said) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call);
        for (Object each : said) {
            assertTrue(
                    String.valueOf(refused.getMessage()).contains(each.toString()),
                    () -> "does not say " + each + ": " + refused.getMessage());
        }
    }

    @Test
    void aKeyThatIsTooLongIsRefusedWithItsLengthAndTheLimit() {
        byte[] key = new byte[LONGEST_KEY + 1];
        MemorySegment segment = MemorySegment.ofArray(key);
        refusesWith(() -> db.put(key, new byte[0]), 1_025, LONGEST_KEY);
        refusesWith(() -> db.put(segment, MemorySegment.ofArray(new byte[1])), 1_025, LONGEST_KEY);
        refusesWith(() -> db.put(key, new byte[100_000]), 1_025, LONGEST_KEY);
        refusesWith(() -> db.delete(key), 1_025, LONGEST_KEY);
        refusesWith(() -> db.delete(segment), 1_025, LONGEST_KEY);
        WriteBatch batch = new WriteBatch();
        batch.put(bytes("c"), bytes("3"));
        batch.put(bytes("d"), new byte[100_000]);
        batch.put(key, bytes("4"));
        refusesWith(() -> db.write(batch), 1_025, LONGEST_KEY);
        assertNull(db.get(bytes("c")), "a batch that was refused left a part behind");

        byte[] longest = new byte[LONGEST_KEY];
        db.put(longest, bytes("longest"));
        db.flush();
        assertArrayEquals(bytes("longest"), db.get(longest));
        db.delete(longest);
    }

    @Test
    void aReadTakesAKeyOfAnyLengthAndFindsNothing() {
        for (boolean flushed : new boolean[] {false, true}) {
            if (flushed) {
                db.flush();
            }
            for (int length : new int[] {LONGEST_KEY + 1, 5_000, 70_000, 3 << 20}) {
                byte[] key = new byte[length];
                Arrays.fill(key, (byte) 'a');
                MemorySegment segment = MemorySegment.ofArray(key);
                try (Snapshot snapshot = db.snapshot();
                        Cursor cursor = db.cursor()) {
                    for (KeyValueReader reader : List.of(db, snapshot)) {
                        assertNull(reader.get(key));
                        assertEquals(-1, reader.get(key, new byte[1]));
                        assertEquals(-1, reader.get(segment, segment));
                        assertNull(reader.read(key, Slice::length));
                        assertFalse(reader.contains(key));
                        assertFalse(reader.contains(segment));
                        assertNull(reader.multiGet(List.of(key, bytes("a"))).getFirst());
                        assertEquals(0, count(reader.scan(key, null)));
                        assertEquals(1, count(reader.scan(null, key)));
                        assertEquals(1, count(reader.scan(KeyRange.lessThan(key).reversed())));
                        assertEquals(0, count(reader.scan(KeyRange.prefix(key))));
                    }
                    assertFalse(cursor.seek(key));
                    assertFalse(cursor.seek(segment));
                    assertTrue(cursor.seekForPrev(key));
                    assertArrayEquals(bytes("a"), cursor.key().toByteArray());
                }
            }
        }
    }

    private static int count(Scan scan) {
        int count = 0;
        try (scan) {
            while (scan.advance()) {
                count++;
            }
        }
        return count;
    }

    @Test
    void aValueAboveOneGibibyteIsRefusedWithItsLengthAndTheLimit() throws Exception {
        long length = (1L << 30) + 1;
        Path sparse = directory.resolve("sparse");
        try (FileChannel file = FileChannel.open(
                        sparse, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment value = file.map(FileChannel.MapMode.READ_WRITE, 0, length, arena);
            MemorySegment key = MemorySegment.ofArray(bytes("c"));
            refusesWith(() -> db.put(key, value), length, 1L << 30);
        }
        assertNull(db.get(bytes("c")));
    }

    @Test
    void aBatchThatNoBufferCouldHoldIsRefusedWithItsSizeAndTheLimit() {
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < 300; i++) {
            batch.put(bytes("batch-" + i), new byte[1_000]);
        }
        refusesWith(() -> db.write(batch), "batch", "writeBufferSize", "not 3");
        assertNull(db.get(bytes("batch-0")));
        assertEquals(300, batch.size());
    }

    @Test
    void boundsInTheWrongOrderAreAnEmptyScan() {
        db.put(bytes("b"), bytes("2"));
        try (Snapshot snapshot = db.snapshot()) {
            for (KeyValueReader reader : List.of(db, snapshot)) {
                assertEquals(0, count(reader.scan(bytes("b"), bytes("a"))));
                assertEquals(0, count(reader.scan(bytes("a"), bytes("a"))));
                assertEquals(0, count(reader.scan(KeyRange.closed(bytes("b"), bytes("a")))));
                assertEquals(
                        0, count(reader.scan(KeyRange.of(bytes("b"), bytes("a")).reversed())));
            }
        }
    }

    @Test
    void placesOutsideOfASegmentAreRefused() {
        MemorySegment segment = MemorySegment.ofArray(new byte[8]);
        for (int[] wrong : new int[][] {{-1, 1}, {0, 9}, {8, 1}, {0, -1}, {Integer.MAX_VALUE, 1}}) {
            assertThrows(IndexOutOfBoundsException.class, () -> db.get(segment, wrong[0], wrong[1], segment, 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> db.get(segment, 0, 1, segment, wrong[0], wrong[1]));
        }
        try (Cursor cursor = db.cursor()) {
            assertTrue(cursor.first());
            for (int wrong : new int[] {-1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThrows(IndexOutOfBoundsException.class, () -> cursor.key().byteAt(wrong));
                assertThrows(IndexOutOfBoundsException.class, () -> cursor.key().intAt(wrong));
                assertThrows(IndexOutOfBoundsException.class, () -> cursor.key().longAt(wrong));
            }
            assertThrows(IndexOutOfBoundsException.class, () -> cursor.key().copyTo(segment, 9));
        }
    }

    @Test
    void memoryOfTheCallerThatIsClosedIsItsOwnFault() {
        MemorySegment closed;
        try (Arena arena = Arena.ofConfined()) {
            closed = arena.allocate(8);
        }
        MemorySegment key = MemorySegment.ofArray(bytes("a"));
        for (Executable call : List.<Executable>of(
                () -> db.get(closed, key),
                () -> db.get(key, closed),
                () -> db.put(key, closed),
                () -> db.put(closed, key),
                () -> db.delete(closed))) {
            IllegalStateException refused = assertThrows(IllegalStateException.class, call);
            assertFalse(refused instanceof ClosedException, refused::toString);
        }
    }

    // ---- settings ---------------------------------------------------------------------------------------------------

    @Test
    void eightPagesOfCacheAreEnoughAndFewerAreRefused() {
        refusesWith(() -> config().cacheSize(8 * 4_096 - 1).build(), "cacheSize", 8 * 4_096, 8 * 4_096 - 1);
        refusesWith(() -> config().cacheSize(0).build(), "cacheSize", 8 * 4_096);
        refusesWith(() -> config().cacheSize(-1).build(), "cacheSize", -1);
        PartitionConfig smallest = config().cacheSize(8 * 4_096).build();
        try (Partition small = Partition.inMemory(smallest)) {
            for (int i = 0; i < 5_000; i++) {
                small.put(bytes("key-" + i), bytes("value-" + i));
            }
            small.flush();
            for (int i = 0; i < 5_000; i += 7) {
                assertArrayEquals(bytes("value-" + i), small.get(bytes("key-" + i)));
            }
            assertEquals(5_000, count(small.scan()));
            assertTrue(small.check().isClean(), () -> small.check().toString());
        }
    }
}

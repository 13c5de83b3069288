package io.treering;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteBatchTest {
    private static final int LONGEST_KEY = 4095;
    private static final long LONGEST_VALUE = 1L << 30;

    private final WriteBatch batch = new WriteBatch();

    @Test
    void aNewBatchIsEmpty() {
        assertEquals(0, batch.size());
        assertEquals(0, batch.byteSize());
        assertTrue(batch.isEmpty());
        assertEquals(List.of(), operations(batch));
        assertEquals("WriteBatch[0 operations, 0 bytes]", batch.toString());
    }

    /// Lengths from 0 to many blocks, in arrays and in segments of both kinds, cleared now and then.
    @Property(tries = 40)
    void aBatchShowsWhatWasPutIntoItInItsOrder(@ForAll Random random, @ForAll @IntRange(max = 400) int count) {
        WriteBatch filled = new WriteBatch();
        List<String> expected = new ArrayList<>();
        long bytes = 0;
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < count; i++) {
                byte[] key = randomBytes(random, random.nextInt(random.nextInt(10) == 0 ? LONGEST_KEY + 1 : 20));
                byte[] value = randomBytes(random, random.nextInt(random.nextInt(40) == 0 ? 1_500_000 : 300));
                boolean delete = random.nextInt(4) == 0;
                append(filled, key, value, delete, random.nextInt(3), arena);
                expected.add(delete ? shown(key) : shown(key) + "=" + shown(value));
                bytes += key.length + (delete ? 0 : value.length);
                // The batch has copies.
                Arrays.fill(key, (byte) 0);
                Arrays.fill(value, (byte) 0);
                if (random.nextInt(150) == 0) {
                    filled.clear();
                    expected.clear();
                    bytes = 0;
                }
            }
        }
        assertEquals(expected, operations(filled));
        assertEquals(expected, operations(filled));
        assertEquals(expected.size(), filled.size());
        assertEquals(expected.isEmpty(), filled.isEmpty());
        assertEquals(bytes, filled.byteSize());
    }

    private static void append(WriteBatch to, byte[] key, byte[] value, boolean delete, int how, Arena arena) {
        if (how == 0) {
            if (delete) {
                to.delete(key);
            } else {
                to.put(key, value);
            }
            return;
        }
        MemorySegment keySegment = how == 1 ? MemorySegment.ofArray(key) : arena.allocateFrom(JAVA_BYTE, key);
        MemorySegment valueSegment = how == 1 ? MemorySegment.ofArray(value) : arena.allocateFrom(JAVA_BYTE, value);
        if (delete) {
            to.delete(keySegment);
        } else {
            to.put(keySegment, valueSegment);
        }
    }

    @Test
    void anEmptyValueIsNotADelete() {
        batch.put(new byte[] {1}, new byte[0]);
        batch.delete(new byte[] {1});
        batch.put(new byte[0], new byte[0]);
        batch.delete(new byte[0]);
        assertEquals(List.of("01=", "01", "=", ""), operations(batch));
    }

    /// One length after the other, so that some operation ends right where its block ends, and one a byte further.
    @Test
    void anOperationMayFillItsBlockToTheLastByte() {
        for (int length = 0; length < 2100; length++) {
            WriteBatch filled = new WriteBatch();
            byte[] value = new byte[length];
            filled.put(new byte[] {1}, new byte[] {2});
            filled.put(new byte[] {3}, value);
            filled.delete(new byte[] {4});
            assertEquals(List.of("01=02", "03=" + shown(value), "04"), operations(filled));
        }
    }

    @Test
    void clearingForgetsEverything() {
        for (int i = 0; i < 100; i++) {
            batch.put(new byte[50], new byte[3000]);
        }
        batch.put(new byte[1], new byte[5_000_000]);
        batch.clear();
        assertEquals(List.of(), operations(batch));
        assertEquals("WriteBatch[0 operations, 0 bytes]", batch.toString());
        batch.delete(new byte[] {9});
        assertEquals(List.of("09"), operations(batch));
    }

    @Test
    void whatTheVisitorSeesCannotBeWrittenTo() {
        batch.put(new byte[1], new byte[1]);
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(MemorySegment key, MemorySegment value) {
                assertTrue(key.isReadOnly());
                assertTrue(value.isReadOnly());
                assertThrows(IllegalArgumentException.class, () -> value.set(JAVA_BYTE, 0, (byte) 1));
            }

            @Override
            public void delete(MemorySegment key) {
                throw new AssertionError("nothing was deleted");
            }
        });
    }

    @Test
    void aVisitorThatChangesTheBatchIsToldSo() {
        batch.put(new byte[1], new byte[1]);
        assertThrows(
                ConcurrentModificationException.class,
                () -> batch.forEach(changing(() -> batch.put(new byte[1], new byte[1]))));
        assertThrows(ConcurrentModificationException.class, () -> batch.forEach(changing(batch::clear)));
    }

    private static WriteBatch.Visitor changing(Runnable change) {
        return new WriteBatch.Visitor() {
            @Override
            public void put(MemorySegment key, MemorySegment value) {
                change.run();
            }

            @Override
            public void delete(MemorySegment key) {
                change.run();
            }
        };
    }

    @Test
    void theLongestKeyIsTakenAndALongerOneRefused() {
        batch.put(new byte[LONGEST_KEY], new byte[1]);
        batch.delete(new byte[LONGEST_KEY]);
        byte[] tooLong = new byte[LONGEST_KEY + 1];
        String message = "A key has at most 4095 bytes, not 4096";
        assertEquals(message, refused(() -> batch.put(tooLong, new byte[1])));
        assertEquals(message, refused(() -> batch.delete(tooLong)));
        assertEquals(message, refused(() -> batch.delete(MemorySegment.ofArray(tooLong))));
        assertEquals(2, batch.size());
        assertEquals(2 * LONGEST_KEY + 1, batch.byteSize());
        assertEquals(2, operations(batch).size());
    }

    @Test
    void aValueOfMoreThanAGibibyteIsRefused(@TempDir Path directory) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment tooLong = holes(directory.resolve("holes"), LONGEST_VALUE + 1, arena);
            assertEquals(
                    "A value has at most 1073741824 bytes, not 1073741825",
                    refused(() -> batch.put(MemorySegment.ofArray(new byte[1]), tooLong)));
            assertTrue(batch.isEmpty());
        }
    }

    /// A mapped file of holes: it takes neither memory nor disk while nobody looks at it.
    private static MemorySegment holes(Path file, long length, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.SPARSE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, length, arena);
        }
    }

    @Test
    void aPutThatFailsLeavesTheBatchAsItWas() {
        batch.put(new byte[] {1}, new byte[] {2});
        Arena arena = Arena.ofConfined();
        MemorySegment gone = arena.allocate(8);
        arena.close();
        assertThrows(IllegalStateException.class, () -> batch.put(MemorySegment.ofArray(new byte[1]), gone));
        assertThrows(IllegalStateException.class, () -> batch.put(gone, MemorySegment.ofArray(new byte[1])));
        assertThrows(IllegalStateException.class, () -> batch.delete(gone));
        batch.put(new byte[] {3}, new byte[] {4});
        assertEquals(List.of("01=02", "03=04"), operations(batch));
        assertEquals(4, batch.byteSize());
        assertFalse(batch.isEmpty());
    }

    @Test
    void nullsAreRefusedByName() {
        byte[] bytes = new byte[1];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        assertEquals("key", nullRefused(() -> batch.put((byte[]) null, bytes)));
        assertEquals("value", nullRefused(() -> batch.put(bytes, null)));
        assertEquals("key", nullRefused(() -> batch.put((MemorySegment) null, segment)));
        assertEquals("value", nullRefused(() -> batch.put(segment, null)));
        assertEquals("key", nullRefused(() -> batch.delete((byte[]) null)));
        assertEquals("key", nullRefused(() -> batch.delete((MemorySegment) null)));
        assertEquals("visitor", nullRefused(() -> batch.forEach(null)));
    }

    private static String refused(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }

    private static String nullRefused(Runnable call) {
        return assertThrows(NullPointerException.class, call::run).getMessage();
    }

    /// The operations as text: `key=value` for a put, `key` for a delete.
    private static List<String> operations(WriteBatch batch) {
        List<String> operations = new ArrayList<>();
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(MemorySegment key, MemorySegment value) {
                operations.add(shown(key.toArray(JAVA_BYTE)) + "=" + shown(value.toArray(JAVA_BYTE)));
            }

            @Override
            public void delete(MemorySegment key) {
                operations.add(shown(key.toArray(JAVA_BYTE)));
            }
        });
        return operations;
    }

    private static String shown(byte[] bytes) {
        return bytes.length <= 64
                ? HexFormat.of().formatHex(bytes)
                : bytes.length + " bytes with hash " + Arrays.hashCode(bytes);
    }

    private static byte[] randomBytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}

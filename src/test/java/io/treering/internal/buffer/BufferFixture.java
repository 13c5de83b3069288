package io.treering.internal.buffer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.treering.internal.bytes.KeyHash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A write buffer in memory of its own, written and read in the terms of a test.
final class BufferFixture implements AutoCloseable {
    final Arena arena = Arena.ofShared();
    final MemorySegment segment;
    final BufferMemory memory;
    WriteBuffer buffer;
    long sequence;

    BufferFixture(long bytes) {
        segment = arena.allocate(bytes, 8);
        memory = new BufferMemory(segment);
        buffer = memory.begin(0);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Appends, and publishes at once.
    long put(byte[] key, byte[] value) {
        return append(key, value, BufferEntry.PUT);
    }

    long put(String key, String value) {
        return put(bytes(key), bytes(value));
    }

    long delete(String key) {
        return append(bytes(key), new byte[0], BufferEntry.DELETE);
    }

    /// The entry's sequence.
    long append(byte[] key, byte[] value, int kind) {
        long hash = KeyHash.hash(key, key.length);
        long entry = buffer.append(key, key.length, hash, value, 0, value.length, sequence + 1, kind);
        assertNotEquals(0, entry, "the buffer is full");
        buffer.publish(++sequence);
        return sequence;
    }

    long find(byte[] key, long upTo) {
        return buffer.find(key, key.length, KeyHash.hash(key, key.length), upTo);
    }

    long find(String key, long upTo) {
        return find(bytes(key), upTo);
    }

    byte[] key(long entry) {
        return segment.asSlice(buffer.keyOffset(entry), buffer.keyLength(entry)).toArray(JAVA_BYTE);
    }

    byte[] value(long entry) {
        long shape = buffer.shape(entry);
        return segment.asSlice(buffer.valueOffset(entry), BufferEntry.valueLength(shape))
                .toArray(JAVA_BYTE);
    }

    /// "key=value@sequence", or "-" where there is no entry.
    String show(long entry) {
        if (entry == 0) {
            return "-";
        }
        String value = buffer.kind(entry) == BufferEntry.DELETE ? "deleted" : text(value(entry));
        return text(key(entry)) + "=" + value + "@" + buffer.sequence(entry);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /// All entries, forwards; backwards they must be the same.
    List<String> show(SortedEntries entries) {
        List<String> forwards = new ArrayList<>();
        List<String> backwards = new ArrayList<>();
        BufferCursor cursor = entries.cursor();
        while (cursor.next()) {
            forwards.add(show(cursor.entry()));
        }
        while (cursor.previous()) {
            backwards.add(show(cursor.entry()));
        }
        assertEquals(forwards, backwards.reversed());
        return forwards;
    }

    @Override
    public void close() {
        arena.close();
    }
}

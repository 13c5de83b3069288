package io.treering.internal.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treering.internal.bytes.KeyHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The picture in the Javadoc says what the constants say, and entries are written as drawn.
class BufferEntryLayoutTest {
    private static final Pattern ROW = Pattern.compile("\\| +(\\d+) \\| +(\\d+|-) \\| (\\w+) ");

    @Test
    void theEntryIsLaidOutAsDrawn() throws IOException, ReflectiveOperationException {
        String source = Files.readString(Path.of("src/main/java/io/treering/internal/buffer/BufferEntry.java"));
        List<MatchResult> rows = ROW.matcher(source).results().toList();
        List<String> names = new ArrayList<>();
        int end = 0;
        for (MatchResult row : rows) {
            names.add(row.group(3));
            assertEquals(end, Integer.parseInt(row.group(1)), "gap or overlap before " + row.group(3));
            assertEquals(end, BufferEntry.class.getDeclaredField(row.group(3)).getInt(null), row.group(3));
            end += row.group(2).equals("-") ? 0 : Integer.parseInt(row.group(2));
        }
        assertEquals(List.of("SEQUENCE", "OLDER", "HASH", "VALUE_LENGTH", "KEY_LENGTH", "KIND", "FLAGS", "KEY"), names);
    }

    @Test
    void anEntryIsWrittenAsDrawn() {
        try (BufferFixture fixture = new BufferFixture(4096)) {
            fixture.sequence = 0x0102030405060707L;
            fixture.put("key", "older");
            fixture.buffer.append(
                    BufferFixture.bytes("key"),
                    3,
                    KeyHash.hash(BufferFixture.bytes("key"), 3),
                    BufferFixture.bytes("val"),
                    0,
                    3,
                    0x0102030405060709L,
                    BufferEntry.PUT_OVERFLOW);
            int hash = (int) (KeyHash.hash(BufferFixture.bytes("key"), 3) >>> 32);
            int entry = 64 + 32;
            ByteBuffer memory = fixture.segment.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            assertEquals(0x0102030405060709L, memory.getLong(entry));
            assertEquals(64 / 8, memory.getInt(entry + 8));
            assertEquals(hash, memory.getInt(entry + 12));
            assertEquals(3, memory.getInt(entry + 16));
            assertEquals(3, memory.getShort(entry + 20));
            assertEquals(BufferEntry.PUT_OVERFLOW, memory.get(entry + 22));
            assertEquals(0, memory.get(entry + 23));
            assertEquals("keyval", BufferFixture.text(new byte[] {
                memory.get(entry + 24), memory.get(entry + 25), memory.get(entry + 26),
                memory.get(entry + 27), memory.get(entry + 28), memory.get(entry + 29)
            }));
        }
    }
}

package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/// Runs and references, built from the words of their pictures alone.
final class OverflowRunTest {
    private static final int RUN = 64;
    private static final int ID = 7;
    private static final int KEY_BYTES = 5;
    private static final long VALUE_BYTES = 70_000;

    private static ByteBuffer head() {
        ByteBuffer bytes = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(RUN + 4, (byte) 3);
        bytes.putInt(RUN + 8, ID);
        bytes.putLong(RUN + 16, 9);
        bytes.putLong(RUN + 32, VALUE_BYTES);
        bytes.putShort(RUN + 40, (short) KEY_BYTES);
        return bytes;
    }

    private static void validate(ByteBuffer head, long valueLength) {
        MemorySegment memory = Arena.ofAuto().allocate(128);
        memory.copyFrom(MemorySegment.ofArray(head.array()));
        OverflowRun.validateStart(memory, RUN, ID, KEY_BYTES, valueLength);
    }

    @Test
    void aRunTakesThePagesOfItsHeadKeyAndValue() {
        assertEquals(1, OverflowRun.pages(0, 0, 4_096));
        assertEquals(1, OverflowRun.pages(4, 4_096 - 42 - 4, 4_096));
        assertEquals(2, OverflowRun.pages(4, 4_096 - 42 - 3, 4_096));
        assertEquals(2, OverflowRun.pages(5, 4_096 - 42 - 4, 4_096));
        assertEquals(32_769, OverflowRun.pages(1, 1L << 30, 32_768));
        assertEquals(42, OverflowRun.valueOffset(0));
        assertEquals(47, OverflowRun.valueOffset(5));
    }

    @Test
    void whatIsWrittenIsFound() {
        MemorySegment memory = Arena.ofAuto().allocate(128);
        memory.copyFrom(MemorySegment.ofArray(head().array()));
        assertEquals(VALUE_BYTES, OverflowRun.valueLength(memory, RUN));
        assertEquals(KEY_BYTES, OverflowRun.keyLength(memory, RUN));
        assertDoesNotThrow(() -> validate(head(), VALUE_BYTES));
    }

    @Test
    void aHeadThatSaysSomethingElseIsRefused() {
        assertRefused("page id 7, found 8", head().putInt(RUN + 8, 8), VALUE_BYTES);
        assertRefused("type 3, found 1", head().put(RUN + 4, (byte) 1), VALUE_BYTES);
        assertRefused("level in [0, 0], found 1", head().put(RUN + 5, (byte) 1), VALUE_BYTES);
        assertRefused("count 0, found 1", head().putShort(RUN + 6, (short) 1), VALUE_BYTES);
        assertRefused("prefix length 0, found 1", head().putShort(RUN + 24, (short) 1), VALUE_BYTES);
        assertRefused("entries' end 0, found 1", head().putShort(RUN + 26, (short) 1), VALUE_BYTES);
        assertRefused("value length 70001, found 70000", head(), VALUE_BYTES + 1);
        assertRefused("key length 5, found 6", head().putShort(RUN + 40, (short) 6), VALUE_BYTES);
    }

    @Test
    void aLengthThatNoValueHasIsRefused() {
        for (long length : new long[] {-1, (1L << 30) + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertRefused("length of a value in [0, 1073741824]", head().putLong(RUN + 32, length), length);
        }
        assertDoesNotThrow(() -> validate(head().putLong(RUN + 32, 0), 0));
        assertDoesNotThrow(() -> validate(head().putLong(RUN + 32, 1L << 30), 1L << 30));
    }

    private static void assertRefused(String expected, ByteBuffer head, long valueLength) {
        PageAnomaly anomaly = assertThrows(PageAnomaly.class, () -> validate(head, valueLength));
        String message = anomaly.getMessage();
        assertEquals(
                "page 7: expected " + expected,
                message.substring(0, Math.min(message.length(), 17 + expected.length())));
    }

    @Test
    void aReferenceIsReadAsItWasWritten() {
        MemorySegment memory = Arena.ofAuto().allocate(64);
        OverflowReference.write(memory, 24, PageReference.of(ID, 0xcafe_babe), VALUE_BYTES);
        assertEquals(ID, OverflowReference.page(memory, 24));
        assertEquals(0xcafe_babe, OverflowReference.crc(memory, 24));
        assertEquals(PageReference.of(ID, 0xcafe_babe), OverflowReference.reference(memory, 24));
        assertEquals(VALUE_BYTES, OverflowReference.valueLength(memory, 24));

        ByteBuffer bytes = ByteBuffer.wrap(memory.asSlice(24, 16).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(ID, bytes.getInt(0));
        assertEquals(0xcafe_babe, bytes.getInt(4));
        assertEquals(VALUE_BYTES, bytes.getLong(8));
    }
}

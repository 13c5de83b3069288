package io.treering.internal.buffer;

import static io.treering.internal.buffer.BufferFixture.bytes;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WriteBufferTest {
    private final BufferFixture fixture = new BufferFixture(64 << 10);

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aKeyIsFoundAsOfASequence() {
        fixture.put("a", "one");
        fixture.put("b", "other");
        fixture.put("a", "two");
        fixture.delete("a");
        assertEquals("-", fixture.show(fixture.find("a", 0)));
        assertEquals("a=one@1", fixture.show(fixture.find("a", 1)));
        assertEquals("a=one@1", fixture.show(fixture.find("a", 2)));
        assertEquals("a=two@3", fixture.show(fixture.find("a", 3)));
        assertEquals("a=deleted@4", fixture.show(fixture.find("a", 4)));
        assertEquals("-", fixture.show(fixture.find("b", 1)));
        assertEquals("b=other@2", fixture.show(fixture.find("b", Long.MAX_VALUE)));
        assertEquals("-", fixture.show(fixture.find("c", Long.MAX_VALUE)));
    }

    @Test
    void whatIsAppendedIsSeenWhenItIsPublished() {
        byte[] key = bytes("k");
        fixture.buffer.append(key, 1, KeyHash.hash(key, 1), new byte[0], 0, 0, 1, BufferEntry.PUT);
        assertEquals(0, fixture.buffer.visible());
        assertEquals(0, fixture.find(key, fixture.buffer.visible()));
        assertTrue(fixture.buffer.ordered(1).isEmpty());
        fixture.buffer.publish(1);
        assertNotEquals(0, fixture.find(key, fixture.buffer.visible()));
        assertEquals(1, fixture.buffer.ordered(1).atMost());
    }

    @Test
    void keysAscendUntilOneIsNotAboveTheOneBeforeIt() {
        assertTrue(ascend());
        assertTrue(ascend("z"));
        assertTrue(ascend("", "a", "ab", "b"));
        assertFalse(ascend("b", "a", "c"));
        assertFalse(ascend("b", "b"));
        assertFalse(ascend("a", "b", "c", "bb"));
        assertFalse(ascend("b", ""));
    }

    @Test
    void keysAscendBehindWhatTheyHaveInCommon() {
        String common = "the same in all keys, and longer than a head ";
        assertTrue(ascend(common, common + "1", common + "10", common + "2"));
        assertFalse(ascend(common + "1", common + "2", common + "1"));
        assertFalse(ascend(common + "1", common + "1"));
        assertFalse(ascend(common + "1", common));
        assertFalse(ascend("12345678b", "12345678a"));
        assertTrue(ascend("12345678a", "12345678\u00ff"));
    }

    private static boolean ascend(String... keys) {
        try (BufferFixture fixture = new BufferFixture(64 << 10)) {
            for (String key : keys) {
                fixture.put(key, "value");
            }
            return fixture.buffer.isAscending();
        }
    }

    @Test
    void keysOfEveryLengthAreToldApart() {
        for (int length = 0; length <= 120; length++) {
            byte[] key = new byte[length];
            fixture.put(key, bytes("length " + length));
            if (length > 0) {
                byte[] last = key.clone();
                last[length - 1] = 1;
                assertEquals(0, fixture.find(last, Long.MAX_VALUE));
                byte[] first = key.clone();
                first[0] = (byte) 0x80;
                assertEquals(0, fixture.find(first, Long.MAX_VALUE));
            }
        }
        for (int length = 0; length <= 120; length++) {
            long entry = fixture.find(new byte[length], Long.MAX_VALUE);
            assertArrayEquals(bytes("length " + length), fixture.value(entry));
        }
    }

    @Test
    void keysWithTheSameHashAreToldApart() {
        for (int i = 0; i < 50; i++) {
            byte[] key = bytes("key " + i);
            fixture.buffer.append(key, key.length, 42, key, 0, key.length, i + 1, BufferEntry.PUT);
        }
        for (int i = 0; i < 50; i++) {
            byte[] key = bytes("key " + i);
            assertArrayEquals(key, fixture.value(fixture.buffer.find(key, key.length, 42, 50)));
        }
        assertEquals(0, fixture.buffer.find(bytes("key x"), 5, 42, 50));
        assertEquals(50, fixture.buffer.keys());
    }

    @Test
    void slotsGoOnAtTheFirstOneBehindTheLast() {
        for (int i = 0; i < 20; i++) {
            byte[] key = bytes("key " + i);
            fixture.buffer.append(key, key.length, -1L, key, 0, key.length, i + 1, BufferEntry.PUT);
        }
        for (int i = 0; i < 20; i++) {
            byte[] key = bytes("key " + i);
            assertArrayEquals(key, fixture.value(fixture.buffer.find(key, key.length, -1L, 20)));
        }
        fixture.memory.recycle();
        fixture.buffer = fixture.memory.begin(20);
        assertEquals(0, fixture.buffer.find(bytes("key 7"), 5, -1L, 20));
    }

    @Test
    void anEntryHoldsWhatWasAppended() {
        byte[] value = {9, 0, 7, 0, 9};
        byte[] key = bytes("k");
        long entry = fixture.buffer.append(key, 1, KeyHash.hash(key, 1), value, 1, 3, 1, BufferEntry.PUT_OVERFLOW);
        assertArrayEquals(new byte[] {0, 7, 0}, fixture.value(entry));
        assertEquals(BufferEntry.PUT_OVERFLOW, fixture.buffer.kind(entry));
        assertEquals(KeyHash.fingerprint(KeyHash.hash(key, 1)), fixture.buffer.fingerprint(entry));
        assertEquals((int) (KeyHash.hash(key, 1) >>> 32), fixture.buffer.upperHash(entry));
    }

    private static long head(byte[] key) {
        return KeyOrder.head(key, 0, key.length);
    }

    @Test
    void aKeyOutsideTheRangeIsKnownWithoutALook() {
        assertFalse(fixture.buffer.mayHold(head(bytes("m"))));
        assertFalse(fixture.buffer.mayHold(head(new byte[0])));
        fixture.put("middle", "");
        assertTrue(fixture.buffer.mayHold(head(bytes("middle"))));
        assertFalse(fixture.buffer.mayHold(head(bytes("middlf"))));
        assertFalse(fixture.buffer.mayHold(head(bytes("middl"))));
        fixture.put("a", "");
        fixture.put(new byte[] {(byte) 0xff}, new byte[0]);
        assertTrue(fixture.buffer.mayHold(head(bytes("b"))));
        assertTrue(fixture.buffer.mayHold(head(new byte[] {(byte) 0xfe})));
        assertFalse(fixture.buffer.mayHold(head(bytes("A"))));
        assertFalse(fixture.buffer.mayHold(head(new byte[] {(byte) 0xff, 1})));
        fixture.put("", "");
        assertTrue(fixture.buffer.mayHold(head(new byte[0])));
    }

    @Test
    void roomThatIsPromisedIsThere() {
        byte[] value = new byte[61];
        int entries = 10;
        while (fixture.buffer.hasRoom(entries, entries * 64L)) {
            for (int i = 0; i < entries; i++) {
                byte[] key = bytes("%03d".formatted((int) fixture.sequence));
                fixture.append(key, value, BufferEntry.PUT);
            }
        }
        assertTrue(fixture.buffer.count() > 400, "entries: " + fixture.buffer.count());
        assertTrue(fixture.buffer.bytes() <= fixture.memory.capacity());
    }

    @Test
    void aFullArenaRefusesAnEntry() {
        byte[] value = new byte[1000];
        long hash = 0;
        while (fixture.buffer.append(bytes("k"), 1, hash, value, 0, 1000, fixture.sequence + 1, BufferEntry.PUT) != 0) {
            fixture.sequence++;
        }
        assertEquals(fixture.memory.capacity() / BufferEntry.size(1, 1000), fixture.buffer.count());
        assertEquals(fixture.sequence, fixture.buffer.lastSequence());
        assertFalse(fixture.buffer.hasRoom(1, 1001));
        long rest = fixture.memory.capacity() - fixture.buffer.bytes();
        int length = (int) rest - BufferEntry.KEY - 1;
        assertNotEquals(
                0, fixture.buffer.append(bytes("k"), 1, hash, value, 0, length, fixture.sequence + 1, BufferEntry.PUT));
        assertEquals(fixture.memory.capacity(), fixture.buffer.bytes());
    }

    @Test
    void aFullIndexRefusesAnEntryBeforeSearchesHaveNoEnd() {
        byte[] key = new byte[4];
        int keys = 0;
        while (true) {
            key[0] = (byte) keys;
            key[1] = (byte) (keys >>> 8);
            if (fixture.buffer.append(key, 4, KeyHash.hash(key, 4), key, 0, 0, keys + 1, BufferEntry.PUT) == 0) {
                break;
            }
            keys++;
        }
        assertEquals(fixture.memory.slots() / 4 * 3, keys);
        assertFalse(fixture.buffer.hasRoom(1, 4));
        assertEquals(0, fixture.find("absent", Long.MAX_VALUE));
    }

    @Test
    void aRecycledBufferSaysSoAndItsMemoryStartsEmpty() {
        for (int entries : new int[] {1, 5, 600}) {
            WriteBuffer old = fixture.buffer;
            for (int i = 0; i < entries; i++) {
                fixture.put("key " + i, "value");
            }
            assertTrue(old.isCurrent());
            fixture.memory.recycle();
            assertFalse(old.isCurrent());
            fixture.buffer = fixture.memory.begin(fixture.sequence);
            assertFalse(old.isCurrent());
            assertTrue(fixture.buffer.isCurrent());
            assertTrue(fixture.buffer.isEmpty());
            assertEquals(fixture.sequence, fixture.buffer.visible());
            for (long slot = old.arenaEnd(); slot < fixture.segment.byteSize(); slot++) {
                assertEquals(0, fixture.segment.get(JAVA_BYTE, slot), "at " + slot);
            }
            assertTrue(fixture.buffer.ordered(Long.MAX_VALUE).isEmpty());
        }
    }

    @Test
    void beginningEndsTheLifeBefore() {
        fixture.put("k", "v");
        WriteBuffer next = fixture.memory.begin(1);
        assertFalse(fixture.buffer.isCurrent());
        assertEquals(0, next.find(bytes("k"), 1, KeyHash.hash(bytes("k"), 1), 1));
    }

    @SuppressWarnings("restricted") // A segment that nobody ever touches.
    @Test
    void memoryThatCannotServeIsRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new BufferMemory(fixture.arena.allocate(BufferMemory.MINIMUM_BYTES - 1, 8)));
        assertThrows(IllegalArgumentException.class, () -> new BufferMemory(MemorySegment.ofArray(new long[1000])));
        assertThrows(IllegalArgumentException.class, () -> new BufferMemory(fixture.segment.asSlice(4, 8192)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new BufferMemory(MemorySegment.NULL.reinterpret(BufferMemory.MAXIMUM_BYTES + 1)));
    }

    @Test
    void numbersTellWhatTheBufferHolds() {
        assertEquals(0, fixture.buffer.firstSequence());
        assertEquals(0, fixture.buffer.bytes());
        fixture.sequence = 41;
        fixture.put("a", "1");
        fixture.put("a", "22222222");
        fixture.put("b", "3");
        assertEquals(42, fixture.buffer.firstSequence());
        assertEquals(44, fixture.buffer.lastSequence());
        assertEquals(3, fixture.buffer.count());
        assertEquals(2, fixture.buffer.keys());
        assertEquals(32 + 40 + 32, fixture.buffer.bytes());
        assertEquals(104, BufferEntry.size(1, 1) * 2 + BufferEntry.size(1, 8));
    }

    @Test
    void aRangeOfAnArrayIsAValue() {
        byte[] value = bytes("0123456789");
        byte[] key = bytes("key and more");
        fixture.buffer.append(key, 3, KeyHash.hash(key, 3), value, 2, 5, 1, BufferEntry.PUT);
        fixture.buffer.publish(1);
        long entry = fixture.find("key", 1);
        assertArrayEquals(Arrays.copyOfRange(value, 2, 7), fixture.value(entry));
    }
}

package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyHash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

class LeafPageTest {
    private static final int PAGE = 5;

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void everyKeyIsFoundWithItsValueAndNoOtherIs(@ForAll long seed) {
        Random random = new Random(seed);
        int pageSize = 4096 << random.nextInt(4);
        List<PageBuilder.Entry> entries = randomEntries(random, pageSize);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = page(arena, pageSize, entries);
            for (PageBuilder.Entry entry : entries) {
                long found = find(memory, pageSize, entry.key());
                assertTrue(found >= 0, () -> "not found: " + Arrays.toString(entry.key()));
                assertArrayEquals(entry.value(), value(memory, found));
                assertEquals(entry.overflow(), LeafPage.isOverflow(found));
            }
            NavigableSet<byte[]> keys = keys(entries);
            byte[][] array = keys.toArray(byte[][]::new);
            for (int i = 0; i < 100; i++) {
                byte[] key = KeySets.near(random, keys, array);
                assertEquals(keys.contains(key), find(memory, pageSize, key) >= 0, () -> Arrays.toString(key));
            }
        }
    }

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void lowerBoundIsWhereTheKeyIsOrWouldBe(@ForAll long seed) {
        Random random = new Random(seed);
        int pageSize = 4096 << random.nextInt(4);
        List<PageBuilder.Entry> entries = randomEntries(random, pageSize);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = page(arena, pageSize, entries);
            NavigableSet<byte[]> keys = keys(entries);
            byte[][] array = keys.toArray(byte[][]::new);
            for (int i = 0; i < 100; i++) {
                byte[] key = KeySets.near(random, keys, array);
                assertEquals(
                        Arrays.binarySearch(array, key, Arrays::compareUnsigned),
                        LeafPage.lowerBound(memory, 0, pageSize, Arrays.copyOf(key, key.length + 3), key.length),
                        () -> Arrays.toString(key));
            }
        }
    }

    /// Nothing depends on what it reads but the time that a search takes later.
    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void whatASearchWillReadIsTouched(@ForAll long seed) {
        Random random = new Random(seed);
        int pageSize = 4096 << random.nextInt(4);
        List<PageBuilder.Entry> entries = randomEntries(random, pageSize);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = page(arena, pageSize, entries);
            int count = PageHeader.count(memory, 0);
            long prefix = Bytes.i64(memory, LeafPage.prefixOffset(count));
            boolean[] fingerprints = new boolean[256];
            for (int i = 0; i < count; i++) {
                int fingerprint = LeafPage.fingerprint(memory, 0, i);
                int entry = Math.min(LeafPage.slot(memory, 0, count, i), pageSize - PageHeader.TRAILER_BYTES - 128);
                if (!fingerprints[fingerprint]) {
                    fingerprints[fingerprint] = true;
                    assertEquals(entry, LeafPage.guess(memory, 0, pageSize, (byte) fingerprint));
                    assertEquals(
                            prefix
                                    + Bytes.i64(memory, entry)
                                    + Bytes.i64(memory, entry + 64)
                                    + Bytes.i64(memory, entry + 128),
                            LeafPage.touch(memory, 0, entry));
                }
            }
            for (int fingerprint = 1; fingerprint < 256; fingerprint++) {
                if (!fingerprints[fingerprint]) {
                    assertEquals(LeafPage.prefixOffset(count), LeafPage.guess(memory, 0, pageSize, (byte) fingerprint));
                }
            }
        }
    }

    /// A page that changes meanwhile may say anything.
    @Test
    void touchingStaysWithinThePageWhateverThatHolds() {
        int pageSize = 4096;
        byte[] bytes = new byte[pageSize];
        Random random = new Random(1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(pageSize, 8);
            for (int i = 0; i < 20_000; i++) {
                random.nextBytes(bytes);
                MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, pageSize);
                if (i % 2 == 0) {
                    int offset = PageHeader.COUNT;
                    memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short) random.nextInt(380));
                }
                int guess = LeafPage.guess(memory, 0, pageSize, (byte) random.nextInt(256));
                random.nextBytes(bytes);
                MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, pageSize);
                long _ = LeafPage.touch(memory, 0, guess);
            }
        }
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void aPageThatIsRightIsValid(@ForAll long seed) {
        Random random = new Random(seed);
        int pageSize = 4096 << random.nextInt(4);
        List<PageBuilder.Entry> entries = randomEntries(random, pageSize);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = page(arena, pageSize, entries);
            LeafPage.validate(memory, 0, pageSize, PAGE, PageHeader.crc(memory, 0));
            TreePage.validate(memory, 0, pageSize, PAGE, PageHeader.crc(memory, 0));
        }
    }

    @Test
    void twoOfTheLargestInlineEntriesFitWithoutASharedPrefix() {
        for (int pageSize = 4096; pageSize <= 32_768; pageSize *= 2) {
            int limit = LeafPage.inlineLimit(pageSize);
            byte[] low = new byte[LeafPage.maximumKeyBytes(pageSize)];
            byte[] high = low.clone();
            high[0] = 1;
            byte[] value = new byte[limit - 4 - low.length];
            assertNotNull(PageBuilder.leaf(
                    pageSize, PAGE, 1, List.of(PageBuilder.Entry.of(low, value), PageBuilder.Entry.of(high, value))));
        }
    }

    @Test
    void keysEndAtAQuarterOfAPageAndAt4095Bytes() {
        assertEquals(1024, LeafPage.maximumKeyBytes(4096));
        assertEquals(2048, LeafPage.maximumKeyBytes(8192));
        assertEquals(4095, LeafPage.maximumKeyBytes(16_384));
        assertEquals(4095, LeafPage.maximumKeyBytes(32_768));
    }

    @Test
    void twoHundredKeysWithOneFingerprintAreToldApart() {
        List<PageBuilder.Entry> entries = new ArrayList<>();
        int wanted = -1;
        for (int i = 0; entries.size() < 200; i++) {
            byte[] key = String.format("%08d", i).getBytes();
            int fingerprint = KeyHash.fingerprint(KeyHash.hash(key, key.length));
            wanted = wanted == -1 ? fingerprint : wanted;
            if (fingerprint == wanted) {
                entries.add(PageBuilder.Entry.of(key, new byte[0]));
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = page(arena, 8192, entries);
            for (int i = 0; i < entries.size(); i++) {
                long found = find(memory, 8192, entries.get(i).key());
                int entry = LeafPage.slot(memory, 0, entries.size(), i);
                assertEquals(entry + 4 + LeafPage.suffixLength(memory, entry), LeafPage.valueOffset(found));
            }
        }
    }

    static List<PageBuilder.Entry> randomEntries(Random random, int pageSize) {
        List<PageBuilder.Entry> entries = new ArrayList<>();
        int valueBytes = random.nextBoolean() ? 4 : 300;
        for (byte[] key : KeySets.random(random, 1 + random.nextInt(random.nextBoolean() ? 12 : 250))) {
            entries.add(
                    random.nextInt(10) == 0
                            ? PageBuilder.Entry.overflow(key, 1 + random.nextInt(99), random.nextInt(), 1 << 20)
                            : PageBuilder.Entry.of(key, KeySets.bytes(random, random.nextInt(valueBytes), 256)));
        }
        while (PageBuilder.leaf(pageSize, PAGE, 1, entries) == null) {
            entries = entries.subList(0, entries.size() - 1 - entries.size() / 10);
        }
        return entries;
    }

    private static MemorySegment page(Arena arena, int pageSize, List<PageBuilder.Entry> entries) {
        MemorySegment memory = arena.allocate(pageSize);
        PageBuilder.copyTo(PageBuilder.leaf(pageSize, PAGE, 1, entries), memory, 0);
        return memory;
    }

    static NavigableSet<byte[]> keys(List<PageBuilder.Entry> entries) {
        NavigableSet<byte[]> keys = new java.util.TreeSet<>(Arrays::compareUnsigned);
        entries.forEach(entry -> keys.add(entry.key()));
        return keys;
    }

    /// The key stands in a longer array, whose other bytes must not matter.
    static long find(MemorySegment memory, int pageSize, byte[] key) {
        byte[] padded = Arrays.copyOf(key, key.length + 9);
        Arrays.fill(padded, key.length, padded.length, (byte) 0x5a);
        byte fingerprint = KeyHash.fingerprint(KeyHash.hash(key, key.length));
        return LeafPage.find(memory, 0, pageSize, padded, key.length, fingerprint);
    }

    static byte[] value(MemorySegment memory, long found) {
        return memory.asSlice(LeafPage.valueOffset(found), LeafPage.valueLength(found))
                .toArray(ValueLayout.JAVA_BYTE);
    }
}

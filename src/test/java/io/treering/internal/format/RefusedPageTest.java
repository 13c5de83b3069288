package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What is refused of a page whose checksum fits, one reason at a time.
class RefusedPageTest {
    private static final int PAGE_SIZE = 4096;
    private static final int PAGE = 5;
    private static final byte[] NOTHING = {};

    @Test
    void aPageUnderAnotherIdChecksumOrTypeIsRefused() {
        Random random = new Random(1);
        byte[] page = PageBuilder.leaf(PAGE_SIZE, PAGE, 1, LeafPageTest.randomEntries(random, PAGE_SIZE));
        int crc = PageBuilder.crc(page);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(page, memory, 0);
            PageAnomaly anomaly =
                    assertThrows(PageAnomaly.class, () -> LeafPage.validate(memory, 0, PAGE_SIZE, PAGE + 1, crc));
            assertEquals("page 6: expected page id 6, found 5", anomaly.getMessage());
            assertThrows(PageAnomaly.class, () -> LeafPage.validate(memory, 0, PAGE_SIZE, PAGE, crc + 1));
            assertThrows(PageAnomaly.class, () -> BranchPage.validate(memory, 0, PAGE_SIZE, PAGE, crc));
            memory.set(java.lang.foreign.ValueLayout.JAVA_BYTE, PAGE_SIZE / 2, (byte) ~page[PAGE_SIZE / 2]);
            assertThrows(PageAnomaly.class, () -> LeafPage.validate(memory, 0, PAGE_SIZE, PAGE, crc));
        }
    }

    private static void assertRefused(String expected, byte[] page) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(page, memory, 0);
            PageAnomaly anomaly = assertThrows(
                    PageAnomaly.class, () -> TreePage.validate(memory, 0, PAGE_SIZE, PAGE, PageBuilder.crc(page)));
            assertTrue(anomaly.getMessage().contains(expected), anomaly::getMessage);
        }
    }

    @Test
    void aLeafWhoseKeysDoNotAscendIsRefused() {
        PageBuilder.Entry one = PageBuilder.Entry.of("kappa-1".getBytes(), NOTHING);
        PageBuilder.Entry two = PageBuilder.Entry.of("kappa-2".getBytes(), NOTHING);
        assertRefused("found key 1", PageBuilder.leaf(PAGE_SIZE, PAGE, 1, List.of(two, one)));
        assertRefused("found key 1 twice", PageBuilder.leaf(PAGE_SIZE, PAGE, 1, List.of(one, one, two)));
    }

    private static byte[] branch(String... separators) {
        return PageBuilder.branch(
                PAGE_SIZE,
                PAGE,
                1,
                1,
                Arrays.stream(separators)
                        .map(separator -> new PageBuilder.Child(separator.getBytes(), 7, 1))
                        .toList());
    }

    /// Heads decide most of it; behind equal ones a suffix that ends in its head comes before one with a tail.
    @Test
    void aBranchWhoseSeparatorsDoNotAscendIsRefused() {
        assertRefused("separator 2", branch("", "b", "a"));
        assertRefused("separator 2", branch("", "a", "a"));
        assertRefused("separator 2", branch("", "12345678-", "12345678"));
        assertRefused("separator 2", branch("", "12345678-2", "12345678-1"));
        assertRefused("separator 2", branch("", "12345678-1", "12345678-1"));
        byte[] sound = branch("", "12345678", "12345678-", "12345678-1");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(sound, memory, 0);
            assertTrue(HostilePageTest.isValid(memory, sound));
        }
    }

    @Test
    void aBranchThatIsItsOwnChildIsRefused() {
        byte[] page = PageBuilder.branch(
                PAGE_SIZE,
                PAGE,
                1,
                1,
                List.of(
                        new PageBuilder.Child(NOTHING, 7, 1),
                        new PageBuilder.Child(new byte[] {1}, PAGE, 1),
                        new PageBuilder.Child(new byte[] {2}, 8, 1)));
        assertRefused("another page as child 1", page);
    }

    @Test
    void aModelThatIsNoLineIsRefused() {
        for (double slope : new double[] {-1, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, Double.NaN}) {
            byte[] page = branch("", "a", "b", "c");
            ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).putDouble(BranchPage.MODEL, slope);
            PageBuilder.fixCrc(page);
            assertRefused("a finite slope", page);
        }
    }

    /// Four separators, of which two have tails: child ids at 80, slots at 112, tails at 120 and 124, the end at 127.
    @Test
    void aBranchWhoseFieldsAreOutOfTheirBoundsIsRefused() {
        assertRefused("level in [1, 15], found 0", changed(page -> page.put(PageHeader.LEVEL, (byte) 0)));
        assertRefused("level in [1, 15], found 16", changed(page -> page.put(PageHeader.LEVEL, (byte) 16)));
        assertRefused("count in [1, 227], found 0", changed(page -> page.putShort(PageHeader.COUNT, (short) 0)));
        assertRefused("count in [1, 227], found 228", changed(page -> page.putShort(PageHeader.COUNT, (short) 228)));
        assertRefused("prefix length in [0, 1024], found 1025", changed(page -> page.putShort(24, (short) 1_025)));
        assertRefused("entries' end in [120, 4064], found 119", changed(page -> page.putShort(26, (short) 119)));
        assertRefused("entries' end in [120, 4064], found 4065", changed(page -> page.putShort(26, (short) 4_065)));
        assertRefused("entries' end 127, found 128", changed(page -> page.putShort(26, (short) 128)));
        assertRefused("zero at offset 127, found 1", changed(page -> page.put(127, (byte) 1)));
        assertRefused("zero at offset 4095, found 1", changed(page -> page.put(4_095, (byte) 1)));
        assertRefused("padding of head 0: 0", changed(page -> page.put(BranchPage.HEADS, (byte) 1)));
        assertRefused("padding of head 3: 0", changed(page -> page.putShort(112 + 6, (short) 0)));
        assertRefused("slot 1: 120, found 121", changed(page -> page.putShort(112 + 2, (short) 121)));
        assertRefused("tail length in [1, 1016], found 0", changed(page -> page.putShort(120, (short) 0)));
        assertRefused("tail length in [1, 1016], found 1017", changed(page -> page.putShort(120, (short) 1_017)));
        assertRefused("end of tail in [120, 127], found 128", changed(page -> page.putShort(120, (short) 6)));
        assertRefused(
                "tail in [0, 125], found 127",
                changed(page -> page.putShort(120, (short) 5).putShort(112 + 4, (short) 127)));
        assertRefused("child id in [1, 2147483647], found 0", changed(page -> page.putInt(80, 0)));
        assertRefused("child id in [1, 2147483647], found -1", changed(page -> page.putInt(92, -1)));
        assertRefused("reserved field 0, found 1", changed(page -> page.putInt(BranchPage.MODEL + 12, 1)));
        assertRefused(
                "search kind in [0, 1], found 2", changed(page -> page.putShort(BranchPage.MODEL + 10, (short) 2)));
        assertRefused("4], found 5", changed(page -> page.putShort(BranchPage.MODEL + 8, (short) 5)));
    }

    private static byte[] changed(Consumer<ByteBuffer> change) {
        byte[] page = branch("", "aaaaaaaabb", "aaaaaaaac", "b");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(page, memory, 0);
            assertTrue(HostilePageTest.isValid(memory, page));
        }
        change.accept(ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN));
        PageBuilder.fixCrc(page);
        return page;
    }

    /// What an optimistic reader asks before it uses a page.
    @Test
    void aPageIsExpectedOnlyIfEverythingFits() {
        byte[] page =
                PageBuilder.leaf(PAGE_SIZE, PAGE, 9, List.of(PageBuilder.Entry.of("kappa-1".getBytes(), NOTHING)));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(page, memory, 0);
            assertTrue(PageHeader.isExpected(memory, 0, PageHeader.LEAF, 0, PAGE, 9));
            assertFalse(PageHeader.isExpected(memory, 0, PageHeader.LEAF, 0, PAGE, 8));
            assertFalse(PageHeader.isExpected(memory, 0, PageHeader.LEAF, 0, PAGE + 1, 9));
            assertFalse(PageHeader.isExpected(memory, 0, PageHeader.LEAF, 1, PAGE, 9));
            assertFalse(PageHeader.isExpected(memory, 0, PageHeader.BRANCH, 0, PAGE, 9));
        }
    }

    /// A bit that was flipped is either noticed, or part of what the page may say.
    @Test
    void noBitOfALeafIsUnchecked() {
        List<PageBuilder.Entry> entries = List.of(
                PageBuilder.Entry.of("kappa-0123456789".getBytes(), new byte[3]),
                PageBuilder.Entry.overflow("kappa-1".getBytes(), 3, 4, 70_000),
                PageBuilder.Entry.of("kappa-2".getBytes(), new byte[0]));
        byte[] whole = PageBuilder.leaf(PAGE_SIZE, PAGE, 1, entries);
        int unchecked = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            for (int bit = 32; bit < PAGE_SIZE * 8; bit++) {
                byte[] page = whole.clone();
                page[bit / 8] ^= (byte) (1 << bit % 8);
                PageBuilder.fixCrc(page);
                PageBuilder.copyTo(page, memory, 0);
                if (HostilePageTest.isValid(memory, page)) {
                    unchecked++;
                }
            }
        }
        // The birth but for its sign and its only bit; three bytes of value; the flag that tells a reference from
        // sixteen bytes of value; of the reference, the id without its sign, the checksum, and the length up to its
        // limit.
        assertEquals(62 + 24 + 1 + 31 + 32 + 30, unchecked);
    }
}

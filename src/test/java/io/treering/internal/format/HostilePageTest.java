package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.NavigableSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/// Bytes that somebody changed, with a checksum that fits: a page either is refused, or means what it says. Each page
/// lies in a segment of its own size, so that a read outside of it fails.
class HostilePageTest {
    private static final int PAGE_SIZE = 4096;
    private static final int PAGE = 5;

    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void aChangedLeafIsRefusedOrMeansWhatItSays(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] page = PageBuilder.leaf(PAGE_SIZE, PAGE, 1, LeafPageTest.randomEntries(random, PAGE_SIZE));
        mutate(random, page);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(page, memory, 0);
            if (!isValid(memory, page)) {
                return;
            }
            List<PageBuilder.Entry> entries = PageDecoder.leaf(page);
            NavigableSet<byte[]> keys = LeafPageTest.keys(entries);
            byte[][] array = keys.toArray(byte[][]::new);
            assertEquals(entries.size(), array.length);
            for (PageBuilder.Entry entry : entries) {
                long found = LeafPageTest.find(memory, PAGE_SIZE, entry.key());
                assertTrue(found >= 0);
                assertArrayEquals(entry.value(), LeafPageTest.value(memory, found));
                assertEquals(entry.overflow(), LeafPage.isOverflow(found));
            }
            for (int i = 0; i < 20; i++) {
                byte[] key = KeySets.near(random, keys, array);
                int expected = Arrays.binarySearch(array, key, Arrays::compareUnsigned);
                assertEquals(expected, LeafPage.lowerBound(memory, 0, PAGE_SIZE, key, key.length));
                assertEquals(expected >= 0, LeafPageTest.find(memory, PAGE_SIZE, key) >= 0);
            }
        }
    }

    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void aChangedBranchIsRefusedOrMeansWhatItSays(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] page = PageBuilder.branch(PAGE_SIZE, PAGE, 1, 1, BranchPageTest.randomChildren(random, PAGE_SIZE));
        mutate(random, page);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(page, memory, 0);
            if (!isValid(memory, page)) {
                return;
            }
            List<PageBuilder.Child> children = PageDecoder.branch(page);
            NavigableSet<byte[]> keys = new java.util.TreeSet<>(Arrays::compareUnsigned);
            children.forEach(child -> keys.add(child.separator()));
            assertEquals(children.size(), keys.size());
            byte[][] array = keys.toArray(byte[][]::new);
            for (int i = 0; i < 50; i++) {
                byte[] key = KeySets.near(random, keys, array);
                assertEquals(
                        BranchPageTest.expected(children, key),
                        BranchPage.search(memory, 0, PAGE_SIZE, children.size(), key, key.length));
            }
        }
    }

    /// What an optimistic reader may meet: it searches before it knows that the page is whole.
    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void aSearchInTornBytesStaysWithinThePage(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] page = PageBuilder.leaf(PAGE_SIZE, PAGE, 1, LeafPageTest.randomEntries(random, PAGE_SIZE));
        byte[] other = PageBuilder.branch(PAGE_SIZE, PAGE, 1, 1, BranchPageTest.randomChildren(random, PAGE_SIZE));
        byte[] torn = random.nextBoolean() ? page : other;
        int cut = random.nextInt(PAGE_SIZE);
        if (random.nextInt(4) == 0) {
            random.nextBytes(torn);
        } else {
            System.arraycopy(torn == page ? other : page, cut, torn, cut, PAGE_SIZE - cut);
        }
        mutate(random, torn);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PAGE_SIZE);
            PageBuilder.copyTo(torn, memory, 0);
            for (int i = 0; i < 30; i++) {
                byte[] key = KeySets.bytes(random, random.nextInt(40), random.nextBoolean() ? 2 : 256);
                searchTorn(memory, key, (byte) random.nextInt());
            }
        }
    }

    private static void searchTorn(MemorySegment memory, byte[] key, byte fingerprint) {
        try {
            long found = LeafPage.find(memory, 0, PAGE_SIZE, key, key.length, fingerprint);
            if (found != LeafPage.ABSENT) {
                LeafPageTest.value(memory, found);
            }
        } catch (PageAnomaly expected) {
            // Impossible, and said so.
        }
        try {
            LeafPage.lowerBound(memory, 0, PAGE_SIZE, key, key.length);
        } catch (PageAnomaly expected) {
            // Impossible, and said so.
        }
        try {
            int count = PageHeader.count(memory, 0);
            int index = BranchPage.search(memory, 0, PAGE_SIZE, count, key, key.length);
            BranchPage.child(memory, 0, count, index);
        } catch (PageAnomaly expected) {
            // Impossible, and said so.
        }
    }

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

    private static final byte[] NOTHING = {};

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
            assertTrue(isValid(memory, sound));
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
                if (isValid(memory, page)) {
                    unchecked++;
                }
            }
        }
        // The birth but for its sign and its only bit; three bytes of value; the flag that tells a reference from
        // sixteen bytes of value; of the reference, the id without its sign, the checksum, and the length up to its
        // limit.
        assertEquals(62 + 24 + 1 + 31 + 32 + 30, unchecked);
    }

    private static boolean isValid(MemorySegment memory, byte[] page) {
        try {
            TreePage.validate(memory, 0, PAGE_SIZE, PAGE, PageBuilder.crc(page));
            return true;
        } catch (PageAnomaly refused) {
            return false;
        }
    }

    /// Flips bits, or writes numbers that are likely to hurt, in the structure more often than in the content.
    private static void mutate(Random random, byte[] page) {
        ByteBuffer bytes = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        int changes = 1 + random.nextInt(random.nextInt(4) == 0 ? 20 : 2);
        for (int i = 0; i < changes; i++) {
            int end = bytes.getShort(26) & 0xffff;
            int reach = random.nextBoolean() ? 64 : Math.clamp(end + 8, 64, PAGE_SIZE - 2);
            int at = 4 + random.nextInt(reach - 4);
            switch (random.nextInt(4)) {
                case 0 -> page[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> page[at] = (byte) random.nextInt();
                case 2 -> bytes.putShort(at & ~1, (short) random.nextInt(PAGE_SIZE + 8));
                default -> bytes.putShort(at & ~1, HURTFUL[random.nextInt(HURTFUL.length)]);
            }
        }
        PageBuilder.fixCrc(page);
    }

    private static final short[] HURTFUL = {0, 1, 2, 7, 8, 9, -1, 32, 48, 4064, 4063, 4065, 4095, 4096, 0x7fff, 0x1fff};
}

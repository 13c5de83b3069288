package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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

    static boolean isValid(MemorySegment memory, byte[] page) {
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

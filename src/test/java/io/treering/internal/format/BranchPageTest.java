package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

class BranchPageTest {
    private static final int PAGE = 6;

    @Property(tries = 500, shrinking = ShrinkingMode.OFF)
    void aSearchFindsTheLastChildWhoseSeparatorIsAtMostTheKey(@ForAll long seed) {
        Random random = new Random(seed);
        int pageSize = 4096 << random.nextInt(4);
        List<PageBuilder.Child> children = randomChildren(random, pageSize);
        byte[] page = PageBuilder.branch(pageSize, PAGE, 1, 1, children);
        if (random.nextBoolean()) {
            // The same page, to be searched in halves.
            Arrays.fill(page, 32, 48, (byte) 0);
            PageBuilder.fixCrc(page);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(pageSize);
            PageBuilder.copyTo(page, memory, 0);
            BranchPage.validate(memory, 0, pageSize, PAGE, PageBuilder.crc(page));
            TreePage.validate(memory, 0, pageSize, PAGE, PageBuilder.crc(page));
            checkSearches(random, memory, pageSize, children);
        }
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void theModelThatIsWrittenMissesNoHeadByMoreThanItSays(@ForAll long seed) {
        Random random = new Random(seed);
        List<PageBuilder.Child> children = randomChildren(random, 32_768);
        byte[] page = PageBuilder.branch(32_768, PAGE, 1, 1, children);
        Arrays.fill(page, 32, 48, (byte) -1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(32_768);
            PageBuilder.copyTo(page, memory, 0);
            BranchPage.writeModel(memory, 0, children.size());
            int crc = PageHeader.seal(memory, 0, 32_768);
            BranchPage.validate(memory, 0, 32_768, PAGE, crc);
            checkSearches(random, memory, 32_768, children);
        }
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void separatorsAndChildrenComeOutAsTheyWentIn(@ForAll long seed) {
        List<PageBuilder.Child> children = randomChildren(new Random(seed), 8192);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(8192);
            PageBuilder.copyTo(PageBuilder.branch(8192, PAGE, 1, 1, children), memory, 0);
            byte[] separator = new byte[LeafPage.maximumKeyBytes(8192)];
            for (int i = 0; i < children.size(); i++) {
                PageBuilder.Child child = children.get(i);
                assertEquals(
                        PageReference.of(child.page(), child.crc()), BranchPage.child(memory, 0, children.size(), i));
                int length = BranchPage.separator(memory, 0, i, separator);
                assertArrayEquals(child.separator(), Arrays.copyOf(separator, length));
            }
        }
    }

    @Test
    void uniformHeadsAreSearchedByInterpolationAndSkewedOnesInHalves() {
        Random random = new Random(3);
        List<PageBuilder.Child> uniform = new ArrayList<>();
        List<PageBuilder.Child> skewed = new ArrayList<>();
        NavigableSet<byte[]> keys = new java.util.TreeSet<>(Arrays::compareUnsigned);
        for (int i = 0; i < 200; i++) {
            keys.add(KeySets.bytes(random, 8, 256));
        }
        int shift = 63;
        for (byte[] key : keys) {
            uniform.add(new PageBuilder.Child(key, 9, 9));
            if (shift >= 0) {
                skewed.addFirst(new PageBuilder.Child(
                        ByteBuffer.allocate(8).putLong(1L << shift).array(), 9, 9));
            }
            shift--;
        }
        assertEquals(BranchPage.INTERPOLATION, writtenKind(uniform));
        assertEquals(BranchPage.BINARY, writtenKind(skewed));
    }

    private static int writtenKind(List<PageBuilder.Child> children) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4096);
            PageBuilder.copyTo(PageBuilder.branch(4096, PAGE, 1, 1, children), memory, 0);
            BranchPage.writeModel(memory, 0, children.size());
            return BranchPage.searchKind(memory, 0);
        }
    }

    private static void checkSearches(
            Random random, MemorySegment memory, int pageSize, List<PageBuilder.Child> children) {
        NavigableSet<byte[]> keys = new java.util.TreeSet<>(Arrays::compareUnsigned);
        children.forEach(child -> keys.add(child.separator()));
        byte[][] array = keys.toArray(byte[][]::new);
        for (int i = 0; i < 200; i++) {
            byte[] key = i < array.length ? array[i] : KeySets.near(random, keys, array);
            byte[] padded = Arrays.copyOf(key, key.length + 9);
            int found = BranchPage.search(memory, 0, pageSize, children.size(), padded, key.length);
            assertEquals(expected(children, key), found, () -> Arrays.toString(key));
        }
    }

    static int expected(List<PageBuilder.Child> children, byte[] key) {
        int expected = 0;
        for (int i = 1; i < children.size(); i++) {
            expected = Arrays.compareUnsigned(children.get(i).separator(), key) <= 0 ? i : expected;
        }
        return expected;
    }

    static List<PageBuilder.Child> randomChildren(Random random, int pageSize) {
        List<PageBuilder.Child> children = new ArrayList<>();
        for (byte[] separator : KeySets.random(random, 1 + random.nextInt(random.nextBoolean() ? 6 : 900))) {
            children.add(new PageBuilder.Child(separator, 100 + children.size(), random.nextInt()));
        }
        if (random.nextInt(3) == 0) {
            children.set(0, new PageBuilder.Child(new byte[0], 99, 1));
        }
        while (PageBuilder.branch(pageSize, PAGE, 1, 1, children) == null) {
            children = children.subList(0, children.size() - 1 - children.size() / 10);
        }
        assertTrue(!children.isEmpty());
        return children;
    }
}

package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.KeyHash;
import io.treering.internal.format.KeySets;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageBuilder;
import io.treering.internal.format.PageReference;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/// Search and cursors against a [TreeMap], in quiet and while pages are torn under the reader.
class TreeReadTest {
    private static final int PAGE_SIZE = 4096;

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void aGetFindsWhatAMapFinds(@ForAll long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], PageBuilder.Entry> map = randomEntries(random, 1 + random.nextInt(800));
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000)) {
            PlainTree tree = PlainTree.build(pages, random, 1 + random.nextInt(20), map);
            if (random.nextBoolean()) {
                pages.makeUnrest(random);
            }
            byte[][] keys = map.keySet().toArray(byte[][]::new);
            for (int i = 0; i < 300; i++) {
                byte[] key = i < keys.length ? keys[i] : KeySets.near(random, map.navigableKeySet(), keys);
                PageBuilder.Entry expected = map.get(key);
                byte[] found = get(pages, tree, key);
                assertArrayEquals(expected == null ? null : expected.value(), found, () -> Arrays.toString(key));
            }
            pages.checkNothingIsPinned();
        }
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void aCursorGoesWhereAMapGoes(@ForAll long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], PageBuilder.Entry> map =
                randomEntries(random, random.nextInt(8) == 0 ? random.nextInt(3) : 1 + random.nextInt(600));
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000);
                Arena arena = Arena.ofConfined()) {
            PlainTree tree = PlainTree.build(pages, random, 1 + random.nextInt(12), map);
            if (random.nextBoolean()) {
                pages.makeUnrest(random);
            }
            TreeCursor cursor = cursor(pages, arena, tree);
            MapCursor model = new MapCursor(map);
            NavigableSet<byte[]> keySet = map.navigableKeySet();
            byte[][] keys = keySet.toArray(byte[][]::new);
            for (int i = 0; i < 600; i++) {
                byte[] key = KeySets.near(random, keySet, keys);
                byte[] padded = Arrays.copyOf(key, key.length + 3);
                int move = random.nextInt(100);
                boolean expected = move < 45
                        ? model.next()
                        : move < 90
                                ? model.previous()
                                : move < 94
                                        ? model.to(map.ceilingEntry(key), 1)
                                        : move < 98
                                                ? model.to(map.floorEntry(key), -1)
                                                : move < 99
                                                        ? model.to(map.firstEntry(), -1)
                                                        : model.to(map.lastEntry(), 1);
                boolean moved = move < 45
                        ? cursor.next()
                        : move < 90
                                ? cursor.previous()
                                : move < 94
                                        ? cursor.seek(padded, key.length)
                                        : move < 98
                                                ? cursor.seekForPrev(padded, key.length)
                                                : move < 99 ? cursor.first() : cursor.last();
                assertEquals(expected, moved);
                model.check(pages, cursor);
                assertTrue(pages.pinned() <= 1);
            }
            cursor.close();
            cursor.close();
            pages.checkNothingIsPinned();
        }
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void aScanInEitherDirectionSeesEveryEntryOnce(@ForAll long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], PageBuilder.Entry> map = randomEntries(random, 1 + random.nextInt(1500));
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000);
                Arena arena = Arena.ofConfined()) {
            PlainTree tree = PlainTree.build(pages, random, 1 + random.nextInt(9), map);
            TreeCursor cursor = cursor(pages, arena, tree);
            for (Map.Entry<byte[], PageBuilder.Entry> entry : map.entrySet()) {
                assertTrue(cursor.next());
                assertEntry(pages, cursor, entry.getValue());
            }
            assertFalse(cursor.next());
            assertFalse(cursor.next());
            for (Map.Entry<byte[], PageBuilder.Entry> entry :
                    map.descendingMap().entrySet()) {
                assertTrue(cursor.previous());
                assertEntry(pages, cursor, entry.getValue());
            }
            assertFalse(cursor.previous());
            assertFalse(cursor.isValid());
            pages.checkNothingIsPinned();
        }
    }

    @Test
    void aScanAsksForLeavesAheadEverDeeperAndForEachOnlyOnce() {
        NavigableMap<byte[], PageBuilder.Entry> map = counters(6000);
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000);
                Arena arena = Arena.ofConfined()) {
            PlainTree tree = PlainTree.build(pages, full(), 180, map);
            assertEquals(1, tree.level);
            TreeCursor cursor = cursor(pages, arena, tree);
            assertTrue(cursor.first());
            assertTrue(cursor.next());
            assertEquals(List.of(), pages.prefetches, "a cursor that did not leave its leaf");
            runToTheEnd(cursor);
            List<Integer> leaves =
                    tree.levels.getFirst().stream().map(PageReference::page).toList();
            List<Integer> asked =
                    pages.prefetches.stream().flatMap(List::stream).toList();
            assertEquals(leaves.subList(2, leaves.size()), asked);
            assertEquals(2, pages.prefetches.getFirst().size());
            assertTrue(pages.prefetches.stream().anyMatch(batch -> batch.size() >= 8));

            pages.prefetches.clear();
            assertTrue(cursor.last());
            for (int i = map.size(); i > 1; i--) {
                assertTrue(cursor.previous());
            }
            asked = pages.prefetches.stream().flatMap(List::stream).sorted().toList();
            assertEquals(leaves.subList(0, leaves.size() - 2), asked);
        }
    }

    @Test
    void aScanThatEndsSoonHasAskedForLittleThatItDidNotNeed() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000);
                Arena arena = Arena.ofConfined()) {
            PlainTree tree = PlainTree.build(pages, full(), 180, counters(6000));
            List<Integer> leaves =
                    tree.levels.getFirst().stream().map(PageReference::page).toList();
            TreeCursor cursor = cursor(pages, arena, tree);
            assertTrue(cursor.first());
            while (cursor.pageAt(0) != leaves.get(20)) {
                assertTrue(cursor.next());
            }
            int asked = pages.prefetches.stream().mapToInt(List::size).sum();
            assertTrue(asked >= 20 && asked <= 32, () -> "20 leaves needed, " + asked + " asked for");
        }
    }

    @Test
    void aScanThatFailedStaysFailedAndKeepsNothingPinned() {
        NavigableMap<byte[], PageBuilder.Entry> map = counters(600);
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000);
                Arena arena = Arena.ofConfined()) {
            PlainTree tree = PlainTree.build(pages, new Random(2), 6, map);
            int bad = PageReference.page(tree.levels.getFirst().get(20));
            byte[] page = pages.read(bad).clone();
            page[100] ^= 1;
            pages.write(bad, page);
            TreeCursor cursor = cursor(pages, arena, tree);
            PageAnomaly anomaly = assertThrows(PageAnomaly.class, () -> runToTheEnd(cursor));
            assertEquals(bad, anomaly.page());
            pages.checkNothingIsPinned();
            assertFalse(cursor.isValid());
            assertSame(anomaly, assertThrows(PageAnomaly.class, cursor::next));
            assertSame(anomaly, assertThrows(PageAnomaly.class, cursor::previous));
            assertSame(anomaly, assertThrows(PageAnomaly.class, cursor::first));
            assertSame(anomaly, assertThrows(PageAnomaly.class, cursor::last));
            assertSame(anomaly, assertThrows(PageAnomaly.class, () -> cursor.seek(new byte[0], 0)));
            assertSame(anomaly, assertThrows(PageAnomaly.class, () -> cursor.seekForPrev(new byte[9], 9)));
            pages.checkNothingIsPinned();
        }
    }

    @Test
    void aClosedCursorIsUsedNoMore() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 30);
                Arena arena = Arena.ofConfined()) {
            TreeCursor cursor = cursor(pages, arena, PlainTree.build(pages, new Random(2), 6, counters(20)));
            assertTrue(cursor.next());
            cursor.close();
            assertFalse(cursor.isValid());
            assertThrows(IllegalStateException.class, cursor::next);
            assertThrows(IllegalStateException.class, cursor::first);
        }
    }

    @Test
    void aCursorMovesToAnotherTree() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 200);
                Arena arena = Arena.ofConfined()) {
            PlainTree tree = PlainTree.build(pages, new Random(2), 6, counters(100));
            TreeCursor cursor = new TreeCursor(
                    pages, arena.allocate(TreeCursor.keyBufferBytes(PAGE_SIZE)), PageReference.NONE, 0, 1);
            assertFalse(cursor.first());
            assertFalse(cursor.seek(new byte[1], 1));
            assertFalse(cursor.previous());
            cursor.moveTo(tree.root, tree.level, PlainTree.GENERATION);
            assertTrue(cursor.next());
            assertTrue(cursor.seekForPrev(new byte[] {127}, 1));
            cursor.moveTo(PageReference.NONE, 0, PlainTree.GENERATION);
            assertFalse(cursor.isValid());
            pages.checkNothingIsPinned();
            assertFalse(cursor.next());
        }
    }

    /// An id was used again: the page is whole, and belongs to a later tree.
    @Test
    void aPageBornAfterTheViewIsAnAnomalyAndNotAnAnswer() {
        NavigableMap<byte[], PageBuilder.Entry> map = counters(300);
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000);
                Arena arena = Arena.ofConfined()) {
            PlainTree tree = PlainTree.build(pages, new Random(4), 6, map);
            assertTrue(tree.level >= 2);
            byte[] key = map.firstKey();
            int leaf = PageReference.page(tree.levels.get(0).getFirst());
            int branch = PageReference.page(tree.levels.get(1).getFirst());
            byte[] leafBytes = pages.read(leaf);
            get(pages, tree, key);
            List<PageBuilder.Entry> entries = List.copyOf(map.values()).subList(0, 3);
            pages.settle(leaf, PageBuilder.leaf(PAGE_SIZE, leaf, PlainTree.GENERATION + 1, entries));
            assertThrows(PageAnomaly.class, () -> get(pages, tree, key));
            assertThrows(PageAnomaly.class, () -> cursor(pages, arena, tree).first());
            pages.settle(leaf, leafBytes);
            assertNotEquals(null, get(pages, tree, key));
            // At the wrong level, or the wrong id.
            pages.settle(
                    branch, pages.read(PageReference.page(tree.levels.get(1).getLast())));
            assertThrows(PageAnomaly.class, () -> get(pages, tree, key));
            pages.settle(branch, pages.read(PageReference.page(tree.root)));
            assertThrows(PageAnomaly.class, () -> get(pages, tree, key));
            assertThrows(PageAnomaly.class, () -> cursor(pages, arena, tree).seek(key, key.length));
            assertThrows(PageAnomaly.class, () -> get(pages, tree.root, 16, key));
            assertThrows(PageAnomaly.class, () -> get(pages, tree.root, -1, key));
            pages.checkNothingIsPinned();
        }
    }

    /// A parent that refers to an ancestor sends a search down the same pages again, but not for ever.
    @Test
    void aCircleOfReferencesEndsInAnAnomaly() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 30)) {
            byte[] second = PageBuilder.branch(PAGE_SIZE, 3, 1, 1, List.of(new PageBuilder.Child(new byte[0], 2, 0)));
            byte[] first = PageBuilder.branch(
                    PAGE_SIZE, 2, 1, 2, List.of(new PageBuilder.Child(new byte[0], 3, PageBuilder.crc(second))));
            pages.settle(2, first);
            pages.settle(3, second);
            assertThrows(PageAnomaly.class, () -> get(pages, PageReference.of(2, 0), 2, new byte[1]));
        }
    }

    static NavigableMap<byte[], PageBuilder.Entry> randomEntries(Random random, int size) {
        NavigableMap<byte[], PageBuilder.Entry> map = new TreeMap<>(Arrays::compareUnsigned);
        for (byte[] key : KeySets.random(random, size)) {
            byte[] value = KeySets.bytes(random, random.nextInt(40), 256);
            map.put(
                    key,
                    random.nextInt(10) == 0
                            ? PageBuilder.Entry.overflow(key, 1 + random.nextInt(99), random.nextInt(), 1 << 20)
                            : PageBuilder.Entry.of(key, value));
        }
        return map;
    }

    static NavigableMap<byte[], PageBuilder.Entry> counters(int size) {
        NavigableMap<byte[], PageBuilder.Entry> map = new TreeMap<>(Arrays::compareUnsigned);
        for (int i = 0; i < size; i++) {
            byte[] key = String.format("counter-%06d", i).getBytes();
            map.put(key, PageBuilder.Entry.of(key, new byte[40]));
        }
        return map;
    }

    /// Pages as full as they can be.
    private static Random full() {
        return new Random() {
            @Override
            public int nextInt(int bound) {
                return bound - 1;
            }
        };
    }

    static TreeCursor cursor(FakePages pages, Arena arena, PlainTree tree) {
        MemorySegment keyBuffer = arena.allocate(TreeCursor.keyBufferBytes(pages.pageSize()));
        return new TreeCursor(pages, keyBuffer, tree.root, tree.level, PlainTree.GENERATION);
    }

    private static byte[] get(FakePages pages, PlainTree tree, byte[] key) {
        return get(pages, tree.root, tree.level, key);
    }

    private static void runToTheEnd(TreeCursor cursor) {
        boolean moved = true;
        while (moved) {
            moved = cursor.next();
        }
    }

    /// As the engine does it.
    private static byte[] get(FakePages pages, long root, int level, byte[] key) {
        long leaf = TreeSearch.leafFor(pages, root, level, PlainTree.GENERATION, key, key.length);
        int page = PageReference.page(leaf);
        byte fingerprint = KeyHash.fingerprint(KeyHash.hash(key, key.length));
        while (true) {
            long word = pages.acquire(page, PageReference.crc(leaf));
            long found = TreeSearch.find(pages, page, word, PlainTree.GENERATION, key, key.length, fingerprint);
            byte[] value = found < 0
                    ? null
                    : pages.frames()
                            .asSlice(pages.base(word) + LeafPage.valueOffset(found), LeafPage.valueLength(found))
                            .toArray(ValueLayout.JAVA_BYTE);
            if (found != TreeSearch.STALE && pages.holds(page, word)) {
                return value;
            }
        }
    }

    private static void assertEntry(FakePages pages, TreeCursor cursor, PageBuilder.Entry expected) {
        assertTrue(cursor.isValid());
        byte[] key = new byte[PAGE_SIZE / 4];
        assertArrayEquals(expected.key(), Arrays.copyOf(key, cursor.keyInto(key)));
        assertArrayEquals(
                expected.key(),
                cursor.keyMemory()
                        .asSlice(cursor.keyOffset(), cursor.keyLength())
                        .toArray(ValueLayout.JAVA_BYTE));
        assertArrayEquals(
                expected.value(),
                pages.frames()
                        .asSlice(cursor.valueOffset(), cursor.valueLength())
                        .toArray(ValueLayout.JAVA_BYTE));
        assertEquals(expected.overflow(), cursor.isOverflow());
    }

    /// What a cursor should do, over a map.
    private static final class MapCursor {
        private final NavigableMap<byte[], PageBuilder.Entry> map;
        private Map.Entry<byte[], PageBuilder.Entry> at;
        private int side = -1;

        MapCursor(NavigableMap<byte[], PageBuilder.Entry> map) {
            this.map = map;
        }

        /// @param ifMissed -1 before the first, 1 behind the last
        boolean to(Map.Entry<byte[], PageBuilder.Entry> entry, int ifMissed) {
            at = entry;
            side = entry == null ? ifMissed : 0;
            return entry != null;
        }

        boolean next() {
            return side > 0 ? false : to(side < 0 ? map.firstEntry() : map.higherEntry(at.getKey()), 1);
        }

        boolean previous() {
            return side < 0 ? false : to(side > 0 ? map.lastEntry() : map.lowerEntry(at.getKey()), -1);
        }

        void check(FakePages pages, TreeCursor cursor) {
            assertEquals(side == 0, cursor.isValid());
            if (side == 0) {
                assertEntry(pages, cursor, at.getValue());
            }
        }
    }
}

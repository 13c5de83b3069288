package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoFailureException;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.OverflowRun;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageBuilder;
import io.treering.internal.format.PageReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/// A walk visits every page once, and names every damage without being led astray by it.
class TreeWalkTest {
    private static final int PAGE_SIZE = 4096;
    private static final long GENERATION = PlainTree.GENERATION;

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void aWholeTreeIsVisitedOnceAndUndamaged(@ForAll long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], PageBuilder.Entry> map = withDistinctRuns(TreeReadTest.randomEntries(random, 700));
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000)) {
            PlainTree tree = PlainTree.build(pages, random, 1 + random.nextInt(12), map);
            if (random.nextBoolean()) {
                pages.makeUnrest(random);
            }
            Notes notes = new Notes();
            TreeWalk walk = walk(pages, notes, tree);
            assertEquals(List.of(), notes.damage);
            assertEquals(map.size(), walk.entries());
            assertEquals(tree.levels.getFirst().size(), walk.leaves());
            int pagesOfTree = tree.levels.stream().mapToInt(List::size).sum();
            assertEquals(pagesOfTree, walk.leaves() + walk.branches());
            List<PageBuilder.Entry> owners =
                    map.values().stream().filter(PageBuilder.Entry::overflow).toList();
            assertEquals(owners.size(), walk.overflowRuns());
            assertEquals(owners.size() * (1L << 20), walk.overflowBytes());
            assertEquals(notes.reached.size(), walk.reachablePages());
            assertEquals(pagesOfTree + walk.overflowPages(), walk.reachablePages());
            assertEquals(owners.size(), notes.owners.size());
            for (int i = 0; i < owners.size(); i++) {
                assertArrayEquals(owners.get(i).key(), notes.owners.get(i));
            }
            pages.checkNothingIsPinned();
        }
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void onlyWhatIsBelowADamagedPageIsNotVisited(@ForAll long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], PageBuilder.Entry> map = TreeReadTest.counters(500);
        try (FakePages pages = new FakePages(PAGE_SIZE, 3000)) {
            PlainTree tree = PlainTree.build(pages, random, 1 + random.nextInt(8), map);
            List<Long> leaves = tree.levels.getFirst();
            int bad = PageReference.page(leaves.get(random.nextInt(leaves.size())));
            byte[] page = pages.read(bad).clone();
            page[random.nextInt(PAGE_SIZE)] ^= (byte) (1 << random.nextInt(8));
            pages.write(bad, page);
            Notes notes = new Notes();
            TreeWalk walk = walk(pages, notes, tree);
            assertEquals(Set.of(bad), notes.damagedPages());
            assertEquals(leaves.size() - 1, walk.leaves());
            pages.checkNothingIsPinned();
        }
    }

    @Test
    void theEmptyTreeHasNoPages() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 3)) {
            Notes notes = new Notes();
            TreeWalk walk = new TreeWalk(pages, notes);
            walk.run(PageReference.NONE, 0, GENERATION, HeadRange.ALL);
            assertEquals(0, walk.reachablePages());
            assertEquals(List.of(), notes.damage);
        }
    }

    @Test
    void aKeyOutsideOfItsFencesIsDamage() {
        // The leaf at 11 may hold [m, t).
        assertEquals(Set.of(), damageOf(List.of("m", "s"), 1));
        assertEquals(Set.of(11), damageOf(List.of("l", "s"), 1));
        assertEquals(Set.of(11), damageOf(List.of("m", "t"), 1));
        assertEquals(Set.of(11), damageOf(List.of("m", "u"), 1));
    }

    @Test
    void aChildBornAfterItsParentIsDamage() {
        assertEquals(Set.of(), damageOf(List.of("n"), 2));
        assertEquals(Set.of(11), damageOf(List.of("n"), 3));
    }

    @Test
    void aRootBornAfterItsGenerationOrAtAnotherLevelIsDamage() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 5)) {
            byte[] leaf = PageBuilder.leaf(PAGE_SIZE, 10, 5, entries("a"));
            pages.write(10, leaf);
            long root = PageReference.of(10, PageBuilder.crc(leaf));
            for (int[] levelAndGeneration : new int[][] {{0, 4}, {1, 5}, {16, 5}, {-1, 5}}) {
                Notes notes = new Notes();
                new TreeWalk(pages, notes).run(root, levelAndGeneration[0], levelAndGeneration[1], HeadRange.ALL);
                assertEquals(Set.of(10), notes.damagedPages());
            }
            Notes notes = new Notes();
            new TreeWalk(pages, notes).run(root, 0, 5, HeadRange.ALL);
            assertEquals(Set.of(), notes.damagedPages());
        }
    }

    @Test
    void aSeparatorOutsideOfItsBranchesFencesIsDamage() {
        for (String inner : List.of("b", "m", "x")) {
            try (FakePages pages = new FakePages(PAGE_SIZE, 20)) {
                long left = write(pages, PageBuilder.leaf(PAGE_SIZE, 10, 1, entries("a")), 10);
                long middle = write(pages, PageBuilder.leaf(PAGE_SIZE, 11, 1, entries("h")), 11);
                long high = write(pages, PageBuilder.leaf(PAGE_SIZE, 12, 1, entries("y")), 12);
                long right = branch(pages, 13, 1, List.of("g", inner), List.of(middle, high));
                long low = branch(pages, 14, 1, List.of(""), List.of(left));
                long last = branch(
                        pages,
                        16,
                        1,
                        List.of("s"),
                        List.of(write(pages, PageBuilder.leaf(PAGE_SIZE, 15, 1, entries("z")), 15)));
                long root = branch(pages, 17, 2, List.of("", "g", "s"), List.of(low, right, last));
                Notes notes = new Notes();
                new TreeWalk(pages, notes).run(root, 2, GENERATION, HeadRange.ALL);
                assertEquals(!inner.equals("m"), notes.damagedPages().contains(13), inner);
            }
        }
    }

    /// What stands outside of the range is not found by a get, which looks at no page for it.
    @Test
    void aKeyOutsideTheRangeOfHeadsIsDamage() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 20)) {
            long left = write(pages, PageBuilder.leaf(PAGE_SIZE, 10, 1, entries("b")), 10);
            long right = write(pages, PageBuilder.leaf(PAGE_SIZE, 11, 1, entries("m", "yyyyyyyyz")), 11);
            long root = branch(pages, 13, 1, List.of("", "m"), List.of(left, right));
            assertEquals(Set.of(), damageOf(pages, root, new HeadRange(head("b"), head("yyyyyyyy"))));
            assertEquals(Set.of(), damageOf(pages, root, HeadRange.ALL));
            assertEquals(Set.of(10), damageOf(pages, root, new HeadRange(head("b") + 1, head("yyyyyyyy"))));
            assertEquals(Set.of(11), damageOf(pages, root, new HeadRange(head("b"), head("yyyyyyyy") - 1)));
        }
    }

    private static long head(String key) {
        return KeyOrder.head(key.getBytes(), 0, key.length());
    }

    private static Set<Integer> damageOf(FakePages pages, long root, HeadRange heads) {
        Notes notes = new Notes();
        new TreeWalk(pages, notes).run(root, 1, GENERATION, heads);
        return notes.damagedPages();
    }

    @Test
    void aPageReachedTwiceIsDamageAndACircleEnds() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 20)) {
            long leaf = write(pages, PageBuilder.leaf(PAGE_SIZE, 10, 1, entries("a")), 10);
            long root = branch(pages, 13, 1, List.of("", "m"), List.of(leaf, leaf));
            Notes notes = new Notes();
            TreeWalk walk = new TreeWalk(pages, notes);
            walk.run(root, 1, GENERATION, HeadRange.ALL);
            assertEquals(Set.of(10), notes.damagedPages());
            assertEquals(1, walk.leaves());
            // A hostile file can hold a circle only behind a checksum that does not fit; should it ever fit, the mark
            // ends it.
            byte[] lower = PageBuilder.branch(PAGE_SIZE, 15, 1, 1, List.of(new PageBuilder.Child(new byte[0], 14, 0)));
            pages.settle(15, lower);
            byte[] upper = PageBuilder.branch(
                    PAGE_SIZE, 14, 1, 2, List.of(new PageBuilder.Child(new byte[0], 15, PageBuilder.crc(lower))));
            pages.settle(14, upper);
            notes = new Notes();
            new TreeWalk(pages, notes).run(PageReference.of(14, PageBuilder.crc(upper)), 2, GENERATION, HeadRange.ALL);
            assertEquals(Set.of(14), notes.damagedPages());
        }
    }

    @Test
    void runsThatOverlapOrCannotBeReadAreDamage() {
        try (FakePages pages = new FakePages(PAGE_SIZE, 5)) {
            List<PageBuilder.Entry> entries = List.of(
                    PageBuilder.Entry.overflow("a".getBytes(), 100, 1, 10_000),
                    PageBuilder.Entry.overflow("b".getBytes(), 102, 1, 10_000),
                    PageBuilder.Entry.overflow("c".getBytes(), 200, 1, 10_000),
                    PageBuilder.Entry.overflow("d".getBytes(), 300, 1, 10_000),
                    PageBuilder.Entry.overflow("e".getBytes(), 400, 1, 10_000));
            long root = write(pages, PageBuilder.leaf(PAGE_SIZE, 10, 1, entries), 10);
            Notes notes = new Notes() {
                @Override
                public void overflow(int page, int crc, int runPages, long valueLength, byte[] key, int keyLength) {
                    if (page == 200) {
                        throw new PageAnomaly(201, "this", "that");
                    }
                    if (page == 300) {
                        throw new IoFailureException("read", 5, "EIO");
                    }
                }
            };
            TreeWalk walk = new TreeWalk(pages, notes);
            walk.run(root, 0, GENERATION, HeadRange.ALL);
            assertEquals(Set.of(102, 201, 300), notes.damagedPages());
            assertTrue(notes.reached.containsAll(Set.of(10, 100, 101, 102, 400, 401, 402)));
            assertFalse(notes.reached.contains(103));
        }
    }

    /// The damage in a tree of three leaves, whose middle one, at 11, has these keys and this birth; its parent's is 2.
    private static Set<Integer> damageOf(List<String> keys, long birth) {
        try (FakePages pages = new FakePages(PAGE_SIZE, 5)) {
            long left = write(pages, PageBuilder.leaf(PAGE_SIZE, 10, 1, entries("a")), 10);
            long middle =
                    write(pages, PageBuilder.leaf(PAGE_SIZE, 11, birth, entries(keys.toArray(String[]::new))), 11);
            long right = write(pages, PageBuilder.leaf(PAGE_SIZE, 12, 1, entries("z")), 12);
            long root = branch(pages, 13, 1, List.of("", "m", "t"), List.of(left, middle, right));
            Notes notes = new Notes();
            new TreeWalk(pages, notes).run(root, 1, GENERATION, HeadRange.ALL);
            return notes.damagedPages();
        }
    }

    private static List<PageBuilder.Entry> entries(String... keys) {
        return Arrays.stream(keys)
                .map(key -> PageBuilder.Entry.of(key.getBytes(), new byte[1]))
                .toList();
    }

    private static long branch(FakePages pages, int page, int level, List<String> separators, List<Long> references) {
        List<PageBuilder.Child> children = new ArrayList<>();
        for (int i = 0; i < separators.size(); i++) {
            children.add(new PageBuilder.Child(
                    separators.get(i).getBytes(),
                    PageReference.page(references.get(i)),
                    PageReference.crc(references.get(i))));
        }
        return write(pages, PageBuilder.branch(PAGE_SIZE, page, 2, level, children), page);
    }

    private static long write(FakePages pages, byte[] bytes, int page) {
        pages.write(page, bytes);
        return PageReference.of(page, PageBuilder.crc(bytes));
    }

    private static TreeWalk walk(FakePages pages, Notes notes, PlainTree tree) {
        TreeWalk walk = new TreeWalk(pages, notes);
        walk.run(tree.root, tree.level, GENERATION, HeadRange.ALL);
        return walk;
    }

    /// Gives every overflow entry a run of its own, far behind the pages of the tree.
    private static NavigableMap<byte[], PageBuilder.Entry> withDistinctRuns(
            NavigableMap<byte[], PageBuilder.Entry> map) {
        NavigableMap<byte[], PageBuilder.Entry> distinct = new TreeMap<>(map);
        int page = 100_000;
        for (PageBuilder.Entry entry : map.values()) {
            if (entry.overflow()) {
                distinct.put(entry.key(), PageBuilder.Entry.overflow(entry.key(), page, 1, 1 << 20));
                page += OverflowRun.pages(entry.key().length, 1 << 20, PAGE_SIZE);
            }
        }
        return distinct;
    }

    private static class Notes implements TreeVisitor {
        final Set<Integer> reached = new TreeSet<>();
        final List<byte[]> owners = new ArrayList<>();
        final List<PageAnomaly> damage = new ArrayList<>();

        @Override
        public boolean reached(int page, int pages) {
            boolean fresh = true;
            for (int i = 0; i < pages; i++) {
                fresh &= !reached.contains(page + i);
            }
            for (int i = 0; fresh && i < pages; i++) {
                reached.add(page + i);
            }
            return fresh;
        }

        @Override
        public void overflow(int page, int crc, int runPages, long valueLength, byte[] key, int keyLength) {
            owners.add(Arrays.copyOf(key, keyLength));
        }

        @Override
        public void damaged(int page, String expected, String found) {
            damage.add(new PageAnomaly(page, expected, found));
        }

        Set<Integer> damagedPages() {
            return damage.stream().map(PageAnomaly::page).collect(Collectors.toSet());
        }
    }
}

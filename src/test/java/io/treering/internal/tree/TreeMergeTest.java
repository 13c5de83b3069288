package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.TreeInspection.Page;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeMergeTest {
    private static final int PAGE = 4096;
    private static final int CAPACITY = PAGE - PageHeader.BYTES - PageHeader.TRAILER_BYTES;

    private final MergeRig rig = new MergeRig(PAGE, LeafPage.inlineLimit(PAGE));

    // Keys and batches

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// Ascends with `number`.
    private static byte[] counted(long number) {
        byte[] key = new byte[16];
        Bytes.ARRAY_BE_LONG.set(key, 0, number);
        return key;
    }

    /// Anywhere in the key space, the same for the same `number`.
    private static byte[] scattered(long number) {
        byte[] key = new byte[16];
        new Random(number * 0x9e3779b97f4a7c15L).nextBytes(key);
        return key;
    }

    private static Operation put(byte[] key, int valueLength) {
        return Operation.put(key, new byte[valueLength]);
    }

    private static Collection<Operation> sorted(List<Operation> operations) {
        TreeMap<byte[], Operation> byKey = new TreeMap<>(Arrays::compareUnsigned);
        operations.forEach(operation -> byKey.put(operation.key(), operation));
        return byKey.values();
    }

    private MergeResult putCounted(long from, long to, int valueLength) {
        List<Operation> operations = new ArrayList<>();
        for (long i = from; i < to; i++) {
            operations.add(put(counted(i), valueLength));
        }
        return rig.apply(operations);
    }

    private void putScattered(int from, int to) {
        List<Operation> operations = new ArrayList<>();
        for (int i = from; i < to; i++) {
            operations.add(put(scattered(i), 100));
        }
        rig.apply(sorted(operations));
    }

    private MergeResult deleteCounted(long from, long to) {
        List<Operation> operations = new ArrayList<>();
        for (long i = from; i < to; i++) {
            operations.add(Operation.delete(counted(i)));
        }
        return rig.apply(operations);
    }

    private int pages() {
        return rig.store.pages.size();
    }

    // Roots

    @Test
    void aMergeOfNothingReturnsTheSameRoot() {
        assertEquals(0, rig.apply(List.of()).rootReference());
        putCounted(0, 1000, 100);
        long root = rig.root;
        MergeResult result = rig.apply(List.of());
        assertEquals(root, result.rootReference());
        assertEquals(0, result.leafPages() + result.branchPages() + result.freedPages());
    }

    @Test
    void deletesOfAbsentKeysAndTouchesLeaveTheEmptyTreeEmpty() {
        MergeResult result = rig.apply(List.of(Operation.delete(ascii("a")), Operation.touch(ascii("b"))));
        assertEquals(0, result.rootReference());
        assertEquals(0, result.rootLevel());
    }

    @Test
    void aTreeOfOneEntryIsOneLeaf() {
        MergeResult result = rig.apply(List.of(put(new byte[0], 0)));
        assertNotEquals(0, result.rootReference());
        assertEquals(0, result.rootLevel());
        assertEquals(1, result.entryCountDelta());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 3_000, 100_000})
    void aTreeWhoseEntriesAreAllDeletedIsEmpty(int entries) {
        putCounted(0, entries, 10);
        MergeResult result = deleteCounted(0, entries);
        assertEquals(0, result.rootReference());
        assertEquals(0, result.rootLevel());
        assertEquals(entries, result.entriesDeleted());
        assertEquals(-entries, result.entryCountDelta());
        assertEquals(0, result.leafPages() + result.branchPages());
    }

    @Test
    void aRootWithOneChildGivesWayToIt() {
        putCounted(0, 40_000, 100);
        assertEquals(2, rig.level);
        deleteCounted(1, 40_000);
        assertEquals(0, rig.level);
        assertEquals(1, pages());
    }

    @Test
    void anUntouchedSubtreeBecomesTheRootWhenItsSiblingsAreGone() {
        putCounted(0, 20_000, 100);
        assertEquals(2, rig.level);
        Page first = rig.tree.levels.get(1).get(0);
        long end = new java.math.BigInteger(
                        1, Arrays.copyOf(rig.tree.levels.get(1).get(1).firstKey(), 8))
                .longValue();
        MergeResult result = deleteCounted(end, 20_000);
        assertEquals(first.id(), PageReference.page(rig.root));
        assertEquals(1, rig.level);
        assertEquals(0, result.leafPages() + result.branchPages());
    }

    /// Merges leave no such branch behind today; the format allows it.
    @Test
    void anUntouchedBranchWithOneChildGivesWayToItWhenItBecomesTheRoot() {
        putCounted(0, 100, 100);
        List<Page> leaves = rig.tree.levels.get(0);
        assertEquals(4, leaves.size());
        byte[] divide = leaves.getLast().firstKey();
        BranchItems left = new BranchItems();
        for (Page leaf : leaves.subList(0, 3)) {
            byte[] separator = leaf == leaves.getFirst() ? new byte[0] : leaf.firstKey();
            left.add(separator, 0, separator.length, rig.store.reference(leaf.id()), true, -1);
        }
        BranchItems right = new BranchItems();
        right.add(divide, 0, divide.length, rig.store.reference(leaves.getLast().id()), true, -1);
        BranchItems top = new BranchItems();
        rig.store.pages.remove(PageReference.page(rig.root));
        top.add(new byte[0], 0, 0, rig.store.addBranch(1, left), true, -1);
        top.add(divide, 0, divide.length, rig.store.addBranch(1, right), true, -1);
        rig.root = rig.store.addBranch(2, top);
        rig.level = 2;
        rig.check();
        deleteAll(List.copyOf(rig.model.headMap(divide).keySet()));
        assertEquals(0, rig.level);
        assertEquals(Set.of(leaves.getLast().id()), rig.store.pages.keySet());
    }

    // Only what is touched

    @Test
    void aPutRewritesOnePathAndNothingElse() {
        putCounted(0, 40_000, 100);
        Set<Integer> before = Set.copyOf(rig.store.pages.keySet());
        MergeResult result = rig.apply(List.of(put(counted(12_345), 100)));
        assertEquals(1, result.entriesReplaced());
        assertEquals(1, result.leafPages());
        assertEquals(rig.level, result.branchPages());
        assertEquals(rig.level + 1, result.freedPages());
        long kept = before.stream().filter(rig.store.pages::containsKey).count();
        assertEquals(before.size() - rig.level - 1, kept);
    }

    @Test
    void deletesOfAbsentKeysRewriteNothing() {
        putCounted(0, 40_000, 100);
        long root = rig.root;
        List<Operation> deletes = new ArrayList<>();
        for (int i = 0; i < 40_000; i += 3) {
            deletes.add(Operation.delete(Arrays.copyOf(counted(i), 17)));
        }
        MergeResult result = rig.apply(deletes);
        assertEquals(root, result.rootReference());
        assertEquals(0, result.leafPages() + result.branchPages() + result.freedPages());
    }

    @Test
    void aTouchRewritesALeafWithTheSameContent() {
        putCounted(0, 40_000, 100);
        int pagesBefore = pages();
        MergeResult result = rig.apply(List.of(Operation.touch(counted(777))));
        assertEquals(1, result.leafPages());
        assertEquals(rig.level, result.branchPages());
        assertEquals(pagesBefore, pages());
    }

    @Test
    void touchesOfAllKeysMoveAllPages() {
        putScattered(0, 5_000);
        Set<Integer> before = Set.copyOf(rig.store.pages.keySet());
        rig.apply(rig.model.keySet().stream().map(Operation::touch).toList());
        assertTrue(before.stream().noneMatch(rig.store.pages::containsKey));
    }

    @Test
    void childrenAreAskedForAheadOfTheirTurn() {
        putScattered(0, 20_000);
        putScattered(20_000, 22_000);
        int branches = rig.tree.levels.get(1).size() + rig.tree.levels.get(2).size();
        assertTrue(rig.store.fetches > 400, "fetches " + rig.store.fetches);
        assertTrue(
                rig.store.fetchesWithoutPrefetch <= rig.store.fetches / 10 + branches,
                rig.store.fetchesWithoutPrefetch + " of " + rig.store.fetches);
    }

    /// The next branch is read before its turn, and must not be asked for again: the store of the test looks at the end
    /// whether all has been fetched that was asked for.
    @Test
    void noBranchIsAskedForThatIsThere() {
        putScattered(0, 60_000);
        putScattered(60_000, 61_500);
    }

    /// Three entries fill a leaf. The fourth makes two of it, and looks for no room in the next one.
    @Test
    void largeEntriesDoNotMoveIntoNeighbours() {
        putCounted(0, 3_000, 1_000);
        List<Operation> operations = new ArrayList<>();
        for (long i = 100; i < 3_000; i += 100) {
            byte[] behind = Arrays.copyOf(counted(i), 17);
            operations.add(put(behind, 1_000));
        }
        int branches = rig.tree.levels.get(1).size() + 1;
        MergeResult result = rig.apply(operations);
        assertEquals(2L * operations.size(), result.leafPages());
        assertTrue(rig.store.fetches <= operations.size() + branches, "fetches " + rig.store.fetches);
    }

    // Fill

    @ParameterizedTest
    @ValueSource(ints = {3, 50, 1_000, 30_000})
    void sequentialInsertsFillLeaves(int batch) {
        int total = Math.min(30_000, 200 * batch);
        for (int i = 0; i < total; i += batch) {
            putCounted(i, i + batch, 100);
        }
        double fill = rig.tree.fill(0);
        assertTrue(fill >= 0.9, "fill " + fill);
        List<Page> leaves = rig.tree.levels.get(0);
        assertTrue(leaves.stream().limit(leaves.size() - 1L).allMatch(leaf -> leaf.used() >= 0.9 * CAPACITY));
    }

    @Test
    void randomInsertsKeepLeavesFourFifthsFull() {
        putScattered(0, 20_000);
        double lowest = 1;
        for (int i = 20_000; i < 40_000; i += 500) {
            putScattered(i, i + 500);
            lowest = Math.min(lowest, rig.tree.fill(0));
        }
        assertTrue(lowest >= 0.8, "lowest fill " + lowest);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 40})
    void pagesShrinkWithTheirContent(int batches) {
        putScattered(0, 30_000);
        List<byte[]> keys = new ArrayList<>(rig.model.keySet());
        java.util.Collections.shuffle(keys, new Random(batches));
        int deleted = keys.size() * 9 / 10;
        for (int i = 0; i < batches; i++) {
            List<byte[]> some = keys.subList(deleted * i / batches, deleted * (i + 1) / batches);
            rig.apply(sorted(some.stream().map(Operation::delete).toList()));
        }
        long contentBytes = rig.model.size() * (16 + 100 + 4 + LeafPage.INDEX_BYTES);
        double ideal = (double) contentBytes / CAPACITY;
        assertTrue(pages() <= 2.2 * ideal, pages() + " pages, ideal " + ideal);
    }

    @Test
    void noUnderfullLeafStandsBesideOneThatItWouldFitInto() {
        putScattered(0, 20_000);
        Random random = new Random(7);
        for (int i = 0; i < 30; i++) {
            List<Page> leaves = rig.tree.levels.get(0);
            List<Operation> deletes = new ArrayList<>();
            // Leaves that stand alone, the last one of a branch and of the tree among them.
            for (int leaf = leaves.size() - 1; leaf >= 0; leaf -= 1 + random.nextInt(10)) {
                thinOut(leaves.get(leaf), 0.6 + 0.4 * random.nextDouble(), random, deletes);
            }
            rig.apply(sorted(deletes));
            assertSharing(rig.tree.levels.get(0));
        }
        assertTrue(rig.model.size() < 2_000, "entries left " + rig.model.size());
    }

    private void thinOut(Page leaf, double share, Random random, List<Operation> deletes) {
        for (byte[] key :
                rig.model.subMap(leaf.firstKey(), true, leaf.lastKey(), true).keySet()) {
            if (random.nextDouble() < share) {
                deletes.add(Operation.delete(key));
            }
        }
    }

    @Test
    void aBranchWhoseFirstLeavesAreGoneTakesTheirKeysBack() {
        putCounted(0, 40_000, 100);
        for (int branch = 0; branch < 3; branch++) {
            byte[] low = rig.tree.levels.get(1).get(branch).firstKey();
            byte[] high = rig.tree.levels.get(1).get(branch + 1).firstKey();
            int leaves = 5 + branch;
            byte[] cut = rig.tree.levels.get(0).stream()
                    .map(Page::firstKey)
                    .filter(key -> Arrays.compareUnsigned(key, low) >= 0)
                    .skip(leaves)
                    .findFirst()
                    .orElseThrow();
            List<byte[]> gone = List.copyOf(rig.model.subMap(low, cut).keySet());
            List<byte[]> others = List.copyOf(rig.model.subMap(cut, high).keySet());
            deleteAll(gone);
            rig.apply(List.of(put(gone.get(3), 7), put(gone.get(100), 7)));
            // All but a few of the branch, so that it joins its neighbours.
            deleteAll(others.subList(0, others.size() - 10));
            rig.apply(List.of(put(gone.get(0), 7), put(gone.get(50), 7)));
        }
    }

    private void deleteAll(List<byte[]> keys) {
        rig.apply(keys.stream().map(Operation::delete).toList());
    }

    private static void assertSharing(List<Page> leaves) {
        for (int i = 0; i + 1 < leaves.size(); i++) {
            Page left = leaves.get(i);
            Page right = leaves.get(i + 1);
            boolean thin = Math.min(left.used(), right.used()) < 0.4 * CAPACITY;
            assertFalse(thin && together(left, right) <= CAPACITY, left.used() + " beside " + right.used());
        }
    }

    private static int together(Page left, Page right) {
        int mismatch = Arrays.mismatch(left.firstKey(), right.lastKey());
        int count = left.count() + right.count();
        int entries = left.wholeBytes() + right.wholeBytes() - count * mismatch;
        return LeafPage.entriesOffset(count, mismatch) + entries - PageHeader.BYTES;
    }

    @Test
    void aFullLeafOverflowsIntoItsNeighbourBeforeThereIsOneMore() {
        putCounted(0, 3_000, 100);
        deleteCounted(45, 55);
        int leaves = rig.tree.levels.get(0).size();
        List<Operation> operations = new ArrayList<>();
        for (int i = 5; i < 8; i++) {
            operations.add(put(Arrays.copyOf(counted(i), 17), 100));
        }
        rig.apply(operations);
        assertEquals(leaves, rig.tree.levels.get(0).size());
    }

    @Test
    void deletesThatLeaveOneEntryInEachLeafHoldABoundedNumberOfPages() {
        putCounted(0, 60_000, 0);
        List<Page> leaves = rig.tree.levels.get(0);
        List<Operation> deletes = new ArrayList<>();
        Set<String> survivors = new java.util.HashSet<>();
        leaves.forEach(leaf -> survivors.add(Arrays.toString(leaf.firstKey())));
        for (byte[] key : rig.model.keySet()) {
            if (!survivors.contains(Arrays.toString(key))) {
                deletes.add(Operation.delete(key));
            }
        }
        rig.apply(deletes);
        assertTrue(leaves.size() > LeafBuilder.HELD_PAGES);
        assertTrue(rig.store.mostFetched <= LeafBuilder.HELD_PAGES + 4, "held " + rig.store.mostFetched);
    }

    // Keys

    @Test
    void separatorsAreTheShortestThatDivide() {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            operations.add(put(ascii(String.format("customer/%06d/and then much that does not matter", i)), 20));
        }
        rig.apply(operations);
        List<Page> leaves = rig.tree.levels.get(0);
        Page branch = rig.tree.levels.get(1).get(0);
        byte[] lastSeparator = branch.lastKey();
        byte[] first = leaves.getLast().firstKey();
        byte[] before = leaves.get(leaves.size() - 2).lastKey();
        assertEquals(Arrays.mismatch(first, before) + 1, lastSeparator.length);
    }

    @Test
    void longSharedPrefixesAreStoredOnceAPage() {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            operations.add(put(ascii("x".repeat(200) + String.format("%04d", i)), 8));
        }
        rig.apply(operations);
        // 1,000 entries of 4 + 4 + 8 and 11 bytes: seven pages; with the prefix in each entry it would be sixty.
        assertTrue(pages() <= 9, "pages " + pages());
        rig.apply(List.of(put(ascii("x"), 8), put(ascii("y"), 8)));
        rig.apply(List.of(Operation.delete(ascii("x")), Operation.delete(ascii("y"))));
        assertTrue(pages() <= 12, "pages " + pages());
    }

    @Test
    void keysOfTheGreatestLengthMakeATreeOfNarrowBranches() {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            byte[] key = new byte[LeafPage.maximumKeyBytes(PAGE)];
            // Neighbours differ in their last byte only, so that separators are as long as keys.
            key[i / 8] = 1;
            key[key.length - 1] = (byte) (i % 8);
            operations.add(put(key, 900));
        }
        rig.apply(sorted(operations));
        assertTrue(rig.level >= 2, "level " + rig.level);
        rig.apply(rig.model.keySet().stream().map(Operation::delete).toList());
        assertEquals(0, rig.root);
    }

    // Overflow

    @Test
    void aValueMovesIntoARunWhenItsEntryIsAboveTheLimit() {
        int limit = rig.store.inlineLimit();
        rig.apply(List.of(put(ascii("a"), limit - 5), put(ascii("b"), limit - 4)));
        assertEquals(1, rig.store.runs.size());
    }

    @Test
    void aRunIsFreedWhenItsEntryIsReplacedOrDeleted() {
        rig.apply(List.of(
                put(ascii("a"), 5_000), Operation.putOverflow(ascii("b"), new byte[70_000]), put(ascii("c"), 3)));
        assertEquals(2, rig.store.runs.size());
        rig.apply(List.of(put(ascii("a"), 6_000), put(ascii("b"), 10), Operation.putOverflow(ascii("c"), new byte[9])));
        assertEquals(2, rig.store.runs.size());
        rig.apply(List.of(Operation.delete(ascii("a")), Operation.delete(ascii("c"))));
        assertEquals(0, rig.store.runs.size());
    }

    @Test
    void aRunThatIsPutAgainIsNotFreed() {
        rig.apply(List.of(Operation.putOverflow(ascii("a"), new byte[10_000])));
        // The same operation once more, as a log would replay it: it names the same run.
        ListedOperations again =
                new ListedOperations(List.of(Operation.putOverflow(ascii("a"), new byte[10_000])), rig.store);
        int first = rig.tree.runs.iterator().next();
        Bytes.putI32(again.memory(), 1, first);
        rig.store.runs.keySet().removeIf(run -> run != first);
        rig.store.beginMerge();
        MergeResult result = rig.merge.merge(rig.root, rig.level, again);
        rig.root = result.rootReference();
        rig.store.endMerge();
        rig.check();
        assertEquals(1, rig.store.runs.size());
    }

    // Arguments

    @Test
    void aRootIsAtALevelThatExists() {
        ListedOperations none = new ListedOperations(List.of(), rig.store);
        assertThrows(IllegalArgumentException.class, () -> rig.merge.merge(0, PageHeader.MAXIMUM_LEVEL + 1, none));
        assertThrows(IllegalArgumentException.class, () -> rig.merge.merge(0, -1, none));
    }
}

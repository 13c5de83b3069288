package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.BranchPage;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Pages that are sound by themselves and stand where others should: a merge that takes one of them over would write a
/// page with its keys out of order.
final class MisplacedPagesTest {
    private static final int PAGE = 4096;

    private final MergeRig rig = new MergeRig(PAGE, LeafPage.inlineLimit(PAGE));

    private static byte[] key(long number) {
        byte[] key = new byte[16];
        Bytes.ARRAY_BE_LONG.set(key, 0, number);
        return key;
    }

    private void fill(int entries) {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            operations.add(Operation.put(key(i), new byte[100]));
        }
        rig.apply(operations);
    }

    /// A merge that deletes keys `[from, to)`, and writes nothing that anyone sees.
    private void delete(long from, long to) {
        List<Operation> operations = new ArrayList<>();
        for (long i = from; i < to; i++) {
            operations.add(Operation.delete(key(i)));
        }
        rig.store.beginMerge();
        try {
            rig.merge.merge(rig.root, rig.level, new ListedOperations(operations, rig.store));
        } finally {
            rig.store.abortMerge();
        }
    }

    private void assertNoticed(Set<Integer> misplaced, long from, long to) {
        PageAnomaly anomaly = assertThrows(PageAnomaly.class, () -> delete(from, to));
        assertTrue(String.valueOf(anomaly.getMessage()).contains("of another place"), anomaly::getMessage);
        assertTrue(misplaced.contains(anomaly.page()), () -> misplaced + ": " + anomaly.getMessage());
    }

    private int children() {
        return PageHeader.count(page(rig.root), 0);
    }

    private MemorySegment page(long reference) {
        return MemorySegment.ofArray(Objects.requireNonNull(rig.store.pages.get(PageReference.page(reference))));
    }

    /// Exchanges two neighbours below the root, which is as sound as before.
    ///
    /// @return which pages they are
    private Set<Integer> exchange(int left) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE, 8);
            page.copyFrom(page(rig.root));
            int count = children();
            long first = BranchPage.child(page, 0, count, left);
            long second = BranchPage.child(page, 0, count, left + 1);
            put(page, count, left, second);
            put(page, count, left + 1, first);
            rig.root = PageReference.of(PageReference.page(rig.root), PageHeader.seal(page, 0, PAGE));
            page(rig.root).copyFrom(page);
            return Set.of(PageReference.page(first), PageReference.page(second));
        }
    }

    private static void put(MemorySegment page, int count, int index, long reference) {
        Bytes.putI32(page, BranchPage.childIdsOffset(count) + 4L * index, PageReference.page(reference));
        Bytes.putI32(page, BranchPage.childCrcsOffset(count) + 4L * index, PageReference.crc(reference));
    }

    /// The least key below the root's child at `index`.
    private long leastBelow(int index) {
        long reference = BranchPage.child(page(rig.root), 0, children(), index);
        for (int level = rig.level - 1; level > 0; level--) {
            MemorySegment branch = page(reference);
            reference = BranchPage.child(branch, 0, PageHeader.count(branch, 0), 0);
        }
        KeyBuffer least = new KeyBuffer();
        least.set(page(reference), 0, 0);
        return (long) Bytes.ARRAY_BE_LONG.get(least.bytes, 0);
    }

    @Test
    void aLeafThatOperationsLeadTo() {
        fill(1_000);
        long key = leastBelow(5);
        assertEquals(1, rig.level);
        delete(key, key + 1);
        Set<Integer> misplaced = exchange(5);
        assertNoticed(misplaced, key, key + 1);
        assertNoticed(misplaced, leastBelow(6), leastBelow(6) + 1);
    }

    @Test
    void aLeafThatAnUnderfullOneTakesInFromTheRight() {
        fill(1_000);
        long from = leastBelow(5);
        delete(from + 1, leastBelow(6));
        assertNoticed(exchange(6), from + 1, leastBelow(6));
    }

    @Test
    void aLeafThatAnUnderfullOneTakesInFromTheLeft() {
        fill(1_000);
        int last = children() - 1;
        delete(leastBelow(last) + 1, 1_000);
        assertNoticed(exchange(last - 2), leastBelow(last) + 1, 1_000);
    }

    @Test
    void aBranchThatOperationsLeadTo() {
        fill(30_000);
        assertEquals(2, rig.level);
        delete(0, 1);
        assertNoticed(exchange(0), 0, 1);
    }

    @Test
    void aBranchThatAnUnderfullOneTakesInFromTheLeft() {
        fill(30_000);
        int last = children() - 1;
        assertTrue(last >= 2);
        long from = leastBelow(last) + 1;
        delete(from, 30_000);
        assertNoticed(exchange(last - 2), from, 30_000);
    }
}

package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.LeafPage;
import java.util.Collection;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/// Merges against a map. [MergeRig] compares everything after every merge: content, order, fences, counts, and that
/// each page and run is reachable exactly once or free.
class TreeMergePropertyTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void aTreeHoldsWhatWasMergedIntoIt(@ForAll long seed) {
        for (int i = 0; i < SCALE; i++) {
            mergeRandomBatches(new Random(seed + i));
        }
    }

    private static void mergeRandomBatches(Random random) {
        int pageSize = random.nextInt(4) == 0 ? 4096 << random.nextInt(4) : 4096;
        int inlineLimit = random.nextInt(3) == 0 ? 1024 : LeafPage.inlineLimit(pageSize);
        MergeRig rig = new MergeRig(pageSize, inlineLimit);
        RandomBatches batches = new RandomBatches(random, rig, 1500);
        int rounds = 1 + random.nextInt(20);
        for (int round = 0; round < rounds; round++) {
            rig.apply(batches.next(1500));
        }
    }

    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void aMergeThatFailedAnywhereCanBeRepeated(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int batchesBefore) {
        Random random = new Random(seed);
        MergeRig rig = new MergeRig(4096, LeafPage.inlineLimit(4096));
        RandomBatches batches = new RandomBatches(random, rig, 300);
        for (int i = 0; i < batchesBefore; i++) {
            rig.apply(batches.next(300));
        }
        Collection<Operation> batch = batches.next(300);
        for (int i = 0; i < 10; i++) {
            failOnce(rig, batch, random.nextInt(100));
        }
        // What the failed merges had looked at may be elsewhere in the tree by now.
        rig.apply(batches.next(300));
        rig.apply(batch);
    }

    private static void failOnce(MergeRig rig, Collection<Operation> batch, int failAt) {
        Set<Integer> runs = Set.copyOf(rig.store.runs.keySet());
        ListedOperations source = new ListedOperations(batch, rig.store);
        rig.store.beginMerge();
        rig.store.failAt = failAt;
        try {
            rig.merge.merge(rig.root, rig.level, source);
            assertTrue(rig.store.calls <= failAt, "the failure was swallowed");
        } catch (HeapPageStore.InjectedFailure expected) {
            assertEquals(failAt + 1L, rig.store.calls, "the merge went on after a failure");
        } finally {
            rig.store.failAt = -1;
            rig.store.abortMerge();
            rig.store.runs.keySet().retainAll(runs);
        }
    }
}

package io.treering.internal.freelist;

import static io.treering.internal.freelist.StoredSpace.LAYOUT;
import static io.treering.internal.freelist.StoredSpace.PAGE_SIZE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.SlotReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Random lives of a store, against sets of pages. A tree is the set of its pages: after every step all trees that
/// somebody needs must still own all their pages, and what a reopened store believes is exactly what was committed.
class SpaceModelTest {
    private static final int STEPS = 120;

    /// Trees by generation: the pages that each reaches.
    private final Map<Long, BitSet> trees = new HashMap<>();
    private final Map<Integer, Long> births = new HashMap<>();
    private final List<Long> snapshots = new ArrayList<>();
    private SpaceMap space = SpaceMap.create("test", PAGE_SIZE, LAYOUT.slotsEnd(0));
    private long newest;
    private long durable;
    private BitSet durableLive = new BitSet();
    private long nextGeneration = 1;

    @Property(tries = 20)
    void noNeededTreeLosesAPageAndNoPageIsLost(@ForAll long seed) {
        new SpaceModelTest().run(new SplittableRandom(seed));
    }

    private void run(SplittableRandom random) {
        try (StoredSpace store = new StoredSpace()) {
            newest = nextGeneration++;
            trees.put(newest, new BitSet());
            commit(store, true);
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(10)) {
                    case 0 -> takeSnapshot();
                    case 1 -> dropSnapshot(random);
                    case 2 -> commit(store, true);
                    case 3 -> commit(store, false);
                    case 4 -> resize(random);
                    case 5 -> {
                        if (random.nextInt(4) == 0) {
                            crash(store);
                        }
                    }
                    default -> merge(random, random.nextInt(5) > 0);
                }
                space.releaseUnneeded(neededByViews(), durable);
                check();
                assertEquals(durableLive, StoredSpace.live(store.open()), "the durable state is intact");
            }
        }
    }

    private long[] needed() {
        long[] needed = Arrays.copyOf(neededByViews(), snapshots.size() + 2);
        needed[snapshots.size() + 1] = durable;
        return needed;
    }

    private long[] neededByViews() {
        List<Long> needed = new ArrayList<>(snapshots);
        needed.add(newest);
        return needed.stream().mapToLong(Long::longValue).toArray();
    }

    private void takeSnapshot() {
        snapshots.add(newest);
    }

    private void dropSnapshot(SplittableRandom random) {
        if (!snapshots.isEmpty()) {
            snapshots.remove(random.nextInt(snapshots.size()));
        }
    }

    private void resize(SplittableRandom random) {
        int group = (int) LAYOUT.groupPages();
        int[] sizes = {60, 80, 100, 150, 180, 200, LAYOUT.regionPages() + 3, group, group + 32, group + 60};
        int size = LAYOUT.atLeast(sizes[random.nextInt(random.nextInt(4) > 0 ? 6 : sizes.length)]);
        if (size >= space.filePages()) {
            space.grow(size);
        } else {
            space.shrink(LAYOUT.atLeast(Math.max(size, space.leastFilePages())));
        }
    }

    private void merge(SplittableRandom random, boolean completes) {
        long generation = nextGeneration++;
        MergeSpace merge = space.beginMerge(generation);
        BitSet tree = (BitSet) trees.get(newest).clone();
        List<Integer> old = new ArrayList<>(tree.stream().boxed().toList());
        for (int i = random.nextInt(20); i > 0 && !old.isEmpty(); i--) {
            int page = old.remove(random.nextInt(old.size()));
            merge.free(page, 1, births.get(page));
            tree.clear(page);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            long extent = merge.allocateExtent(1 + random.nextInt(12));
            if (extent != 0) {
                int unused = random.nextInt(SpaceMap.extentPages(extent));
                int written = SpaceMap.extentPages(extent) - unused;
                merge.unused(SpaceMap.extentStart(extent) + written, unused);
                add(tree, SpaceMap.extentStart(extent), written, generation);
            }
        }
        int pages = 1 + random.nextInt(30);
        int run = merge.allocateRun(pages);
        if (run >= 0) {
            add(tree, run, pages, generation);
        }
        if (completes) {
            merge.complete();
            trees.put(generation, tree);
            newest = generation;
        } else {
            merge.abandon();
        }
    }

    /// Pages come into a tree only when no needed tree has them.
    private void add(BitSet tree, int first, int pages, long generation) {
        for (int page = first; page < first + pages; page++) {
            for (long needed : needed()) {
                assertTrue(!trees.get(needed).get(page), "page " + page + " belongs to tree " + needed);
            }
            assertTrue(!LAYOUT.isReserved(page));
            tree.set(page);
            births.put(page, generation);
        }
    }

    private void commit(StoredSpace store, boolean succeeds) {
        SpaceCommit commit = space.prepareCommit(newest);
        List<SlotReference> summaries = store.write(commit);
        if (succeeds) {
            store.summaries = summaries;
            store.filePages = space.filePages();
            commit.committed();
            durable = newest;
            durableLive = StoredSpace.live(space);
        } else {
            commit.abandoned();
        }
    }

    private void crash(StoredSpace store) {
        space = store.open();
        newest = durable;
        snapshots.clear();
        assertEquals(0, space.gatedPages());
    }

    private void check() {
        BitSet live = StoredSpace.live(space);
        BitSet tree = trees.get(newest);
        for (int group = 0; group < LAYOUT.groups(space.filePages()); group++) {
            int from = group == 0 ? 0 : (int) (group * LAYOUT.groupPages());
            assertTrue(live.nextClearBit(from) >= LAYOUT.slotsEnd(group));
            live.clear(from, LAYOUT.slotsEnd(group));
        }
        assertEquals(tree, live);
        BitSet needed = new BitSet();
        for (long generation : needed()) {
            needed.or(trees.get(generation));
        }
        int free = 0;
        for (int page = 0; page < space.filePages(); page++) {
            boolean reserved = LAYOUT.isReserved(page);
            assertEquals(!reserved && !needed.get(page), space.isFree(page), "page " + page);
            free += space.isFree(page) ? 1 : 0;
        }
        assertEquals(free, space.freePages());
        assertEquals(0, space.detachedPages());
        assertEquals(needed.cardinality() - tree.cardinality(), space.gatedPages());
    }
}

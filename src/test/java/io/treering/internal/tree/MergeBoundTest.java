package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/// No merge writes more pages than were promised for it, whatever the tree and the operations.
class MergeBoundTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);

    private long tightest = Long.MAX_VALUE;

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void aMergeWritesAtMostWhatTheBoundSays(@ForAll long seed) {
        for (int i = 0; i < SCALE; i++) {
            Random random = new Random(seed + i);
            int pageSize = random.nextInt(4) == 0 ? 4096 << random.nextInt(4) : 4096;
            int inlineLimit = random.nextInt(3) == 0 ? 1024 : LeafPage.inlineLimit(pageSize);
            MergeRig rig = new MergeRig(pageSize, inlineLimit);
            RandomBatches batches = new RandomBatches(random, rig, 1500);
            for (int round = 0; round < 20; round++) {
                apply(rig, batches.next(random.nextBoolean() ? 1500 : 4));
            }
        }
    }

    /// Full leaves side by side, and a little too much for one of them: as far as an operation gets.
    @Test
    void singlePutsIntoFullLeavesStayBelowIt() {
        Random random = new Random(11);
        MergeRig rig = new MergeRig(4096, LeafPage.inlineLimit(4096));
        List<Operation> filling = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            filling.add(Operation.put("key-%05d0".formatted(i).getBytes(), new byte[150]));
        }
        apply(rig, filling);
        for (int i = 0; i < 300; i++) {
            byte[] key = "key-%05d%d"
                    .formatted(random.nextInt(4_000), 1 + random.nextInt(9))
                    .getBytes();
            apply(rig, List.of(Operation.put(key, new byte[random.nextInt(1_900)])));
        }
        assertTrue(tightest < 20, "the bound was never nearly reached: " + tightest + " pages were left");
    }

    /// Keys as long as can be, of which each divides two leaves and stands in a branch as a whole.
    @Test
    void longKeysAndLargeEntriesStayBelowIt() {
        Random random = new Random(12);
        MergeRig rig = new MergeRig(4096, LeafPage.inlineLimit(4096));
        for (int round = 0; round < 12; round++) {
            java.util.TreeMap<byte[], Operation> operations = new java.util.TreeMap<>(Arrays::compareUnsigned);
            for (int i = 0; i < 400; i++) {
                byte[] key = new byte[1_024];
                key[1_022] = (byte) random.nextInt(40);
                key[1_023] = (byte) random.nextInt();
                operations.put(key, Operation.put(key, new byte[random.nextInt(3) == 0 ? 0 : 950]));
            }
            apply(rig, operations.values());
        }
    }

    /// Values that are just too long for a leaf: each takes a page of 32 KiB.
    @Test
    void valuesThatSpillEarlyStayBelowIt() {
        for (int pageSize = 4096; pageSize <= 32 << 10; pageSize *= 2) {
            MergeRig rig = new MergeRig(pageSize, 1024);
            List<Operation> operations = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                operations.add(Operation.put("%04d".formatted(i).getBytes(), new byte[1_020]));
            }
            apply(rig, operations);
        }
    }

    /// Two values fill a leaf to what a merge aims at, and a key between them parts them: half a leaf more each time,
    /// for next to nothing that is new.
    @Test
    void smallEntriesBetweenLargeOnesStayBelowIt() {
        for (int valueBytes = 1_850; valueBytes < 1_950; valueBytes += 2) {
            MergeRig rig = new MergeRig(4096, LeafPage.inlineLimit(4096));
            List<Operation> large = new ArrayList<>();
            List<Operation> small = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                large.add(Operation.put("%04d".formatted(i).getBytes(), new byte[valueBytes]));
                if (i % 2 == 0) {
                    small.add(Operation.put("%04d+".formatted(i).getBytes(), new byte[0]));
                }
            }
            apply(rig, large);
            apply(rig, small);
        }
    }

    /// The merges of several buffers, each bounded by what the tree was before the first of them.
    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void mergesBehindMergesStayBelowIt(@ForAll long seed) {
        for (int i = 0; i < SCALE; i++) {
            Random random = new Random(seed + i);
            int pageSize = random.nextInt(4) == 0 ? 4096 << random.nextInt(4) : 4096;
            int inlineLimit = random.nextInt(3) == 0 ? 1024 : LeafPage.inlineLimit(pageSize);
            MergeRig rig = new MergeRig(pageSize, inlineLimit);
            RandomBatches batches = new RandomBatches(random, rig, 1500);
            for (int round = 0; round < 5; round++) {
                MergeBound.Tree found = found(rig);
                for (int merge = 0; merge < 4; merge++) {
                    found = apply(rig, batches.next(random.nextBoolean() ? 1500 : 4), found);
                }
            }
        }
    }

    /// What large entries filled is parted by small ones, which are parted again.
    @Test
    void leavesThatArePartedAgainAndAgainStayBelowIt() {
        for (int valueBytes = 900; valueBytes < 1_950; valueBytes += 50) {
            MergeRig rig = new MergeRig(4096, LeafPage.inlineLimit(4096));
            List<Operation> large = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                large.add(Operation.put("%04d".formatted(i).getBytes(), new byte[valueBytes]));
            }
            apply(rig, large);
            MergeBound.Tree found = found(rig);
            for (String suffix : List.of("-", "+", "/", "=")) {
                List<Operation> small = new ArrayList<>();
                for (int i = 0; i < 400; i += 1 + suffix.hashCode() % 3) {
                    small.add(Operation.put((("%04d".formatted(i)) + suffix).getBytes(), new byte[valueBytes / 3]));
                }
                found = apply(rig, small, found);
            }
        }
    }

    private static MergeBound.Tree found(MergeRig rig) {
        long pages = rig.root == 0
                ? 0
                : rig.tree.levels.stream().mapToLong(List::size).sum();
        return new MergeBound.Tree(pages, 0, 0, rig.level);
    }

    private void apply(MergeRig rig, Collection<Operation> operations) {
        apply(rig, operations, found(rig));
    }

    /// @return what a merge finds that comes behind this one
    private MergeBound.Tree apply(MergeRig rig, Collection<Operation> operations, MergeBound.Tree found) {
        int pageSize = rig.store.pageSize();
        int inlineLimit = rig.store.inlineLimit();
        long bytes = 0;
        long runs = 0;
        for (Operation operation : operations) {
            boolean put = operation.kind() == MergeSource.PUT;
            int valueLength = put ? operation.value().length : 16;
            bytes += 24 + operation.key().length + valueLength;
            int size = LeafPage.ENTRY_HEADER_BYTES + operation.key().length + valueLength;
            runs += put && size > inlineLimit ? OverflowRun.pages(operation.key().length, valueLength, pageSize) : 0;
        }
        MergeResult result = rig.apply(operations);
        long written = result.leafPages() + result.branchPages() + runs;
        long bound = MergeBound.pages(operations.size(), bytes, found, 1, inlineLimit, pageSize);
        assertTrue(
                written <= bound,
                () -> written + " pages for " + operations.size() + " operations on " + found + ", bound " + bound);
        tightest = Math.min(tightest, bound - written);
        return new MergeBound.Tree(
                found.contentPages() + MergeBound.content(bytes, inlineLimit, pageSize),
                found.operations() + operations.size(),
                found.merges() + 1,
                found.rootLevel());
    }

    /// Each window writes the tree once more at the most, and finds leaves that the one before has parted.
    @Test
    void moreWindowsAreMoreMerges() {
        long one = MergeBound.pages(1_000_000, 1 << 20, new MergeBound.Tree(1_000, 0, 0, 2), 1, 2_000, 4096);
        long three = MergeBound.pages(1_000_000, 1 << 20, new MergeBound.Tree(1_000, 0, 0, 2), 3, 2_000, 4096);
        assertEquals(4 * (1_000 + 257), one, 8);
        assertEquals(3 * one + 2 * 8 * (1_000 + 257), three, 16);
    }

    /// However many merges there are before, the content counts once.
    @Test
    void mergesBeforeDoNotMultiplyTheTree() {
        MergeBound.Tree first = new MergeBound.Tree(300_000, 0, 0, 3);
        MergeBound.Tree third = new MergeBound.Tree(300_000 + 2 * 14_337, 900_000, 2, 3);
        assertTrue(MergeBound.pages(450_000, 56 << 20, first, 1, 2_000, 4096) < 1_300_000);
        assertTrue(MergeBound.pages(450_000, 56 << 20, third, 1, 2_000, 4096) < 2_300_000);
    }

    /// One operation raises the root once, however many windows there are: deletes have to get by with the reserve.
    @Test
    void manyViewsDoNotMultiplyWhatADeleteMayTake() {
        MergeBound.Tree tree = new MergeBound.Tree(300_000, 0, 0, 3);
        assertEquals(MergeBound.pages(1, 40, tree, 1, 2_000, 4096), MergeBound.pages(1, 40, tree, 64, 2_000, 4096));
    }
}

package io.treering.internal.freelist;

import static io.treering.internal.freelist.StoredSpace.LAYOUT;
import static io.treering.internal.freelist.StoredSpace.PAGE_SIZE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CorruptionException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpaceMapTest {
    private static final int FIRST = LAYOUT.slotsEnd(0);

    private final SpaceMap space = SpaceMap.create("test", PAGE_SIZE, 200);

    /// As many pages as that, however many extents it takes.
    static int[] allocate(MergeSpace merge, int pages) {
        int[] taken = new int[pages];
        for (int i = 0; i < pages; ) {
            long extent = merge.allocateExtent(pages - i);
            for (int j = 0; j < SpaceMap.extentPages(extent); j++) {
                taken[i++] = SpaceMap.extentStart(extent) + j;
            }
        }
        return taken;
    }

    @Test
    void aNewStoreHasOnlyReservedPages() {
        assertEquals(FIRST, space.livePages());
        assertEquals(200 - FIRST, space.freePages());
        assertTrue(space.isLive(0));
        assertTrue(space.isLive(FIRST - 1));
        assertFalse(space.isLive(FIRST));
        assertEquals(FIRST, space.leastFilePages());
        assertThrows(IllegalArgumentException.class, () -> SpaceMap.create("test", PAGE_SIZE, FIRST - 1));
        assertEquals(FIRST, SpaceMap.create("test", PAGE_SIZE, FIRST).livePages());
    }

    @Test
    void everyPageIsHandedOutOnce() {
        Set<Integer> taken = new HashSet<>();
        long extent;
        while ((extent = space.allocateExtent(5)) != 0) {
            for (int i = 0; i < SpaceMap.extentPages(extent); i++) {
                assertTrue(taken.add(SpaceMap.extentStart(extent) + i));
            }
        }
        assertEquals(200 - FIRST, taken.size());
        assertTrue(taken.stream().allMatch(page -> page >= FIRST && page < 200));
        assertEquals(0, space.freePages());
        assertEquals(-1, space.allocateRun(1));
    }

    @Test
    void extentsOfEightArePreferredToShorterOnes() {
        int run = space.allocateRun(200 - FIRST);
        assertEquals(FIRST, run);
        space.giveBack(FIRST, 3);
        space.giveBack(FIRST + 10, 7);
        space.giveBack(FIRST + 50, 9);
        long extent = space.allocateExtent(100);
        assertEquals(FIRST + 50, SpaceMap.extentStart(extent));
        assertEquals(9, SpaceMap.extentPages(extent));
        assertEquals(
                10, SpaceMap.extentPages(space.allocateExtent(100)) + SpaceMap.extentPages(space.allocateExtent(100)));
        assertEquals(0, space.allocateExtent(100));
    }

    @Test
    void extentsComeFromBelowThePreferredEndAsLongAsThereIsAny() {
        space.allocateRun(200 - FIRST);
        space.giveBack(FIRST + 10, 1);
        space.giveBack(FIRST + 18, 4);
        space.giveBack(FIRST + 60, 30);
        space.preferBelow(FIRST + 20);
        Set<Integer> taken = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            long extent = space.allocateExtent(100);
            for (int j = 0; j < SpaceMap.extentPages(extent); j++) {
                assertTrue(taken.add(SpaceMap.extentStart(extent) + j));
            }
        }
        assertTrue(taken.containsAll(Set.of(FIRST + 10, FIRST + 18, FIRST + 19)), taken::toString);
        assertTrue(taken.stream().allMatch(page -> page < FIRST + 22), taken::toString);
        assertEquals(FIRST + 60, SpaceMap.extentStart(space.allocateExtent(20)));
        space.preferBelow(Integer.MAX_VALUE);
        space.giveBack(FIRST + 10, 1);
        assertEquals(FIRST + 80, SpaceMap.extentStart(space.allocateExtent(10)));
    }

    @Test
    void whatWasSearchedForInVainIsFoundOnceItIsFree() {
        space.allocateRun(200 - FIRST);
        space.preferBelow(FIRST + 20);
        space.giveBack(FIRST + 50, 1);
        assertEquals(FIRST + 50, SpaceMap.extentStart(space.allocateExtent(20)));
        for (int i = 60; i < 80; i += 2) {
            space.giveBack(FIRST + i, 1);
        }
        assertEquals(1, SpaceMap.extentPages(space.allocateExtent(20)));
        space.giveBack(FIRST + 100, 9);
        assertEquals(FIRST + 100, SpaceMap.extentStart(space.allocateExtent(20)));
        assertEquals(1, SpaceMap.extentPages(space.allocateExtent(20)));
        space.giveBack(FIRST + 10, 1);
        assertEquals(FIRST + 10, SpaceMap.extentStart(space.allocateExtent(20)));
        space.preferBelow(FIRST + 75);
        assertTrue(SpaceMap.extentStart(space.allocateExtent(20)) < FIRST + 75);
        int end = space.filePages();
        space.grow(LAYOUT.atLeast(end + 50));
        assertTrue(SpaceMap.extentStart(space.allocateExtent(20)) < FIRST + 75);
        space.preferBelow(Integer.MAX_VALUE);
        assertTrue(SpaceMap.extentStart(space.allocateExtent(20)) >= end);
    }

    @Test
    void newPagesAtTheFilesEndAreFoundAtOnce() {
        space.allocateRun(200 - FIRST);
        space.giveBack(FIRST + 50, 1);
        space.giveBack(FIRST + 52, 1);
        assertEquals(FIRST + 50, SpaceMap.extentStart(space.allocateExtent(20)));
        space.grow(LAYOUT.atLeast(250));
        assertEquals(20, SpaceMap.extentPages(space.allocateExtent(20)));
    }

    @Test
    void anExtentIsNoLongerThanAskedFor() {
        assertEquals(1, SpaceMap.extentPages(space.allocateExtent(1)));
        assertEquals(40, SpaceMap.extentPages(space.allocateExtent(40)));
        assertThrows(IllegalArgumentException.class, () -> space.allocateExtent(0));
    }

    @Test
    void extentsFollowOneAnotherThroughTheFile() {
        int first = SpaceMap.extentStart(space.allocateExtent(20));
        int second = SpaceMap.extentStart(space.allocateExtent(20));
        space.giveBack(first, 20);
        int third = SpaceMap.extentStart(space.allocateExtent(20));
        assertEquals(first + 20, second);
        assertEquals(second + 20, third);
    }

    @Test
    void aRunIsContiguousAndAsLowAsPossible() {
        int run = space.allocateRun(30);
        int next = space.allocateRun(30);
        assertEquals(FIRST, run);
        assertEquals(FIRST + 30, next);
        space.giveBack(run, 30);
        assertEquals(FIRST + 60, space.allocateRun(31));
        assertEquals(FIRST, space.allocateRun(30));
        assertEquals(-1, space.allocateRun(200));
    }

    @Test
    void aRunThatWasNotThereIsFoundOnceItIs() {
        space.allocateRun(200 - FIRST);
        for (int page = FIRST + 1; page < 190; page += 2) {
            space.giveBack(page, 1);
        }
        assertEquals(-1, space.allocateRun(9));
        assertEquals(1, SpaceMap.extentPages(space.allocateExtent(9)));
        for (int page = FIRST + 30; page < FIRST + 40; page += 2) {
            space.giveBack(page, 1);
        }
        assertEquals(FIRST + 29, space.allocateRun(9));
    }

    @Test
    void aRunMayCrossRegionsButNotSlots() {
        int region = LAYOUT.regionPages();
        SpaceMap large = SpaceMap.create("test", PAGE_SIZE, region * 20);
        assertEquals(FIRST, large.allocateRun(region - FIRST - 5));
        int run = large.allocateRun(region * 3);
        assertEquals(region - 5, run);
        int gigabyte = (1 << 30) / PAGE_SIZE + 1;
        int value = large.allocateRun(gigabyte);
        assertEquals(run + region * 3, value);
        // What is left of the first group is less than what is free in all.
        assertEquals(-1, large.allocateRun(region * 10));
        int second = large.allocateRun(region * 3);
        int rest = (int) LAYOUT.groupPages() - (value + gigabyte);
        assertEquals(rest >= region * 3 ? value + gigabyte : LAYOUT.slotsEnd(1), second);
        assertEquals(region * 20L, large.freePages() + large.livePages() + large.detachedPages());
    }

    @Test
    void whatAMergeTakesIsLiveOnlyWhenItCompletes() {
        MergeSpace merge = space.beginMerge(2);
        int[] taken = allocate(merge, 10);
        assertFalse(space.isLive(taken[0]));
        assertEquals(10, space.detachedPages());
        merge.complete();
        assertTrue(space.isLive(taken[9]));
        assertEquals(FIRST + 10, space.livePages());
        assertThrows(IllegalStateException.class, merge::complete);
        assertThrows(IllegalStateException.class, () -> merge.allocateExtent(1));
    }

    @Test
    void anAbandonedMergeLeavesNothingBehind() {
        MergeSpace first = space.beginMerge(2);
        int[] taken = allocate(first, 10);
        first.complete();
        MergeSpace second = space.beginMerge(3);
        allocate(second, 5);
        second.allocateRun(7);
        second.unused(taken[9] + 1, 1);
        second.free(taken[0], 4, 2);
        second.abandon();
        assertTrue(space.isLive(taken[0]));
        assertEquals(FIRST + 10, space.livePages());
        assertEquals(0, space.gatedPages());
        assertEquals(0, space.detachedPages());
        MergeSpace third = space.beginMerge(4);
        third.free(taken[0], 4, 2);
        third.complete();
        assertEquals(4, space.gatedPages());
    }

    @Test
    void pagesThatAMergeDidNotWriteAreFreeAgain() {
        MergeSpace merge = space.beginMerge(2);
        long extent = merge.allocateExtent(20);
        merge.unused(SpaceMap.extentStart(extent) + 15, 5);
        merge.complete();
        assertEquals(FIRST + 15, space.livePages());
        assertEquals(200 - FIRST - 15, space.freePages());
        assertTrue(space.isFree(SpaceMap.extentStart(extent) + 15));
    }

    @Test
    void freedPagesWaitForOlderTrees() {
        MergeSpace first = space.beginMerge(2);
        int[] taken = allocate(first, 10);
        first.complete();
        MergeSpace second = space.beginMerge(3);
        second.free(taken[0], 10, 2);
        second.complete();
        space.releaseUnneeded(new long[] {2, 3}, 0);
        assertEquals(10, space.gatedPages());
        assertFalse(space.isFree(taken[0]));
        space.releaseUnneeded(new long[] {3}, 0);
        assertEquals(0, space.gatedPages());
        assertTrue(space.isFree(taken[0]));
    }

    @Test
    void aPageCannotBeFreedTwiceNorByAStranger() {
        MergeSpace first = space.beginMerge(2);
        int[] taken = allocate(first, 2);
        first.complete();
        MergeSpace second = space.beginMerge(3);
        second.free(taken[0], 1, 2);
        assertThrows(CorruptionException.class, () -> second.free(taken[0], 1, 2));
        assertThrows(CorruptionException.class, () -> second.free(taken[0], 2, 2));
        assertThrows(CorruptionException.class, () -> second.free(199, 1, 2));
        assertThrows(CorruptionException.class, () -> second.free(0, 1, 2));
        assertThrows(CorruptionException.class, () -> second.free(FIRST - 1, 1, 2));
        assertThrows(CorruptionException.class, () -> second.free(-1, 1, 2));
        assertThrows(CorruptionException.class, () -> second.free(200, 1, 2));
        assertThrows(CorruptionException.class, () -> second.free(taken[0], Integer.MAX_VALUE, 2));
        assertThrows(CorruptionException.class, () -> second.free(taken[0], 0, 2));
        assertThrows(CorruptionException.class, () -> second.free(taken[1], 1, 0));
        assertThrows(CorruptionException.class, () -> second.free(taken[1], 1, 4));
        second.free(taken[1], 1, 2);
        assertThrows(IllegalStateException.class, () -> space.beginMerge(4));
        second.complete();
        MergeSpace third = space.beginMerge(4);
        CorruptionException thrown = assertThrows(CorruptionException.class, () -> third.free(taken[0], 1, 2));
        assertEquals(taken[0], thrown.page());
    }

    @Test
    void aLargeValuesRunIsAdoptedOrDiscardedByAMerge() {
        int kept = space.allocateRun(5);
        int overwritten = space.allocateRun(6);
        int returned = space.allocateRun(7);
        space.giveBack(returned, 7);
        assertEquals(11, space.detachedPages());
        MergeSpace merge = space.beginMerge(4);
        merge.adopt(kept, 5);
        merge.discard(overwritten, 6, 3);
        assertThrows(IllegalArgumentException.class, () -> merge.discard(overwritten, 6, 3));
        merge.complete();
        assertEquals(FIRST + 5, space.livePages());
        assertEquals(6, space.gatedPages());
        assertEquals(0, space.detachedPages());
        space.releaseUnneeded(new long[] {3, 4}, 0);
        assertEquals(6, space.gatedPages());
        space.releaseUnneeded(new long[] {2, 4}, 0);
        assertTrue(space.isFree(overwritten));
        assertThrows(IllegalArgumentException.class, () -> space.giveBack(kept, 5));
        assertThrows(IllegalArgumentException.class, () -> space.giveBack(overwritten, 6));
    }

    @Test
    void aDiscardedRunOfUnknownBirthWaitsForEveryOlderTreeOnly() {
        int run = space.allocateRun(3);
        MergeSpace merge = space.beginMerge(4);
        merge.discard(run, 3, 0);
        merge.complete();
        space.releaseUnneeded(new long[] {1, 4}, 0);
        assertEquals(3, space.gatedPages());
        space.releaseUnneeded(new long[] {4}, 0);
        assertEquals(0, space.gatedPages());
    }

    /// With pages that the durable root reaches, and others that came behind it; of neither the birth is known.
    @Test
    void aFreedRunWaitsForTheDurableRootOnlyIfThatReachesIt() {
        try (StoredSpace store = new StoredSpace()) {
            int old = space.allocateRun(5);
            MergeSpace before = space.beginMerge(2);
            before.adopt(old, 5);
            before.complete();
            store.commit(space, 2);
            int adopted = space.allocateRun(3);
            int discarded = space.allocateRun(4);
            MergeSpace behind = space.beginMerge(3);
            behind.adopt(adopted, 3);
            int laidOut = behind.allocateRun(2);
            behind.complete();
            MergeSpace last = space.beginMerge(4);
            last.freeRun(old, 5);
            last.freeRun(adopted, 3);
            last.freeRun(laidOut, 2);
            last.discard(discarded, 4, 0);
            assertThrows(CorruptionException.class, () -> last.freeRun(adopted, 3));
            last.complete();
            assertEquals(14, space.gatedPages());
            space.releaseUnneeded(new long[] {3, 4}, 2);
            assertEquals(14, space.gatedPages());
            space.releaseUnneeded(new long[] {4}, 2);
            assertEquals(5, space.gatedPages());
            assertFalse(space.isFree(old));
            assertTrue(space.isFree(adopted) && space.isFree(laidOut) && space.isFree(discarded));
            store.commit(space, 4);
            space.releaseUnneeded(new long[] {4}, 4);
            assertTrue(space.isFree(old));
        }
    }

    @Test
    void whatACommitMadeDurableWaitsForIt() {
        try (StoredSpace store = new StoredSpace()) {
            int run = space.allocateRun(5);
            MergeSpace before = space.beginMerge(2);
            before.adopt(run, 5);
            before.complete();
            SpaceCommit failed = space.prepareCommit(2);
            store.write(failed);
            failed.abandoned();
            store.commit(space, 2);
            MergeSpace abandoned = space.beginMerge(3);
            abandoned.freeRun(run, 5);
            abandoned.abandon();
            MergeSpace last = space.beginMerge(4);
            last.freeRun(run, 5);
            last.complete();
            space.releaseUnneeded(new long[] {4}, 2);
            assertEquals(5, space.gatedPages());
        }
    }

    @Test
    void aReplayClaimsOnlyFreePages() {
        assertTrue(space.claim(150, 10));
        assertFalse(space.claim(159, 1));
        assertFalse(space.claim(149, 2));
        assertFalse(space.claim(199, 2));
        assertFalse(space.claim(0, 1));
        assertFalse(space.claim(-5, 1));
        assertFalse(space.claim(FIRST - 1, 1));
        assertFalse(space.claim(190, 0));
        assertFalse(space.claim(190, Integer.MAX_VALUE));
        assertTrue(space.claim(160, 40));
        assertEquals(50, space.detachedPages());
    }

    @Test
    void growingAddsFreePagesAndNewSlots() {
        int region = LAYOUT.regionPages();
        int group = (int) LAYOUT.groupPages();
        assertThrows(IllegalArgumentException.class, () -> space.grow(group + 1));
        assertThrows(IllegalArgumentException.class, () -> space.grow(199));
        space.grow(region + 1);
        assertEquals(FIRST, space.livePages());
        assertEquals(region + 1 - FIRST, space.freePages());
        space.grow(group + 32);
        assertEquals(FIRST + 32, space.livePages());
        assertFalse(space.isFree(group + 31));
        space.grow(group + 40);
        assertTrue(space.isFree(group + 39));
        assertEquals(group + 40L, space.freePages() + space.livePages());
    }

    @Test
    void shrinkingGivesUpTheFreeTail() {
        int group = (int) LAYOUT.groupPages();
        space.grow(group + 100);
        MergeSpace merge = space.beginMerge(2);
        assertTrue(space.claim(group + 50, 1));
        merge.adopt(group + 50, 1);
        merge.complete();
        assertEquals(group + 51, space.leastFilePages());
        assertThrows(IllegalArgumentException.class, () -> space.shrink(group + 50));
        assertThrows(IllegalArgumentException.class, () -> space.shrink(group + 101));
        space.shrink(group + 60);
        MergeSpace freeing = space.beginMerge(3);
        freeing.free(group + 50, 1, 2);
        freeing.complete();
        assertEquals(group + 51, space.leastFilePages());
        space.releaseUnneeded(new long[] {3}, 0);
        // The slots of a group go with its last page.
        assertEquals(FIRST, space.leastFilePages());
        space.shrink(FIRST + 1);
        assertEquals(FIRST, space.livePages());
        assertEquals(1, space.freePages());
        assertFalse(space.isFree(FIRST + 1));
        assertFalse(space.isLive(group));
        space.grow(group + 100);
        assertEquals(FIRST + 32, space.livePages());
        assertEquals(group + 100L, space.freePages() + space.livePages());
    }

    @Test
    void aRunIsReservedBelowALimitOrNotAtAll() {
        int first = space.reserveRun(20);
        assertTrue(space.claim(first + 30, 1));
        long free = space.freePages();
        assertEquals(-1, space.reserveRunBelow(20, first + 31));
        assertEquals(-1, space.reserveRunBelow(1000, 200));
        assertEquals(free, space.freePages());
        assertEquals(first + 20, space.reserveRunBelow(10, first + 21));
        assertTrue(space.isLive(first + 29));
        assertThrows(IllegalArgumentException.class, () -> space.reserveRunBelow(0, 200));
    }

    @Test
    void theLogsRegionIsLiveAtOnceAndSurvives() {
        try (StoredSpace store = new StoredSpace()) {
            int log = space.reserveRun(64);
            store.commit(space, 1);
            SpaceMap opened = store.open();
            assertTrue(opened.isLive(log) && opened.isLive(log + 63));
            assertEquals(-1, space.reserveRun(1000));
        }
    }
}

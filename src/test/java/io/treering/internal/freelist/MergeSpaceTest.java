package io.treering.internal.freelist;

import static io.treering.internal.freelist.StoredSpace.LAYOUT;
import static io.treering.internal.freelist.StoredSpace.PAGE_SIZE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CorruptionException;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What a merge may do to the account of pages, and what the account says meanwhile.
final class MergeSpaceTest {
    private static final int FIRST = LAYOUT.slotsEnd(0);
    private static final int FILE_PAGES = 200;

    private final SpaceMap space = SpaceMap.create("test", PAGE_SIZE, FILE_PAGES);

    @Test
    void nothingCanBeDoneWithAMergeThatHasEnded() {
        List<Consumer<MergeSpace>> calls = List.of(
                merge -> merge.allocateExtent(1),
                merge -> merge.allocateRun(1),
                merge -> merge.unused(FIRST, 1),
                merge -> merge.unused(FIRST, 0),
                merge -> merge.adopt(FIRST, 1),
                merge -> merge.free(FIRST, 1, 1),
                merge -> merge.freeRun(FIRST, 1),
                merge -> merge.discard(FIRST, 1, 1),
                MergeSpace::complete,
                MergeSpace::abandon);
        MergeSpace completed = space.beginMerge(2);
        completed.complete();
        MergeSpace abandoned = space.beginMerge(3);
        abandoned.abandon();
        for (Consumer<MergeSpace> call : calls) {
            assertThrows(IllegalStateException.class, () -> call.accept(completed));
            assertThrows(IllegalStateException.class, () -> call.accept(abandoned));
        }
        assertEquals(FILE_PAGES - FIRST, space.freePages());
        assertEquals(FIRST, space.livePages());
    }

    @Test
    void onlyARunThatIsInNoTreeIsAdoptedOrDiscarded() {
        int run = space.allocateRun(4);
        MergeSpace merge = space.beginMerge(2);
        assertThrows(IllegalArgumentException.class, () -> merge.adopt(run + 4, 1));
        assertThrows(IllegalArgumentException.class, () -> merge.discard(run + 4, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> merge.adopt(run - 1, 2));
        merge.adopt(run, 2);
        merge.discard(run + 2, 2, 1);
        assertThrows(IllegalArgumentException.class, () -> merge.discard(run + 2, 1, 1));
        merge.complete();
        assertTrue(space.isLiveRun(run, 2));
        assertFalse(space.isLive(run + 2));
        assertEquals(2, space.gatedPages());
        MergeSpace next = space.beginMerge(3);
        assertThrows(IllegalArgumentException.class, () -> next.adopt(run, 2));
        assertThrows(IllegalArgumentException.class, () -> next.discard(run, 2, 1));
    }

    /// Page 0 is the meta block's, whatever the size of a page.
    @Test
    void pagesThatTheFileDoesNotHaveAreDamage() {
        MergeSpace merge = space.beginMerge(2);
        assertThrows(CorruptionException.class, () -> merge.free(0, 1, 1));
        assertThrows(CorruptionException.class, () -> merge.free(FIRST, 0, 1));
        assertThrows(CorruptionException.class, () -> merge.free(FILE_PAGES, 1, 1));
        assertThrows(CorruptionException.class, () -> merge.free(FILE_PAGES - 1, 2, 1));
        assertThrows(CorruptionException.class, () -> merge.free(1, Integer.MAX_VALUE, 1));
        int last = space.allocateRun(FILE_PAGES - FIRST) + FILE_PAGES - FIRST - 1;
        merge.adopt(last, 1);
        merge.complete();
        MergeSpace next = space.beginMerge(3);
        next.free(last, 1, 2);
        next.complete();
        assertEquals(1, space.gatedPages());
    }

    @Test
    void aPageThatIsUsedAgainCanBeFreedAgain() {
        int page = -1;
        for (long generation = 2; generation < 8; generation += 2) {
            MergeSpace writing = space.beginMerge(generation);
            int taken = writing.allocateRun(1);
            assertTrue(page < 0 || page == taken);
            page = taken;
            writing.complete();
            MergeSpace freeing = space.beginMerge(generation + 1);
            freeing.free(page, 1, generation);
            freeing.complete();
            space.releaseUnneeded(new long[] {generation + 1}, generation + 1);
            assertTrue(space.isFree(page));
        }
    }

    @Test
    void whatAMergeTakesIsCountedUntilItEnds() {
        assertEquals(0, space.mergingPages());
        MergeSpace merge = space.beginMerge(2);
        assertEquals(0, space.mergingPages());
        merge.allocateRun(3);
        long extent = merge.allocateExtent(5);
        assertEquals(8, space.mergingPages());
        merge.unused(SpaceMap.extentStart(extent) + 1, SpaceMap.extentPages(extent) - 1);
        merge.complete();
        assertEquals(0, space.mergingPages());
        assertEquals(FIRST + 4, space.livePages());
        assertTrue(space.isLive(SpaceMap.extentStart(extent)));
        assertFalse(space.isLive(SpaceMap.extentStart(extent) + 1));
        assertTrue(space.isFree(SpaceMap.extentStart(extent) + 1));
    }

    @Test
    void aRunThatDoesNotFitTakesNothing() {
        MergeSpace merge = space.beginMerge(2);
        assertEquals(-1, merge.allocateRun(FILE_PAGES));
        assertEquals(0, space.mergingPages());
        assertEquals(FILE_PAGES - FIRST, SpaceMap.extentPages(merge.allocateExtent(FILE_PAGES)));
        assertEquals(0, merge.allocateExtent(1));
        assertEquals(FILE_PAGES - FIRST, space.mergingPages());
    }

    @Test
    void aLogNamesOnlyPagesOfTheFile() {
        assertFalse(space.claim(0, 1));
        assertFalse(space.claim(FIRST, 0));
        assertFalse(space.claim(FILE_PAGES - 1, 2));
        assertFalse(space.claim(FILE_PAGES, 1));
        assertFalse(space.claim(FIRST, Integer.MAX_VALUE));
        assertFalse(space.claim(FIRST - 1, 2));
        assertTrue(space.claim(FILE_PAGES - 1, 1));
        assertFalse(space.claim(FILE_PAGES - 1, 1));
        assertTrue(space.claim(FIRST, FILE_PAGES - FIRST - 1));
    }

    /// Four bits a page, in whole regions, and two integers for each of these; 16 bytes for each run behind the gate.
    @Test
    void theHeapThatItTakesIsKnown() {
        long region = LAYOUT.regionPages();
        long fixed = 4 * region / Byte.SIZE + 2L * Integer.BYTES;
        assertEquals(fixed, space.heapBytes());
        SpaceMap larger = SpaceMap.create("test", PAGE_SIZE, (int) (3 * region));
        assertEquals(3 * fixed, larger.heapBytes());
        MergeSpace writing = space.beginMerge(2);
        int first = writing.allocateRun(17);
        writing.complete();
        MergeSpace freeing = space.beginMerge(3);
        for (int i = 0; i < 17; i++) {
            freeing.free(first + i, 1, 2);
        }
        freeing.complete();
        assertEquals(fixed + 32 * 16, space.heapBytes());
    }

    @Test
    void aFileMayStayAsLargeAsItIs() {
        space.grow(FILE_PAGES);
        space.shrink(FILE_PAGES);
        assertEquals(FILE_PAGES, space.filePages());
        int run = space.allocateRun(50);
        assertThrows(IllegalArgumentException.class, () -> space.grow(FILE_PAGES - 1));
        assertThrows(IllegalArgumentException.class, () -> space.shrink(run + 49));
        assertThrows(IllegalArgumentException.class, () -> space.shrink(FILE_PAGES + 1));
        space.shrink(run + 50);
        assertEquals(run + 50, space.filePages());
        assertEquals(0, space.freePages());
    }

    @Test
    void whatAMergeFreesIsMissingInTheNextCommit() {
        try (StoredSpace stored = new StoredSpace()) {
            MergeSpace writing = space.beginMerge(2);
            int first = writing.allocateRun(3);
            writing.complete();
            stored.commit(space, 2);
            SpaceCommit nothing = space.prepareCommit(3);
            assertEquals(0, nothing.pages());
            assertEquals(space.livePages(), nothing.livePages());
            nothing.abandoned();
            MergeSpace freeing = space.beginMerge(4);
            freeing.free(first + 1, 1, 2);
            freeing.complete();
            stored.commit(space, 4);
            SpaceMap found = stored.open();
            assertTrue(found.isLive(first));
            assertFalse(found.isLive(first + 1));
            assertTrue(found.isLive(first + 2));
            assertEquals(space.livePages(), found.livePages());
        }
    }
}

package io.treering.internal.freelist;

import static io.treering.internal.freelist.SpaceMapTest.allocate;
import static io.treering.internal.freelist.StoredSpace.LAYOUT;
import static io.treering.internal.freelist.StoredSpace.PAGE_SIZE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.SlotReference;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a commit writes of the account of pages, and what is left to the next one when it is abandoned.
final class SpaceCommitTest {
    private final SpaceMap space = SpaceMap.create("test", PAGE_SIZE, 200);

    @Test
    void aCommitWritesOnlyWhatHasChanged() {
        int region = LAYOUT.regionPages();
        assertEquals(
                6,
                SpaceMap.create("test", PAGE_SIZE, region * 5).prepareCommit(1).pages());
        try (StoredSpace store = new StoredSpace()) {
            SpaceMap large = SpaceMap.create("test", PAGE_SIZE, region * 5);
            store.commit(large, 1);
            SpaceCommit nothing = large.prepareCommit(1);
            assertEquals(0, nothing.pages());
            assertThrows(IllegalStateException.class, () -> large.prepareCommit(1));
            nothing.abandoned();
            MergeSpace merge = large.beginMerge(2);
            assertTrue(large.claim(region * 3 + 7, 1));
            merge.adopt(region * 3 + 7, 1);
            merge.complete();
            SpaceCommit commit = large.prepareCommit(2);
            assertEquals(2, commit.pages());
            store.write(commit);
            commit.committed();
            assertThrows(IllegalStateException.class, commit::committed);
        }
    }

    @Test
    void summariesAreKnownOnlyWhenAllImagesAre() {
        SpaceCommit commit = space.prepareCommit(1);
        assertThrows(IllegalStateException.class, commit::summaries);
    }

    @Test
    void anAbandonedCommitIsWrittenByTheNext() {
        try (StoredSpace store = new StoredSpace()) {
            store.commit(space, 1);
            MergeSpace merge = space.beginMerge(2);
            allocate(merge, 5);
            merge.complete();
            SpaceCommit abandoned = space.prepareCommit(2);
            List<SlotReference> lost = store.write(abandoned);
            abandoned.abandoned();
            store.commit(space, 2);
            assertEquals(lost.get(0).slot(), store.summaries.get(0).slot());
            assertEquals(StoredSpace.live(space), StoredSpace.live(store.open()));
        }
    }

    /// The file was cut off for the commit that failed, and stays so.
    @Test
    void anAbandonedCommitForgetsRegionsThatAreNoMore() {
        int group = (int) LAYOUT.groupPages();
        try (StoredSpace store = new StoredSpace()) {
            space.grow(group + 100);
            store.commit(space, 1);
            MergeSpace merge = space.beginMerge(2);
            assertTrue(space.claim(group + 50, 1));
            merge.adopt(group + 50, 1);
            merge.complete();
            SpaceCommit abandoned = space.prepareCommit(2);
            store.write(abandoned);
            MergeSpace freeing = space.beginMerge(3);
            freeing.free(group + 50, 1, 2);
            freeing.complete();
            space.releaseUnneeded(new long[] {3}, 3);
            space.shrink(300);
            abandoned.abandoned();
            store.commit(space, 3);
            assertEquals(300, store.filePages);
            assertEquals(StoredSpace.live(space), StoredSpace.live(store.open()));
        }
    }

    @Test
    void slotsOfARegionThatWentAndCameBackAreSparedUntilTheCommit() {
        int group = (int) LAYOUT.groupPages();
        try (StoredSpace store = new StoredSpace()) {
            space.grow(group + 100);
            store.commit(space, 1);
            BitSet before = StoredSpace.live(space);
            space.shrink(300);
            space.grow(group + 50);
            MergeSpace merge = space.beginMerge(2);
            allocate(merge, 200);
            merge.complete();
            SpaceCommit commit = space.prepareCommit(2);
            List<SlotReference> next = store.write(commit);
            assertEquals(before, StoredSpace.live(store.open()));
            commit.committed();
            assertEquals(StoredSpace.live(space), StoredSpace.live(store.open(group + 50, next)));
        }
    }
}

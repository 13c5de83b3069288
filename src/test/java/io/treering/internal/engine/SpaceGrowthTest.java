package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.NoSpaceException;
import io.treering.device.MemoryBlockDevice;
import io.treering.internal.freelist.MergeSpace;
import io.treering.internal.freelist.SpaceMap;
import io.treering.testing.ForwardingDevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// By how much the file grows.
final class SpaceGrowthTest {
    private static final int PAGE_SIZE = 4096;
    private static final int PAGES = 20_000;
    private static final int MEBIBYTE_OF_PAGES = (1 << 20) / PAGE_SIZE;

    private final LimitedDevice device = new LimitedDevice();
    private final SpaceMap map = SpaceMap.create("test", PAGE_SIZE, PAGES);
    private final Space space = SpaceRig.over(device, map, PAGE_SIZE, 0);
    private MergeSpace merge = space.beginMerge(2, true);

    /// A device that says how much room it has, whatever that is worth.
    private static final class LimitedDevice extends ForwardingDevice {
        long room = Long.MAX_VALUE;
        boolean isFull;
        int growths;

        LimitedDevice() {
            super(MemoryBlockDevice.create());
        }

        @Override
        public long roomToGrow() {
            return room;
        }

        @Override
        public void grow(long size) {
            growths++;
            if (isFull) {
                throw new NoSpaceException("full");
            }
            super.grow(size);
        }
    }

    @AfterEach
    void close() {
        device.close();
    }

    /// Takes all pages but each `step`th one, and begins a merge in such a file.
    private void leaveFreeOneIn(int step) {
        int first = map.allocateRun((int) map.freePages());
        for (int page = first; page < PAGES; page += step) {
            map.giveBack(page, 1);
        }
        merge.abandon();
        merge = space.beginMerge(3, true);
    }

    private int extentPages() {
        return SpaceMap.extentPages(space.allocateExtent(merge, 64));
    }

    @Test
    void aFullFileGrowsByAnEighth() {
        map.allocateRun((int) map.freePages());
        space.allocateExtent(merge, 1);
        assertEquals(map.layout().atLeast(PAGES + PAGES / 8), map.filePages());
    }

    /// Half of it is free, but nowhere 70 pages in a row.
    @Test
    void aFileWhoseFreePagesAreScatteredGrowsByLittleForARun() {
        int first = map.allocateRun((int) map.freePages());
        for (int page = first; page < PAGES; page += 128) {
            map.giveBack(page, Math.min(64, PAGES - page));
        }
        int run = space.allocateRun(merge, 70);
        assertTrue(run >= PAGES - 70, "page " + run);
        assertEquals(map.layout().atLeast(PAGES + MEBIBYTE_OF_PAGES), map.filePages());
        assertEquals(run + 70, space.allocateRun(merge, 70));
    }

    @Test
    void aFileGrowsBeforeItsSinglePagesAreTaken() {
        leaveFreeOneIn(10);
        assertEquals(1, extentPages());
        long extent = space.allocateExtent(merge, 64);
        assertEquals(PAGES, SpaceMap.extentStart(extent));
        assertEquals(64, SpaceMap.extentPages(extent));
        assertEquals(map.layout().atLeast(PAGES + PAGES / 8), map.filePages());
    }

    @Test
    void aFileOfWhichAFifthIsFreeDoesNot() {
        leaveFreeOneIn(4);
        for (int i = 0; i < 3; i++) {
            assertEquals(1, extentPages());
        }
        assertEquals(PAGES, map.filePages());
    }

    @Test
    void norDoesOneOnADeviceWithLittleRoom() {
        leaveFreeOneIn(10);
        device.room = (long) PAGES * PAGE_SIZE - 1;
        for (int i = 0; i < 3; i++) {
            assertEquals(1, extentPages());
        }
        assertEquals(0, device.growths);
    }

    @Test
    void aDeviceThatRefusesIsNotAskedForEachPage() {
        leaveFreeOneIn(10);
        device.isFull = true;
        for (int i = 0; i < 5; i++) {
            assertEquals(1, extentPages());
        }
        assertEquals(1, device.growths);
        assertEquals(PAGES, map.filePages());
    }

    /// A merge needs the pages that it replaces until it is committed, and the next one will need as many.
    @Test
    void whatTheLastCommitNeededIsNotTooMuch() {
        int first = map.allocateRun((int) map.freePages());
        space.prepareCommit(2, commit -> {}).abandoned();
        map.giveBack(first, PAGES * 2 / 3);
        assertFalse(space.isMostlyFree());
        space.prepareCommit(3, commit -> {}).abandoned();
        assertTrue(space.isMostlyFree());
    }
}

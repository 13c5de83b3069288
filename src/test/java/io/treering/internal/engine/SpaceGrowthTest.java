package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.MemoryBlockDevice;
import io.treering.internal.freelist.MergeSpace;
import io.treering.internal.freelist.SpaceMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// By how much the file grows.
final class SpaceGrowthTest {
    private static final int PAGE_SIZE = 4096;
    private static final int PAGES = 20_000;
    private static final int MEBIBYTE_OF_PAGES = (1 << 20) / PAGE_SIZE;

    private final MemoryBlockDevice device = MemoryBlockDevice.create();
    private final SpaceMap map = SpaceMap.create("test", PAGE_SIZE, PAGES);
    private final Space space = SpaceRig.over(device, map, PAGE_SIZE, 0);
    private final MergeSpace merge = space.beginMerge(2, true);

    @AfterEach
    void close() {
        device.close();
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
}

package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.PartitionConfig;
import io.treering.WalMode;
import io.treering.device.MemoryBlockDevice;
import io.treering.internal.freelist.SpaceMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Where a log far up in a file of free pages goes.
final class LogPlacementTest {
    private static final int PAGE_SIZE = 4096;
    private static final int PAGES = 20_000;
    private static final int LOG_PAGES = 64;

    private final MemoryBlockDevice device = MemoryBlockDevice.create();
    private final SpaceMap map = SpaceMap.create("test", PAGE_SIZE, PAGES);

    @AfterEach
    void close() {
        device.close();
    }

    private LogPosition place(LogPosition position) {
        return place(SpaceRig.over(device, map, PAGE_SIZE, LOG_PAGES), position);
    }

    private static LogPosition place(Space space, LogPosition position) {
        PartitionConfig config = PartitionConfig.builder()
                .walMode(WalMode.SYNC)
                .walSize(LOG_PAGES * PAGE_SIZE)
                .build();
        return new LogPlacement("test", space, config, PAGE_SIZE).place(position);
    }

    /// Takes every page whose number is a multiple of `distance`, up to 6,000.
    private int takeEvery(int distance) {
        for (int page = distance; page < 6_000; page += distance) {
            assertTrue(map.claim(page, 1));
        }
        assertTrue(map.claim(6_000, LOG_PAGES));
        return 6_000;
    }

    @Test
    void aLogThatHinderedTheFileFromBeingCutOffMovesDown() {
        int first = takeEvery(2 * LOG_PAGES);
        LogPosition moved = place(new LogPosition(3, 8192, first, LOG_PAGES));
        assertTrue(moved.firstPage() < 1_000, moved::toString);
        assertEquals(new LogPosition(3, 8192, moved.firstPage(), LOG_PAGES), moved);
        assertTrue(map.isLive(moved.firstPage()) && map.isLive(moved.firstPage() + LOG_PAGES - 1));
    }

    @Test
    void whereTheFreePagesFurtherDownAreScatteredItStays() {
        int first = takeEvery(LOG_PAGES);
        long free = map.freePages();
        LogPosition where = new LogPosition(3, 8192, first, LOG_PAGES);
        assertEquals(where, place(where));
        assertEquals(free, map.freePages());
    }

    @Test
    void aLogFurtherDownThanTheCutStays() {
        assertTrue(map.claim(100, LOG_PAGES));
        LogPosition where = new LogPosition(3, 8192, 100, LOG_PAGES);
        assertEquals(where, place(where));
    }

    /// What is taken does not depend on where the log lies, and so neither does the cut.
    @Test
    void aLogThatEndsRightBeforeTheCutStaysAndOneAPageFurtherUpMoves() {
        Space space = SpaceRig.over(device, map, PAGE_SIZE, LOG_PAGES);
        int anywhere = map.allocateRun(LOG_PAGES);
        int end = space.worthwhileEnd();
        map.giveBack(anywhere, LOG_PAGES);
        assertTrue(map.claim(end - LOG_PAGES + 1, LOG_PAGES));
        assertEquals(end, space.worthwhileEnd());
        LogPosition before = new LogPosition(3, 8192, end - LOG_PAGES, LOG_PAGES);
        assertEquals(before, place(space, before));
        LogPosition behind = new LogPosition(3, 8192, end - LOG_PAGES + 1, LOG_PAGES);
        assertTrue(place(space, behind).firstPage() < end - LOG_PAGES + 1);
    }
}

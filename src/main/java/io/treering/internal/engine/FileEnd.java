package io.treering.internal.engine;

import io.treering.internal.freelist.SpaceMap;

/// Where the file could end, and when it is worth the work to have it end there. Used under the lock of [Space].
final class FileEnd {
    /// Fewer free pages at the file's end than this are kept for the next merge.
    private static final long SMALLEST_SHRINK = 4 << 20;

    private final SpaceMap map;
    private final Promises promises;
    private final int pageSize;

    FileEnd(SpaceMap map, Promises promises, int pageSize) {
        this.map = map;
        this.promises = promises;
        this.pageSize = pageSize;
    }

    /// Where the file could end if its pages were moved together, or -1 if that is not worth the work: at most a third
    /// of the file is free.
    int worthwhile() {
        return isLargerByPart(2) ? together() : -1;
    }

    /// Where merges should take their pages below, or -1 if they may take any: at most a quarter of the file is free.
    /// Earlier than [#worthwhile], because what is written over moves for nothing.
    int preferred() {
        return isLargerByPart(3) ? together() : -1;
    }

    /// Whether the file is larger than what is used by more than a half (2), a third (3) of it.
    private boolean isLargerByPart(int part) {
        long used = pagesWithUse();
        return map.filePages() > used + used / part + SMALLEST_SHRINK / pageSize;
    }

    private int together() {
        long used = pagesWithUse();
        return map.layout().atLeast((int) (used + used / 8 + SMALLEST_SHRINK / 2 / pageSize));
    }

    /// Whether more than half of the file is free.
    boolean isFarOff() {
        return map.filePages() > 2 * pagesWithUse() + SMALLEST_SHRINK / pageSize;
    }

    /// Pages that hold something, or are kept for something.
    private long pagesWithUse() {
        return map.livePages() + map.gatedPages() + map.detachedPages() + promises.kept();
    }

    /// Whether so much is free behind the last page in use that it is worth cutting off.
    boolean isWorthCutting() {
        long spare = (long) (map.filePages() - map.leastFilePages()) * pageSize;
        long gain = (map.filePages() - behindLastUse()) * pageSize;
        return gain >= SMALLEST_SHRINK / 2 && spare >= Math.max(SMALLEST_SHRINK, (long) map.filePages() * pageSize / 4);
    }

    /// Where the file would end behind what is used and what is kept.
    long behindLastUse() {
        return map.leastFilePages() + Math.max(SMALLEST_SHRINK / 2 / pageSize, promises.kept());
    }
}

package io.treering.internal.engine;

import io.treering.internal.freelist.SpaceMap;

/// Where the file could end, and when it is worth the work to have it end there. Used under the lock of [Space].
final class FileEnd {
    /// Fewer free pages at the file's end than this are kept for the next merge.
    private static final long SMALLEST_SHRINK = 4 << 20;

    private final SpaceMap map;
    private final Promises promises;
    private final int pageSize;

    /// Pages in use when the last commit began: its merges had taken theirs, and what they freed was not free yet.
    private long usedByLastCommit;

    FileEnd(SpaceMap map, Promises promises, int pageSize) {
        this.map = map;
        this.promises = promises;
        this.pageSize = pageSize;
    }

    /// Where the file could end if its pages were moved together, or -1 if that is not worth the work: at most a third
    /// of the file is free.
    int worthwhile() {
        return isLargerByPart(2, pagesWithUse()) ? together() : -1;
    }

    /// Where merges should take their pages below, or -1 if they may take any: the file is larger by at most a third
    /// than what writing needs. Earlier than [#worthwhile], because what is written over moves for nothing.
    int preferred() {
        return isLargerByPart(3, pagesForWriting()) ? together() : -1;
    }

    /// By how many pages the file may grow so that merges find long extents: up to a quarter more than writing needs,
    /// which is less than [#preferred] minds.
    long growthForLength() {
        long used = pagesForWriting();
        return used + used / 4 - map.filePages();
    }

    /// Whether the file is larger than what is used by more than a half (2), a third (3) of it.
    private boolean isLargerByPart(int part, long used) {
        return map.filePages() > used + used / part + SMALLEST_SHRINK / pageSize;
    }

    private int together() {
        long used = pagesWithUse();
        return map.layout().atLeast((int) (used + used / 8 + SMALLEST_SHRINK / 2 / pageSize));
    }

    /// Whether the file is larger than twice what writing needs.
    boolean isFarOff() {
        return isLargerByPart(1, pagesForWriting());
    }

    /// Notes what writing needs, as long as it goes on as before.
    void commitBegins() {
        usedByLastCommit = map.filePages() - map.freePages();
    }

    /// Pages that hold something or did so at the last commit. A merge writes all its pages before it frees any.
    private long pagesForWriting() {
        return Math.max(pagesWithUse(), usedByLastCommit + promises.kept());
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

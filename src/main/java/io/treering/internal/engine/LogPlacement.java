package io.treering.internal.engine;

import io.treering.NoSpaceException;
import io.treering.PartitionConfig;
import io.treering.WalMode;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.SpaceLayout;

/// Where the log shall lie from this opening on. Asked when the log is empty behind a recovery, so that it can be
/// anywhere: its region is taken anew when the settings ask for another size, or when it lies so far up that the file
/// could not be cut off behind what is in use; without a log there is none.
///
/// A new region is reserved, a commit names it and frees the old one, and only behind that commit is the old one used
/// for anything else. A region is one run of pages, so it is never larger than the file's layout lets a run be.
final class LogPlacement {
    private final String name;
    private final Space space;
    private final int wantedPages;

    LogPlacement(String name, Space space, PartitionConfig config, int pageSize) {
        this.name = name;
        this.space = space;
        this.wantedPages = config.walMode() == WalMode.NONE
                ? 0
                : (int) Math.min(
                        Bytes.roundUp(config.walSize(), pageSize) / pageSize, new SpaceLayout(pageSize).longestRun());
    }

    /// The position of the same log in the region that it shall have, which is reserved on return.
    ///
    /// @throws NoSpaceException if there is no room for a region and there was none before
    LogPosition place(LogPosition position) {
        if (wantedPages == 0) {
            return position.in(0, 0);
        }
        if (position.pages() == wantedPages) {
            return moveDown(position);
        }
        try {
            return position.in(space.reserveRun(wantedPages), wantedPages);
        } catch (NoSpaceException e) {
            if (position.pages() == 0) {
                throw e;
            }
            System.getLogger("io.treering")
                    .log(
                            System.Logger.Level.WARNING,
                            name + " keeps its write-ahead log of " + position.pages()
                                    + " pages: there is no room for one of " + wantedPages,
                            e);
            return position;
        }
    }

    private LogPosition moveDown(LogPosition position) {
        int end = space.worthwhileEnd();
        if (end < 0 || position.firstPage() + position.pages() <= end) {
            return position;
        }
        int lower = space.reserveRunBelow(wantedPages, position.firstPage());
        return lower < 0 ? position : position.in(lower, wantedPages);
    }
}

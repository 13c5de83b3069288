package io.treering.internal.wal;

import io.treering.device.BlockDevice;
import java.lang.foreign.MemorySegment;

/// Writes zeros ahead of the log on its first lap.
///
/// A file system that has allocated blocks but never written them notes, when they are first written and synced, that
/// they are in use: one more write, and a slower sync, for each group. So zeros go a mebibyte ahead, with the group
/// that gets there, and only that group pays. On later laps the blocks are in use already.
///
/// Nothing of value is overwritten: on the first lap there is nothing behind the log's end but what a recovery has
/// discarded.
final class ZeroAhead {
    /// Bytes of the zeros in memory.
    static final int BYTES = 256 << 10;

    private static final long AHEAD = 1 << 20;

    private final BlockDevice device;
    private final WalRegion region;
    private final MemorySegment zeros;

    /// Whether they are zeros yet: only a log on its first lap needs them.
    private boolean blank;

    /// Up to here the region has been written to.
    private long written;

    ZeroAhead(BlockDevice device, WalRegion region, MemorySegment zeros, long startLsn) {
        this.device = device;
        this.region = region;
        this.zeros = zeros;
        this.written = startLsn;
    }

    /// Before the sync of the group that ends at `endLsn`.
    void follow(long endLsn) {
        if (endLsn <= written || endLsn >= region.bytes()) {
            return;
        }
        if (!blank) {
            zeros.fill((byte) 0);
            blank = true;
        }
        written = Math.min(endLsn + AHEAD, region.bytes());
        for (long at = endLsn; at < written; at += BYTES) {
            device.write(region.position(at), zeros.asSlice(0, Math.min(BYTES, written - at)));
        }
    }
}

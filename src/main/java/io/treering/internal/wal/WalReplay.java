package io.treering.internal.wal;

import io.treering.device.BlockDevice;
import java.lang.foreign.MemorySegment;

/// Reads the log back.
public final class WalReplay {
    static final int WINDOWS = 2;

    /// Where a replay ended.
    ///
    /// @param endLsn where the log ends; the next epoch's records may start here
    /// @param lastSequence of the last operation that is applied or need not be
    /// @param operations how many were applied
    public record Result(long endLsn, long lastSequence, long operations) {}

    private WalReplay() {}

    static long windowBytes(WalRegion region) {
        return 2L * region.recordBytes();
    }

    /// Replays what the log holds beyond the tree.
    ///
    /// @param memory [WalRegion#memoryBytes()] of native memory
    /// @param headLsn where to start, as the meta block says
    /// @param epoch the only epoch whose records count
    /// @param afterSequence operations up to it are in the tree
    /// @throws io.treering.CorruptionException if something is lost that had been durable
    public static Result run(
            BlockDevice device,
            WalRegion region,
            MemorySegment memory,
            long headLsn,
            long epoch,
            long afterSequence,
            ReplayHandler handler) {
        throw new UnsupportedOperationException();
    }
}

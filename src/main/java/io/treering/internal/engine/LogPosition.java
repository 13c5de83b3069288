package io.treering.internal.engine;

import io.treering.internal.format.Meta;

/// What a meta block says about the log.
///
/// @param epoch the epoch of the records that count
/// @param lsn where a replay starts
/// @param firstPage first page of the log's region, 0 if there is none
/// @param pages pages of the region
record LogPosition(long epoch, long lsn, int firstPage, int pages) {
    static LogPosition of(Meta meta) {
        return new LogPosition(meta.walEpoch(), meta.walHead(), meta.walFirstPage(), meta.walPages());
    }

    /// The same log in another region.
    LogPosition in(int newFirstPage, int newPages) {
        return new LogPosition(epoch, lsn, newFirstPage, newPages);
    }

    LogPosition at(long newLsn) {
        return new LogPosition(epoch, newLsn, firstPage, pages);
    }
}

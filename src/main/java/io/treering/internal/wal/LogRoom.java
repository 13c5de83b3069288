package io.treering.internal.wal;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.WalRecord;
import java.util.concurrent.atomic.AtomicLong;

/// What of the region is in use, from the head to the end of the log, and whether something more fits behind it.
///
/// The end is moved by the appending thread, the head by whoever commits; any thread may ask.
final class LogRoom {
    private final WalRegion region;
    private final int alignment;
    private final int recordBytes;

    /// Where the next record would start.
    private final AtomicLong end;

    private final AtomicLong head;

    LogRoom(WalRegion region, int alignment, int recordBytes, long startLsn) {
        this.region = region;
        this.alignment = alignment;
        this.recordBytes = recordBytes;
        this.end = new AtomicLong(startLsn);
        this.head = new AtomicLong(startLsn);
    }

    long endLsn() {
        return end.getAcquire();
    }

    void moveEnd(long lsn) {
        end.setRelease(lsn);
    }

    void moveHead(long lsn) {
        if (lsn > end.get()) {
            throw new IllegalArgumentException("head " + lsn + " is behind the log's end at " + end.get());
        }
        head.accumulateAndGet(lsn, Math::max);
    }

    long usedBytes() {
        return end.getAcquire() - head.getAcquire();
    }

    boolean isFor(int operations, long keyAndValueBytes) {
        return usedBytes() + region.mostBytes(operations, keyAndValueBytes, alignment) <= region.bytes();
    }

    boolean couldBeFor(int operations, long keyAndValueBytes) {
        return region.mostBytes(operations, keyAndValueBytes, alignment) <= region.bytes();
    }

    /// Refuses an operation for which there is no room. By the appending thread.
    ///
    /// @param size bytes of the operation
    void ensureFor(int size) {
        if (usedBytes() + size + WalRecord.BYTES + alignment + recordBytes > region.bytes()) {
            ensureExactly(size);
        }
    }

    /// The exact bound: the record that has to be begun at worst, and the rest of the region if it does not fit there.
    private void ensureExactly(int size) {
        long length = Bytes.roundUp(WalRecord.BYTES + size, alignment);
        long remaining = region.remaining(end.getPlain());
        long most = length > remaining ? length + remaining : length;
        if (usedBytes() + most > region.bytes()) {
            throw new IllegalStateException("The log has no room for " + size + " bytes: " + usedBytes() + " of "
                    + region.bytes() + " are in use");
        }
    }
}

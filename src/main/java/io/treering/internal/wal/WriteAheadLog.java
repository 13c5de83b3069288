package io.treering.internal.wal;

import io.treering.device.BlockDevice;
import java.lang.foreign.MemorySegment;

/// The log that is being written.
public final class WriteAheadLog {
    static final int ZEROS_BYTES = 256 << 10;

    private WriteAheadLog() {}

    /// Starts an epoch. Head and end of the log are `startLsn`: what was before it is in the committed tree, with this
    /// epoch and this head in the same commit.
    ///
    /// @param memory [WalRegion#memoryBytes()] of native memory, 4,096-aligned, the log's own until [#close()]
    /// @param epoch never used before in the life of the store
    /// @param startLsn where the replay ended
    /// @param lastSequence the sequence of the last write before this log's first
    public static WriteAheadLog open(
            BlockDevice device,
            WalRegion region,
            MemorySegment memory,
            long epoch,
            long startLsn,
            long lastSequence,
            GroupTiming timing,
            Parking parking) {
        throw new UnsupportedOperationException();
    }

    /// Whether that many operations, with that many bytes of keys and values in all, are sure to fit, as one batch or
    /// one by one. Asked by the writer before it appends; what then has no room is an [IllegalStateException].
    public boolean hasRoom(int operations, long keyAndValueBytes) {
        throw new UnsupportedOperationException();
    }

    /// As [#hasRoom], if the log were empty: what does not fit then never will.
    public boolean couldHaveRoom(int operations, long keyAndValueBytes) {
        throw new UnsupportedOperationException();
    }

    /// The greatest sum of a key's and a value's lengths.
    public int longestKeyAndValue() {
        throw new UnsupportedOperationException();
    }

    /// Adds an operation to the pending group.
    ///
    /// @param kind 1 to 3
    /// @param sequence one more than the operation before it
    /// @return what to [#commit]
    public long append(int kind, byte[] key, int keyLength, byte[] value, int valueLength, long sequence) {
        throw new UnsupportedOperationException();
    }

    /// Adds an operation with a value in native memory.
    public long append(int kind, byte[] key, int keyLength, MemorySegment value, long sequence) {
        throw new UnsupportedOperationException();
    }

    /// What is appended from here to [#endBatch()] is replayed as a whole or not at all. Whoever cannot go on until
    /// there calls [#abandonBatch]; else all who wait for the log would wait for ever.
    public void beginBatch() {
        throw new UnsupportedOperationException();
    }

    /// @return what to [#commit]
    public long endBatch() {
        throw new UnsupportedOperationException();
    }

    /// The batch cannot be completed: the log fails with the cause.
    public void abandonBatch(Throwable cause) {
        throw new UnsupportedOperationException();
    }

    /// Ends the record that is being filled.
    ///
    /// @return where the next record will start: the head to commit together with everything that was appended so far
    public long cut() {
        throw new UnsupportedOperationException();
    }

    /// Returns once what was appended up to `lsn` is durable.
    ///
    /// @throws RuntimeException the first failure of a write or sync of this log
    public void commit(long lsn) {
        throw new UnsupportedOperationException();
    }

    /// Returns once everything that was appended is durable, apart from a batch that has not ended.
    public void sync() {
        throw new UnsupportedOperationException();
    }

    /// How many nanoseconds from `now` until somebody should call [#sync()]: 0 or less when it is due, `Long.MAX_VALUE`
    /// when nothing is pending.
    public long nanosUntilDue(long now) {
        throw new UnsupportedOperationException();
    }

    /// The log is durable up to here.
    public long durableLsn() {
        throw new UnsupportedOperationException();
    }

    /// Every operation up to this sequence is durable; never inside a batch.
    public long durableSequence() {
        throw new UnsupportedOperationException();
    }

    /// The region before `lsn` may be overwritten, because a durable meta block names `lsn` or something behind it as
    /// the head.
    public void advanceHead(long lsn) {
        throw new UnsupportedOperationException();
    }

    /// Bytes of the region between the head and what was appended last.
    public long usedBytes() {
        throw new UnsupportedOperationException();
    }

    /// Bytes of the region.
    public long capacity() {
        throw new UnsupportedOperationException();
    }

    /// Refuses what is new and waits for the group in flight; what is pending is dropped, and who waits for it gets a
    /// [io.treering.ClosedException]. On return nothing uses the memory or the device any more. Idempotent.
    public void close() {
        throw new UnsupportedOperationException();
    }
}

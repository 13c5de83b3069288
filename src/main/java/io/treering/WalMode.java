package io.treering;

/// What survives a crash of the process or of the machine: whether writes go into a write-ahead log, and when that log
/// is synced.
///
/// Whatever the mode, a crash at any instant leaves a whole, readable store, a [WriteBatch] is there as a whole or not
/// at all, and what survives is never older than the last [Partition#flush()] or [Partition#sync()]. Any mode opens
/// any store; a log that is there is replayed first. A close flushes, so that the mode makes no difference to it
/// (unless the commit mode is [CommitMode#EXPLICIT]).
public enum WalMode {
    /// No log. The last [Partition#flush()], or a merge after it, survives a crash. The fastest.
    NONE,

    /// Writes are logged and the log is synced in the background: when the oldest unsynced write is 10 ms old, or when
    /// 1 MiB of them have come together, whichever is first ([PartitionConfig.Builder#batchedInterval],
    /// [PartitionConfig.Builder#batchedBytes]). A crash loses at most the newest of them: what survives is a prefix of
    /// the acknowledged writes, in their order. The default.
    BATCHED,

    /// A write returns, and is seen by readers, once it is durable. Threads that write at the same time share a sync.
    SYNC
}

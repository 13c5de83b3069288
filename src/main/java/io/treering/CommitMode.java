package io.treering;

/// When the store on the device moves on from one state to the next.
public enum CommitMode {
    /// With every merge of a write buffer, on [Partition#flush()], on [Partition#sync()] where there is no write-ahead
    /// log, and when the partition is closed. The default.
    AUTOMATIC,

    /// Only on [Partition#flush()], and on [Partition#sync()], which is the same in this mode. After a crash, and after
    /// a [Partition#close()] without a flush before it, the store is exactly what the last flush saw, however much was
    /// written and merged since.
    ///
    /// This is for callers who keep a log of their own, such as stream processors, and repeat it from the last flush.
    /// It goes with [WalMode#NONE] only; any other mode is refused when the configuration is built. While
    /// no views are open, the file is bounded by three versions of the tree, however many merges there are between two
    /// flushes.
    ///
    /// On a full device nothing is committed unasked either: what deletes free is held for the state of the last flush,
    /// so after a number of them they throw a [NoSpaceException] until the next flush, which works and makes room.
    EXPLICIT
}

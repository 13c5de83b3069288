package io.treering;

import io.treering.internal.engine.EngineSnapshot;

/// A partition as it was at one moment, whatever is written afterwards.
///
/// Taking a snapshot costs about as much as a method call, whatever the size of the store, and writes nothing. It sees
/// every write that was acknowledged before [Partition#snapshot()] was called, a [WriteBatch] as a whole or not at
/// all.
///
/// While a snapshot is open, the pages that it needs are not reused, so that the file grows with what is overwritten
/// meanwhile; [PartitionStats#openViews()] and [PartitionStats#oldestViewAge()] show what is being held. One that is
/// collected without having been closed is closed then, with a warning in the log. A snapshot does not survive its
/// partition: once that is closed, every read throws a [ClosedException].
///
/// Merges cost more, too. A write buffer that was being filled when the snapshot was taken is merged in two passes if
/// the snapshot is still open then: up to its moment, and from there on. Each further moment within the buffer that an
/// open snapshot, scan or cursor shows takes one more pass, and a leaf that several passes change is written by each of
/// them. So many views that are opened one after the other and kept open slow down writers.
///
/// **Threads.** Any number.
public sealed interface Snapshot extends KeyValueReader, AutoCloseable permits EngineSnapshot {
    /// The number of the last write that the snapshot sees. Each put and delete, those of a batch one by one, takes
    /// the next number; numbers rise over the whole life of a store, and some may be left out.
    ///
    /// @return a sequence number, 0 for a store that was never written to
    long sequence();

    /// Lets go of the pages that the snapshot held. Does nothing the second time. Its open scans and cursors stay
    /// usable until they are closed themselves.
    @Override
    void close();
}

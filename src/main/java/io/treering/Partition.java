package io.treering;

import io.treering.device.BlockDevice;
import io.treering.internal.engine.PartitionEngine;
import java.nio.file.Path;

/// A store: an ordered set of keys with a value each, in one directory, with one process that writes and any number of
/// threads that read and write.
///
/// ```java
/// try (Partition db = Partition.open(Path.of("data"))) {
///     db.put(key, value);
///     byte[] found = db.get(key);
/// }
/// ```
///
/// **What a write promises.** When a put, delete or [#write] returns, every read that begins afterwards sees it, on
/// every thread. Writes are seen in their order, and a batch as a whole. When they survive a crash depends on
/// [PartitionConfig.Builder#walMode]; at the latest it is when a [#flush()] or [#sync()] that began after them
/// returns. A crash at any instant, of the process or the machine, leaves a store that opens and is whole.
///
/// **What a write costs.** It goes into a write buffer in memory. When the buffer is full it is merged into the tree
/// in the background while writes go on into the next one; as long as keys come in ascending order, that begins when an
/// eighth of it is full. Writers that are faster than the merges are slowed down by degrees, so that few of them ever
/// have to wait for one.
///
/// A write does wait where pauses do not do: until a merge has ended when all three write buffers are full, until one
/// is committed when the write-ahead log is full, and until all that is buffered is merged when there might be no room
/// left on the device, for merges may free some. A value above 64 KiB, less where write buffer or log are small, is
/// written to the device before its put returns.
///
/// **What can go wrong with a write.** Besides what is said at each method, every put, delete, [#write], [#flush()]
/// and [#sync()] may throw
///
/// * [ClosedException]: the partition is closed;
/// * [UnsupportedOperationException]: the partition was opened to be read only;
/// * [IllegalArgumentException]: a key, a value or a batch is over its limit, see [KeyValueWriter]; nothing has
///   changed;
/// * [NoSpaceException]: the device is full, or what is left might not do for merging the write. Nothing of the write
///   is kept, nothing that was acknowledged is lost, reads go on, and deletes find room, for some is kept for them;
///   [NoSpaceException] says how far that goes. What was acknowledged finds room when it is flushed, too, unless
///   others have taken more than 64 MiB of the device meanwhile, or many views were opened;
/// * [PoisonedException]: this or an earlier write to the device failed, so that it is unknown what the device holds.
///   Reads go on, every further write is refused with the first failure as its cause, and reopening the partition
///   finds out what has survived. A write that throws this may or may not be there afterwards; one that began after
///   another had thrown it is not.
///
/// Reads throw what [KeyValueReader] says.
///
/// **Threads.** Any number of threads may call anything at any time, virtual threads included. Reads never wait for
/// writes, but for what [KeyValueReader] says of opening scans and cursors. Writes take turns. An interrupt neither
/// ends nor harms a call: it completes, and the status stays set.
///
/// **Memory.** Page cache, write buffers and what is needed to keep book of them lie outside the Java heap:
/// [PartitionStats#memoryBytes()] says how much there is. They are allocated when the partition is opened or grows,
/// and freed when it is closed. What the system refuses of it is an [OutOfMemoryError] that says how much was asked
/// for: an opening or a write that throws this leaves nothing behind and may be tried again. Where it hits the merges
/// or the log in the background, it is a failure like others, and writes throw a [PoisonedException].
///
/// **Files.** The directory belongs to the partition. Files in it are readable and writable for their owner only.
public sealed interface Partition extends Keyspace, AutoCloseable permits PartitionEngine {
    /// Opens the store in a directory with the default settings; makes store, directory and its parents where they are
    /// missing.
    ///
    /// @param directory the store's directory
    /// @return the partition, to be closed
    /// @throws LockedException if the store is open already, here or in another process
    /// @throws CorruptionException if the store is damaged where it matters for opening it
    /// @throws UnsupportedFormatException if a later release has written it
    /// @throws IllegalArgumentException if the directory is not of the default file system; or as the other method says
    /// @throws IoFailureException if the device failed, or the directory cannot be made or read
    /// @throws NoSpaceException if there is no room for a new store, or none any more for merging what the write-ahead
    ///     log holds; nothing is lost then
    static Partition open(Path directory) {
        return open(directory, PartitionConfig.defaults());
    }

    /// Opens the store in a directory.
    ///
    /// What was in the write-ahead log is replayed first, so that opening after a crash takes time in proportion to
    /// the log. A store that is still locked by a process that was killed a moment ago is waited for, some seconds at
    /// most.
    ///
    /// @param directory the store's directory
    /// @param config the settings; they belong to this opening, not to the store, but for
    ///     [PartitionConfig.Builder#pageSize]
    /// @return the partition, to be closed
    /// @throws LockedException if the store is open already, here or in another process
    /// @throws CorruptionException if the store is damaged where it matters for opening it: it says where and how.
    ///     Unless it was opened to be read only, a copy of a meta block may have been written again by then, and what
    ///     had been found committed; nothing else has been changed
    /// @throws UnsupportedFormatException if a later release has written it
    /// @throws UnsupportedOperationException if the backend that was asked for is not to be had; says why
    /// @throws IllegalArgumentException if the directory is not of the default file system, or the write-ahead log
    ///     holds a value that does not fit into a write buffer of the size that is set, because it was larger before
    ///     the crash; nothing is lost then
    /// @throws ClosedException if the event loop that is set has been closed, and the backend would use it
    /// @throws IoFailureException if the device failed, the directory cannot be made or read, or there is no store and
    ///     none was to be made
    /// @throws NoSpaceException if there is no room for a new store, or none any more for merging what the write-ahead
    ///     log holds; nothing is lost then
    static Partition open(Path directory, PartitionConfig config) {
        return PartitionEngine.open(directory, config);
    }

    /// Opens the store on a block device; makes one if the device's size is 0.
    ///
    /// @param device the device, which nobody else must use meanwhile; closed together with the partition, or at once
    ///     if opening fails
    /// @param config the settings; the backend and the event loop are the device's affair
    /// @return the partition, to be closed
    /// @throws CorruptionException if the store is damaged where it matters for opening it; what may have been changed,
    ///     the other method says
    /// @throws UnsupportedFormatException if a later release has written it
    /// @throws IllegalArgumentException if the device's blocks are larger than the store's pages, or the write-ahead
    ///     log holds a value that does not fit into a write buffer of the size that is set, because it was larger
    ///     before the crash; nothing is lost then
    /// @throws IoFailureException if the device failed, or there is no store and none was to be made
    /// @throws NoSpaceException if there is no room for a new store, or none any more for merging what the write-ahead
    ///     log holds; nothing is lost then
    static Partition open(BlockDevice device, PartitionConfig config) {
        return PartitionEngine.open(device, config);
    }

    /// A store in memory, empty at first and gone when it is closed: the same engine on a
    /// [io.treering.device.MemoryBlockDevice], for tests and for data that need not last.
    ///
    /// @param config the settings; the backend and the event loop are not used
    /// @return the partition, to be closed
    /// @throws IoFailureException if no store is to be made, by [PartitionConfig.Builder#readOnly] or
    ///     [PartitionConfig.Builder#createIfMissing]
    static Partition inMemory(PartitionConfig config) {
        return PartitionEngine.inMemory(config);
    }

    /// Carries out the operations of a batch in their order and as one: readers, snapshots and whoever opens the store
    /// after a crash see all of it or none.
    ///
    /// The batch is left as it is, and may be written again or cleared. An empty batch does nothing.
    ///
    /// @param batch the operations
    /// @throws IllegalArgumentException if a key or value in it is too long for this partition, or the batch does not
    ///     fit into one write buffer ([PartitionConfig.Builder#writeBufferSize]; an operation takes about 40 bytes
    ///     beside its key and value, 86 at least, and values that go to the device at once count 16 bytes), or not
    ///     into the write-ahead log ([PartitionConfig.Builder#walSize]); nothing has changed then
    void write(WriteBatch batch);

    /// Keeps the present for later reading, whatever is written meanwhile. Takes no time and writes nothing; what it
    /// costs while it is open, [Snapshot] says.
    ///
    /// @return a snapshot that sees every write that was acknowledged before the call; to be closed
    /// @throws ClosedException if the partition is closed
    Snapshot snapshot();

    /// Merges all that was written before the call into the tree and commits it: it is durable when this returns,
    /// whatever the WAL mode.
    ///
    /// With [CommitMode#EXPLICIT], this is the moment to which the store goes back after a crash.
    void flush();

    /// Makes every write that was acknowledged before the call durable: syncs the write-ahead log if there is one, and
    /// does what [#flush()] does if there is none.
    void sync();

    /// What goes on inside: sizes, counters, open views, and which I/O backend was chosen and why.
    ///
    /// @return the figures of this moment; each is right by itself, and they may be a few operations apart
    /// @throws ClosedException if the partition is closed
    PartitionStats stats();

    /// Reads every page of the tree, and every value outside its leaf, and checks everything that can be checked:
    /// checksums, structure, order of keys, and that every page is either reachable exactly once or free. Pages that
    /// were handed out and that the tree does not reach yet must belong to values that wait in a write buffer, or are
    /// being written just then; so a page that got lost is found while the store runs. Writes that go on meanwhile are
    /// never taken for that. In a partition that has failed, nobody looks for such pages: opening it again frees them.
    ///
    /// It looks at one state: the tree as the merges have left it, without what is in write buffers, and the account of
    /// pages that belongs to it, which is taken down between two merges. From there on it holds nothing up, and runs
    /// beside reads, writes and merges at the speed of the device. The pages of that state are kept for it meanwhile,
    /// as for a [Snapshot].
    ///
    /// Pages are read from the device, past the page cache: the report is about what is stored. Not read are the pages
    /// that hold the account of free space, the meta blocks, and the write-ahead log; an opening reads those. Damage is
    /// reported, not thrown.
    ///
    /// @return what was looked at and what is wrong
    /// @throws ClosedException if the partition is closed, even meanwhile
    CheckReport check();

    /// Closes the partition. New calls are refused, calls in progress are waited for, but for a [#check()], which ends
    /// early; open scans, cursors and snapshots become unusable.
    ///
    /// With [CommitMode#AUTOMATIC] everything is flushed first, as by [#flush()]. With [CommitMode#EXPLICIT] what was
    /// not flushed is discarded. A partition that refuses writes ([PoisonedException]) or may only be read is closed
    /// without a flush.
    ///
    /// Does nothing the second time, but for waiting until the first is done. Everything is released even if this
    /// throws.
    ///
    /// @throws IllegalStateException if called from within a [SliceReader] of this partition; it stays open then
    /// @throws NoSpaceException if others have taken the room that there was for what was not flushed, so that it is
    ///     not in the tree; it may be in the write-ahead log
    /// @throws PoisonedException if the flush or the last commit failed
    @Override
    void close();
}

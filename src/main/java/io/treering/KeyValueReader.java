package io.treering;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that can be asked of a [Partition] or of a [Snapshot].
///
/// **Keys** are byte strings, ordered byte by byte as unsigned numbers, the shorter one first on a tie. The empty key
/// is a key like any other. Keys that are asked for may have any length; one that is longer than a partition can store
/// is simply absent. Nothing that is handed in is kept or changed.
///
/// **What is seen.** A point read (`get`, `read`, `contains`) on a partition sees the newest write that was
/// acknowledged before the call. [#scan()], [#cursor()] and [#multiGet] see one moment, that of their call. On a
/// snapshot everything sees the snapshot's moment.
///
/// **A caller's buffer** holds the value when a `get` into it returns. The part of it behind the value, and all of it
/// if the key is absent or the call throws, may have been overwritten with other bytes: of a read that was repeated.
///
/// **Cost.** Gets take no lock and never wait for writers. One whose pages are in the page cache runs wholly on the
/// calling thread; if the value lies in its leaf, it allocates nothing with a caller's buffer, once it is warm.
///
/// Scans, cursors, snapshots, `read` and `multiGet` hold a view meanwhile, which is noted under a lock, for an instant.
/// So does a get that has to be repeated, and one of a value that lies outside its leaf (see
/// [PartitionConfig.Builder#inlineValueLimit]), unless it has been merged and all of it is in the page cache.
///
/// To open a scan or cursor sorts what was buffered since the last one was opened, under a lock of the write buffer: it
/// waits while another scan, or the merge of that buffer, is sorting. An open scan or cursor holds 256 KiB of memory
/// outside the Java heap, and a value that lies outside its leaf as much again while it is shown, or more if it is
/// longer. A `read` holds as much if the value is not merged yet, or lies outside its leaf. The pieces of 256 KiB are
/// used again, and freed when the partition is closed.
///
/// **Failures.** Whatever reads may throw
///
/// * [ClosedException]: the partition or snapshot is closed, perhaps by another thread, perhaps during the call;
/// * [CorruptionException]: a page on the way is damaged; nothing is ever answered from damaged bytes;
/// * [IoFailureException]: the device failed to read a page;
/// * [CacheExhaustedException]: every frame of the page cache is in use by open scans, cursors and readers.
///
/// All of them leave the partition as it was. Reads go on after a failed write ([PoisonedException]).
///
/// **Interrupts** neither end nor harm a call: it completes, and the status stays set.
///
/// **Threads.** Any number of threads may call anything at any time. What a call returns ([Scan], [Cursor]) is for one
/// thread at a time.
public sealed interface KeyValueReader permits Keyspace, Snapshot {
    /// The value of a key.
    ///
    /// @param key the key
    /// @return a new array with the value's bytes, or null if the key is absent
    byte @Nullable [] get(byte[] key);

    /// Copies the value of a key into an array, or as much of it as fits.
    ///
    /// @param key the key
    /// @param into where to copy the value to, from index 0 on; the rest of it may be overwritten, too
    /// @return the value's whole length, which is more than was copied if the array is shorter; -1 if the key is
    ///     absent
    int get(byte[] key, byte[] into);

    /// Copies the value of a key into a segment, or as much of it as fits.
    ///
    /// @param key the key: the whole segment
    /// @param into where to copy the value to, from its start on; the rest of it may be overwritten, too
    /// @return the value's whole length, which is more than was copied if the segment is shorter; -1 if the key is
    ///     absent
    /// @throws IllegalArgumentException if `into` is read-only
    /// @throws IllegalStateException if the arena of one of the segments is closed
    /// @throws WrongThreadException if one of the segments belongs to another thread
    int get(MemorySegment key, MemorySegment into);

    /// Copies the value of a key into a part of a segment, or as much of it as fits. For callers who keep many keys or
    /// values in one segment: no slices need to be made.
    ///
    /// @param key the segment that holds the key
    /// @param keyOffset where in it the key begins
    /// @param keyLength how many bytes the key has
    /// @param into where to copy the value to
    /// @param intoOffset where in it to begin
    /// @param intoLength how many bytes may be used at most, whatever the value's length; 0 asks for the length only
    /// @return the value's whole length, which is more than was copied if `intoLength` is less; -1 if the key is
    ///     absent
    /// @throws IndexOutOfBoundsException if one of the two ranges is not inside its segment
    /// @throws IllegalArgumentException if `into` is read-only
    /// @throws IllegalStateException if the arena of one of the segments is closed
    /// @throws WrongThreadException if one of the segments belongs to another thread
    int get(MemorySegment key, long keyOffset, int keyLength, MemorySegment into, long intoOffset, int intoLength);

    /// Has a value read without making an array of it. One that lies in a leaf is read where it lies; one that is in a
    /// write buffer, or outside its leaf, is copied first, as [Slice] says.
    ///
    /// The reader is called once if the key is present, and not at all if it is absent. Meanwhile the value is held in
    /// place, whatever is written or evicted: the reader never sees torn or changing bytes. It may block, read and
    /// write. For values up to about a kilobyte [#get(byte[],byte[])] is the faster way.
    ///
    /// ```java
    /// Message message = db.read(key, value -> Message.parse(value));
    /// ```
    ///
    /// @param <R> what the reader makes of the value
    /// @param <X> what the reader may throw
    /// @param key the key
    /// @param reader what to do with the value
    /// @return what the reader returned; null if the key is absent
    /// @throws X what the reader threw
    /// @throws IllegalStateException if the reader tries to close the partition
    <R extends @Nullable Object, X extends Exception> @Nullable R read(byte[] key, SliceReader<? extends R, X> reader)
            throws X;

    /// Whether a key is present. Cheaper than a `get` only where the value is large.
    ///
    /// @param key the key
    /// @return whether it has a value
    boolean contains(byte[] key);

    /// Whether a key is present.
    ///
    /// @param key the key: the whole segment
    /// @return whether it has a value
    /// @throws IllegalStateException if the segment's arena is closed
    /// @throws WrongThreadException if the segment belongs to another thread
    boolean contains(MemorySegment key);

    /// The values of many keys, all as of one moment.
    ///
    /// Pages that are not in the cache are read many at a time, which makes this far faster than one `get` after the
    /// other; from about eight keys on it is faster in the cache, too.
    ///
    /// @param keys the keys, in any order; a key may be there more than once
    /// @return the values in the order of the keys, with null for each that is absent; the caller's to change
    /// @throws NullPointerException if one of the keys is null
    List<byte @Nullable []> multiGet(List<byte[]> keys);

    /// All entries, in the order of their keys.
    ///
    /// @return a scan, to be closed
    Scan scan();

    /// The entries of a range, in the order of their keys.
    ///
    /// @param from the first key of the range, null for no bound; it need not be present
    /// @param to the first key past the range, null for no bound; if it is not above `from`, the range is empty
    /// @return a scan, to be closed
    Scan scan(byte @Nullable [] from, byte @Nullable [] to);

    /// The entries of a range, in its direction.
    ///
    /// @param range the range
    /// @return a scan, to be closed
    Scan scan(KeyRange range);

    /// A cursor over all entries, standing before the first.
    ///
    /// @return a cursor, to be closed
    Cursor cursor();
}

package io.treering;

import java.lang.foreign.MemorySegment;

/// What changes entries: a [Partition] at once, a [WriteBatch] when it is written.
///
/// Keys and values are copied before a call returns; the caller may change them afterwards. Until then they must not be
/// changed. If another thread does so nevertheless, it is undefined under which key, and with which value, the write is
/// kept; nothing else suffers.
///
/// **Limits.** A key has 0 to 1,024 bytes, in partitions with larger pages a quarter of the page size, up to 4,095. A
/// value has 0 to 1 GiB (1,073,741,824 bytes). What is longer is refused with an [IllegalArgumentException] that names
/// the limit and the length.
///
/// What the writes of a partition promise, and what can go wrong with them, is described there: [Partition].
public sealed interface KeyValueWriter permits Keyspace, WriteBatch {
    /// Gives a key a value, in place of the one that it may have.
    ///
    /// @param key the key
    /// @param value the value; may be empty, which is not the same as absent
    /// @throws IllegalArgumentException if the key or the value is too long; nothing has changed then
    void put(byte[] key, byte[] value);

    /// Gives a key a value, in place of the one that it may have.
    ///
    /// @param key the key: the whole segment
    /// @param value the value: the whole segment; may be empty, which is not the same as absent
    /// @throws IllegalArgumentException if the key or the value is too long; nothing has changed then
    /// @throws IllegalStateException if the arena of one of the segments is closed
    /// @throws WrongThreadException if one of the segments belongs to another thread
    void put(MemorySegment key, MemorySegment value);

    /// Takes a key and its value away. It is no error if the key is absent.
    ///
    /// @param key the key
    /// @throws IllegalArgumentException if the key is too long to be stored; nothing has changed then
    void delete(byte[] key);

    /// Takes a key and its value away. It is no error if the key is absent.
    ///
    /// @param key the key: the whole segment
    /// @throws IllegalArgumentException if the key is too long to be stored; nothing has changed then
    /// @throws IllegalStateException if the segment's arena is closed
    /// @throws WrongThreadException if the segment belongs to another thread
    void delete(MemorySegment key);
}

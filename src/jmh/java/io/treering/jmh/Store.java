package io.treering.jmh;

/// A store as one thread of a program uses it: with buffers of its own for key and value, used again for each call.
/// Only one implementation is loaded in a benchmark's JVM, so that calls through here cost nothing.
interface Store extends AutoCloseable {
    int ABSENT = -1;

    /// Writes an entry of the [Dataset].
    void put(long number);

    /// Writes the entries `[from, to)` as one batch.
    void putBatch(long from, long to);

    /// Copies a value into the caller's buffer.
    ///
    /// @return the value's length or [#ABSENT]
    int get(long number);

    /// The first 8 bytes of the buffer that [#get] filled.
    long valueHead();

    /// Whether the store holds this entry with the right value, byte for byte.
    boolean holds(long number);

    /// Walks through all entries and looks at each key and value: at the first 8 bytes of both, by the shortest way
    /// that the store offers.
    ///
    /// @return what these bytes add up to, see [Dataset#scanSum]
    long scan();

    /// As [#scan], but each whole key and value is copied into buffers of the caller.
    long scanCopying();

    /// Seeks a key, looks at its entry and at those that follow it.
    ///
    /// @return what their first 8 bytes add up to
    long seek(long number, int entries);

    /// Returns when all that was written is in the tree or the sorted files.
    void flush();

    /// Brings what was flushed into the shape that is best for reading, if the store can do so.
    void compact();

    @Override
    void close();
}

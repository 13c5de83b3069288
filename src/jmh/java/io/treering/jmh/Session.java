package io.treering.jmh;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A store as one thread of a program uses it: with buffers of its own for key and value, used again for each call.
/// Only one implementation is loaded in a benchmark's JVM, so that calls through here cost nothing.
abstract class Session implements AutoCloseable {
    static final int ABSENT = -1;

    /// How many keys [#multiGet] takes at most.
    static final int MULTI_GET = 64;

    final Dataset dataset;
    final byte[] key = new byte[Dataset.KEY_BYTES];
    final byte[] value;
    private final byte[] expected;
    private final List<byte[]> keys = new ArrayList<>();

    Session(Dataset dataset) {
        this.dataset = dataset;
        value = new byte[dataset.valueBytes()];
        expected = new byte[dataset.valueBytes()];
        for (int i = 0; i < MULTI_GET; i++) {
            keys.add(new byte[Dataset.KEY_BYTES]);
        }
    }

    /// Writes an entry of the [Dataset].
    abstract void put(long number);

    /// Writes the entries `[from, to)` as one batch.
    abstract void putBatch(long from, long to);

    /// Writes entries in the order of their keys into an empty store, in the way that is meant for it.
    abstract void load(long[] sorted);

    /// Copies a value into [#value].
    ///
    /// @return the value's length or [#ABSENT]
    abstract int get(long number);

    /// Reads the values of at most [#MULTI_GET] entries as of one moment.
    ///
    /// @return what their first 8 bytes add up to
    abstract long multiGet(long[] numbers);

    /// Walks through all entries and looks at each key and value: at the first 8 bytes of both, by the shortest way
    /// that the store offers.
    ///
    /// @return what these bytes add up to, see [Dataset#scanSum]
    abstract long scan();

    /// As [#scan], from the last entry to the first.
    abstract long scanReversed();

    /// As [#scan], but each whole key and value is copied into buffers of the caller.
    abstract long scanCopying();

    /// Seeks a key, looks at its entry and at those that follow it.
    ///
    /// @return what their first 8 bytes add up to, see [Dataset#sum]
    abstract long seek(long number, int entries);

    /// Returns when all that was written is in the tree or the sorted files, and on the drive.
    abstract void flush();

    /// Brings what was flushed into the shape that is best for reading, if the store can do so.
    abstract void compact();

    @Override
    public abstract void close();

    /// The first 8 bytes of the value that [#get] has copied.
    final long valueHead() {
        return Dataset.head(value, 0);
    }

    /// Whether the store holds this entry with the right value, byte for byte.
    final boolean holds(long number) {
        dataset.value(number, expected);
        return get(number) == expected.length && Arrays.equals(value, expected);
    }

    final void setKey(long number) {
        Dataset.key(number, key);
    }

    final void setEntry(long number) {
        Dataset.key(number, key);
        dataset.value(number, value);
    }

    /// The keys of some entries, in arrays that are used again.
    final List<byte[]> keys(long[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            Dataset.key(numbers[i], keys.get(i));
        }
        return keys.subList(0, numbers.length);
    }

    static long sumOfHeads(List<byte[]> values) {
        long sum = 0;
        for (byte[] value : values) {
            sum += Dataset.head(value, 0);
        }
        return sum;
    }
}

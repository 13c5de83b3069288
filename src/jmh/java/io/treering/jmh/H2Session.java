package io.treering.jmh;

import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.Page;

/// MVStore called with byte arrays. It keeps those that it is given, and shows those that it has: a put allocates
/// both, a get or a scan none.
final class H2Session extends Session {
    private final H2Store h2;

    H2Session(H2Store h2, Dataset dataset) {
        super(dataset);
        this.h2 = h2;
    }

    @Override
    void put(long number) {
        putUncommitted(number);
        h2.written();
    }

    private void putUncommitted(long number) {
        setEntry(number);
        h2.entries().put(key.clone(), value.clone());
    }

    @Override
    void putBatch(long from, long to) {
        for (long number = from; number < to; number++) {
            putUncommitted(number);
        }
        h2.written();
    }

    /// There is no other way than for any other order: `append` is for maps whose pages are never compacted.
    @Override
    void load(long[] sorted) {
        for (long number : sorted) {
            put(number);
        }
        flush();
    }

    @Override
    int get(long number) {
        setKey(number);
        byte[] found = h2.entries().get(key);
        if (found == null) {
            return ABSENT;
        }
        copy(found, value);
        return found.length;
    }

    /// There is no such operation: gets, one by one, from the same root.
    @Override
    long multiGet(long[] numbers) {
        MVMap<byte[], byte[]> entries = h2.entries();
        Page<byte[], byte[]> root = entries.getRootPage();
        long sum = 0;
        for (long number : numbers) {
            setKey(number);
            copy(entries.get(root, key), value);
            sum += valueHead();
        }
        return sum;
    }

    @Override
    long scan() {
        return scan(false);
    }

    @Override
    long scanReversed() {
        return scan(true);
    }

    private long scan(boolean reversed) {
        Cursor<byte[], byte[]> all = h2.entries().cursor(null, null, reversed);
        long sum = 0;
        while (all.hasNext()) {
            sum += look(all);
        }
        return sum;
    }

    @Override
    long scanCopying() {
        Cursor<byte[], byte[]> all = h2.entries().cursor(null);
        long sum = 0;
        while (all.hasNext()) {
            copy(all.next(), key);
            copy(all.getValue(), value);
            sum += Dataset.head(key, 0) ^ Dataset.head(value, 0);
        }
        return sum;
    }

    /// A cursor cannot seek again, so each seek has one of its own.
    @Override
    long seek(long number, int count) {
        setKey(number);
        Cursor<byte[], byte[]> found = h2.entries().cursor(key);
        long sum = 0;
        for (int i = 0; i < count && found.hasNext(); i++) {
            sum += look(found);
        }
        return sum;
    }

    private static long look(Cursor<byte[], byte[]> cursor) {
        return Dataset.head(cursor.next(), 0) ^ Dataset.head(cursor.getValue(), 0);
    }

    private static void copy(byte[] from, byte[] into) {
        System.arraycopy(from, 0, into, 0, Math.min(from.length, into.length));
    }

    @Override
    void flush() {
        h2.flush();
    }

    @Override
    void compact() {
        h2.compact();
    }

    @Override
    public void close() {
        // It holds nothing open.
    }
}

package io.treering.simulation;

import io.treering.Cursor;
import io.treering.KeyValueReader;
import io.treering.Scan;
import io.treering.Slice;

/// Reads of more than one key, put in the order of the simulation's key numbers.
final class Reading {
    private Reading() {}

    /// All that a store holds, by key; null where a key is absent.
    static byte[][] everything(KeyValueReader reader, Keys keys) {
        byte[][] found = new byte[keys.count()][];
        int rank = 0;
        try (Scan scan = reader.scan()) {
            while (scan.advance()) {
                rank = skipTo(scan.key(), keys, rank, 1);
                found[keys.inOrder(rank++)] = scan.value().toByteArray();
            }
        }
        return found;
    }

    /// Goes from one rank on to that of a key that was found.
    private static int skipTo(Slice key, Keys keys, int rank, int step) {
        for (int at = rank; at >= 0 && at < keys.count(); at += step) {
            if (key.contentEquals(keys.key(keys.inOrder(at)))) {
                return at;
            }
        }
        throw new AssertionError("a key that was never written, or not in order: " + key);
    }

    /// What was seen of one key.
    interface Seen {
        void key(int key, byte[] valueOrNull);
    }

    /// Scans the keys of ranks `[from, to)`, and tells of each what is there.
    static void scan(KeyValueReader reader, Keys keys, int from, int to, Seen seen) {
        byte[] end = to < keys.count() ? keys.key(keys.inOrder(to)) : null;
        int rank = from;
        try (Scan scan = reader.scan(keys.key(keys.inOrder(from)), end)) {
            while (scan.advance()) {
                int at = skipTo(scan.key(), keys, rank, 1);
                absent(keys, rank, at, seen);
                seen.key(keys.inOrder(at), scan.value().toByteArray());
                rank = at + 1;
            }
        }
        absent(keys, rank, to, seen);
    }

    private static void absent(Keys keys, int from, int to, Seen seen) {
        for (int rank = from; rank < to; rank++) {
            seen.key(keys.inOrder(rank), null);
        }
    }

    /// Walks with a cursor from rank `from` down to `to`, both included.
    static void backwards(KeyValueReader reader, Keys keys, int from, int to, Seen seen) {
        int rank = from;
        try (Cursor cursor = reader.cursor()) {
            boolean valid = cursor.seekForPrev(keys.key(keys.inOrder(from)));
            while (valid && cursor.key().compareTo(keys.key(keys.inOrder(to))) >= 0) {
                int at = skipTo(cursor.key(), keys, rank, -1);
                absent(keys, at + 1, rank + 1, seen);
                seen.key(keys.inOrder(at), cursor.value().toByteArray());
                rank = at - 1;
                valid = cursor.previous();
            }
        }
        absent(keys, to, rank + 1, seen);
    }
}

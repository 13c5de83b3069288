package io.treering.simulation;

import io.treering.Cursor;
import io.treering.KeyRange;
import io.treering.KeyValueReader;
import io.treering.Scan;
import io.treering.Slice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

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

    /// How many kinds of ranges [#range(int, byte[], byte[])] knows.
    static final int FORMS = 8;

    /// One of the ways to state a range.
    static KeyRange range(int form, byte[] from, byte[] to) {
        return switch (form) {
            case 0 -> KeyRange.closed(from, to);
            case 1 -> KeyRange.of(from, to).reversed();
            case 2 -> KeyRange.greaterThan(from).and(KeyRange.atMost(to));
            case 3 -> KeyRange.closed(from, to).reversed();
            case 4 -> KeyRange.atLeast(from);
            case 5 -> KeyRange.lessThan(to).reversed();
            case 6 -> KeyRange.prefix(Arrays.copyOf(from, from.length / 2));
            default ->
                KeyRange.prefix(Arrays.copyOf(from, (from.length + 1) / 2)).reversed();
        };
    }

    /// Scans a range, and tells of each of its keys what is there.
    static void range(KeyValueReader reader, Keys keys, KeyRange range, Seen seen) {
        List<Integer> inside = new ArrayList<>();
        for (int rank = 0; rank < keys.count(); rank++) {
            if (range.contains(keys.key(keys.inOrder(rank)))) {
                inside.add(keys.inOrder(rank));
            }
        }
        Iterator<Integer> expected = (range.isReversed() ? inside.reversed() : inside).iterator();
        try (Scan scan = reader.scan(range)) {
            while (scan.advance()) {
                int key = next(expected, scan.key());
                while (!scan.key().contentEquals(keys.key(key))) {
                    seen.key(key, null);
                    key = next(expected, scan.key());
                }
                seen.key(key, scan.value().toByteArray());
            }
        }
        expected.forEachRemaining(key -> seen.key(key, null));
    }

    private static int next(Iterator<Integer> expected, Slice found) {
        if (!expected.hasNext()) {
            throw new AssertionError("a key that was never written, or not in order, or not in the range: " + found);
        }
        return expected.next();
    }

    /// Walks to and fro with a cursor, as long as there are keys, two steps on and one back.
    static void walk(KeyValueReader reader, Keys keys, int from, int steps, Seen seen) {
        try (Cursor cursor = reader.cursor()) {
            boolean valid = cursor.seek(keys.key(keys.inOrder(from)));
            int rank = from - 1;
            int step = 1;
            for (int i = 1; valid; i++) {
                int at = skipTo(cursor.key(), keys, rank + step, step);
                absent(keys, Math.min(rank, at) + 1, Math.max(rank, at), seen);
                seen.key(keys.inOrder(at), cursor.value().toByteArray());
                rank = at;
                if (i > steps) {
                    return;
                }
                step = i % 3 == 0 ? -1 : 1;
                valid = step > 0 ? cursor.next() : cursor.previous();
            }
            absent(keys, step > 0 ? rank + 1 : 0, step > 0 ? keys.count() : rank, seen);
        }
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

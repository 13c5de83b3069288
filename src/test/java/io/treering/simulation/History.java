package io.treering.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What one client has written since the contents of the store were last known for certain, in its order, and what
/// became of each write.
///
/// Acknowledged writes come first. Behind them may be such whose outcome is unknown, because they threw or were under
/// way in a crash. A write that was rejected is taken out.
final class History {
    /// A write of one or more keys.
    static final class Write {
        final int id;
        final int[] keys;
        final int[] lengths;

        /// The order of all beginnings and ends of all clients.
        final long begun;

        long acknowledged = Long.MAX_VALUE;
        long acknowledgedAt = Long.MAX_VALUE;

        Write(int id, int[] keys, int[] lengths, long begun) {
            this.id = id;
            this.keys = keys;
            this.lengths = lengths;
            this.begun = begun;
        }

        boolean isAcknowledged() {
            return acknowledged != Long.MAX_VALUE;
        }

        @Override
        public String toString() {
            return "write " + id + " of keys " + Arrays.toString(keys) + " (" + Arrays.toString(lengths) + " bytes)";
        }
    }

    private final List<Write> writes = new ArrayList<>();
    private int acknowledged;

    /// So many of them are certain to survive.
    private int durable;

    void clear() {
        writes.clear();
        acknowledged = 0;
        durable = 0;
    }

    int size() {
        return writes.size();
    }

    Write get(int index) {
        return writes.get(index);
    }

    int acknowledged() {
        return acknowledged;
    }

    int durable() {
        return durable;
    }

    void mustKeep(int count) {
        durable = Math.max(durable, count);
    }

    /// The write with this number is certain to survive, if it has not been forgotten because it had before.
    void mustKeepWrite(int id) {
        for (int i = durable; i < writes.size(); i++) {
            if (writes.get(i).id == id) {
                durable = i + 1;
            }
        }
    }

    void add(Write write) {
        writes.add(write);
    }

    void acknowledge(Write write, long when, long now) {
        if (acknowledged != writes.size() - 1 || writes.getLast() != write) {
            throw new AssertionError(write + " was acknowledged although one before it was not");
        }
        write.acknowledged = when;
        write.acknowledgedAt = now;
        acknowledged++;
    }

    void reject(Write write) {
        if (writes.getLast() != write) {
            throw new AssertionError(write + " is not the last one");
        }
        writes.removeLast();
    }

    /// How many were acknowledged before a moment in the order of all clients.
    int acknowledgedBefore(long moment) {
        int count = 0;
        while (count < acknowledged && writes.get(count).acknowledged < moment) {
            count++;
        }
        return count;
    }

    /// How many were acknowledged up to a time.
    int acknowledgedUpTo(long time) {
        int count = durable;
        while (count < acknowledged && writes.get(count).acknowledgedAt <= time) {
            count++;
        }
        return count;
    }
}

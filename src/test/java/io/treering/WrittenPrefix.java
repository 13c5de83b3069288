package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.TreeMap;

/// What a store should hold after a crash in the middle of [KillChild]'s operations: everything up to some operation,
/// and nothing behind it.
final class WrittenPrefix {
    private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

    /// The last operation that is in the model.
    private long last;

    long last() {
        return last;
    }

    /// Finds out how far a store goes, and compares all of it.
    ///
    /// @param promised the last operation that must be there
    /// @param begun the last that can be there
    /// @param where for messages: seed and place
    void verify(Partition db, long promised, long begun, String where) {
        CheckReport report = db.check();
        assertTrue(report.isClean(), () -> where + ": " + report);
        long newest = last;
        int entries = 0;
        try (Scan scan = db.scan()) {
            while (scan.advance()) {
                newest = Math.max(newest, KillChild.writer(scan.value().toByteArray()));
                entries++;
            }
        }
        while (last < newest) {
            KillChild.apply(model, ++last);
        }
        // A delete leaves no trace of itself: the prefix may end with one, which may even have changed nothing.
        if (entries != model.size() || (last < promised && KillChild.changesNothing(model, last + 1))) {
            KillChild.apply(model, ++last);
        }
        compare(db, where + ", prefix up to " + last);
        assertTrue(last >= promised, () -> where + ": operation " + promised + " is lost, the last is " + last);
        assertTrue(last <= begun, () -> where + ": operation " + last + " was never begun");
    }

    /// Finds out which of some states the store is in, and compares all of it.
    ///
    /// @param states numbers of last operations, ascending
    void verifyOneOf(Partition db, String where, long... states) {
        CheckReport report = db.check();
        assertTrue(report.isClean(), () -> where + ": " + report);
        AssertionError difference = null;
        for (long state : states) {
            while (last < state) {
                KillChild.apply(model, ++last);
            }
            try {
                compare(db, where + ", state " + state);
                return;
            } catch (AssertionError e) {
                difference = e;
            }
        }
        throw new AssertionError(where + ": none of the states " + Arrays.toString(states), difference);
    }

    private void compare(Partition db, String where) {
        try (Scan scan = db.scan()) {
            for (var entry : model.entrySet()) {
                assertTrue(scan.advance(), where);
                assertArrayEquals(entry.getKey(), scan.key().toByteArray(), where);
                assertArrayEquals(entry.getValue(), scan.value().toByteArray(), where);
            }
            assertFalse(scan.advance(), where);
        }
    }
}

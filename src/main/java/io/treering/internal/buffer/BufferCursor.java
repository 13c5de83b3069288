package io.treering.internal.buffer;

import io.treering.internal.bytes.CacheLines;
import java.util.Arrays;

/// Moves over sorted entries in both directions. For one thread at a time.
///
/// A fresh cursor stands before the first entry. A missed [#seek] leaves it after the last, a missed [#seekForPrev]
/// before the first, and [#next] and [#previous] enter again from either end.
///
/// ## Algorithmic notes
///
/// The entries lie in a few ascending runs. For each run, `positions` holds the first place whose key is not below the
/// current key. That is all there is to know for a step in either direction: the next key is the least one at or
/// behind the positions once the current key has been passed, the previous key is the greatest one before them. A key
/// that is in several runs counts once, by the newest run. A key whose versions here are all newer than the view is
/// stepped over.
public final class BufferCursor {
    private static final int NOWHERE = -1;

    private final WriteBuffer buffer;
    private final EntryOrder order;
    private final long[][] runs;
    private final int[] positions;
    private final long sequence;

    /// The newest run that holds the current key, or [#NOWHERE] at either end.
    private int current = NOWHERE;

    /// The version of the current key that the view shows, or 0.
    private long entry;

    BufferCursor(WriteBuffer buffer, EntryOrder order, long[][] runs, long sequence) {
        this.buffer = buffer;
        this.order = order;
        this.runs = runs;
        this.positions = new int[runs.length];
        this.sequence = sequence;
    }

    /// The offset of the current entry, or 0 at either end.
    public long entry() {
        return entry;
    }

    public boolean isValid() {
        return entry != 0;
    }

    public WriteBuffer buffer() {
        return buffer;
    }

    /// Moves to the first entry; false if there is none.
    public boolean first() {
        Arrays.fill(positions, 0);
        current = NOWHERE;
        return next();
    }

    /// Moves to the last entry; false if there is none.
    public boolean last() {
        toEnd();
        return previous();
    }

    /// Moves to the first entry whose key is not below `key`.
    public boolean seek(byte[] key, int keyLength) {
        toLowerBound(key, keyLength);
        return showLeast() || next();
    }

    /// Moves to the last entry whose key is not above `key`.
    public boolean seekForPrev(byte[] key, int keyLength) {
        toLowerBound(key, keyLength);
        boolean exact = showLeast() && order.holdsKey(packed(current), key, keyLength);
        return exact || previous();
    }

    public boolean next() {
        do {
            if (current != NOWHERE) {
                passCurrent();
            }
            if (showLeast()) {
                return true;
            }
        } while (current != NOWHERE);
        return false;
    }

    /// Has the processor fetch the entries of the next steps forward, all at once: each stands where it was written,
    /// and
    /// steps that met them one by one would wait for each. For who is going to take these steps.
    public void touchAhead(int steps) {
        long touched = 0;
        for (int run = 0; run < runs.length; run++) {
            int end = Math.min(positions[run] + steps, runs[run].length);
            for (int i = positions[run]; i < end; i++) {
                touched += buffer.touchStart(order.entry(runs[run][i]));
            }
            for (int i = positions[run]; i < end; i++) {
                touched += buffer.touchEnd(order.entry(runs[run][i]));
            }
        }
        CacheLines.keep(touched);
    }

    public boolean previous() {
        do {
            if (showGreatestBefore()) {
                return true;
            }
        } while (current != NOWHERE);
        return false;
    }

    private long packed(int run) {
        return runs[run][positions[run]];
    }

    private void toEnd() {
        for (int run = 0; run < runs.length; run++) {
            positions[run] = runs[run].length;
        }
        current = NOWHERE;
    }

    private void toLowerBound(byte[] key, int keyLength) {
        for (int run = 0; run < runs.length; run++) {
            positions[run] = order.lowerBound(runs[run], key, keyLength);
        }
        current = NOWHERE;
    }

    /// Steps over the current key in every run that holds it.
    private void passCurrent() {
        long key = packed(current);
        positions[current]++;
        for (int run = current - 1; run >= 0; run--) {
            if (positions[run] < runs[run].length && order.compare(packed(run), key) == 0) {
                positions[run]++;
            }
        }
    }

    /// Makes the least key at the positions the current one; false if there is none or the view does not show it.
    private boolean showLeast() {
        int least = NOWHERE;
        long key = 0;
        for (int run = runs.length - 1; run >= 0; run--) {
            if (positions[run] < runs[run].length) {
                long candidate = packed(run);
                if (least == NOWHERE || order.compare(candidate, key) < 0) {
                    least = run;
                    key = candidate;
                }
            }
        }
        return show(least, key);
    }

    /// Makes the greatest key before the positions the current one; false if there is none or the view does not show
    /// it.
    private boolean showGreatestBefore() {
        int greatest = NOWHERE;
        long key = 0;
        for (int run = runs.length - 1; run >= 0; run--) {
            if (positions[run] > 0) {
                long candidate = runs[run][positions[run] - 1];
                if (greatest == NOWHERE || order.compare(candidate, key) > 0) {
                    greatest = run;
                    key = candidate;
                }
            }
        }
        for (int run = greatest; run >= 0; run--) {
            if (positions[run] > 0 && order.compare(runs[run][positions[run] - 1], key) == 0) {
                positions[run]--;
            }
        }
        return show(greatest, key);
    }

    private boolean show(int run, long key) {
        current = run;
        entry = run == NOWHERE ? 0 : buffer.newestUpTo(order.entry(key), sequence);
        return entry != 0;
    }
}

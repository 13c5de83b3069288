package io.treering.internal.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// How many pins each frame carries, and which frames their pages have left behind while pinned.
///
/// A page that is dropped or written anew takes its frame out of the table at once. If the frame is pinned then, it is
/// *orphaned*: whoever takes the last pin off frees it. So nobody ever waits for a pin.
final class FramePins {
    /// Set in a count whose frame's page is gone.
    static final int ORPHANED = 1 << 30;

    private static final VarHandle PIN = MethodHandles.arrayElementVarHandle(int[].class);

    private final int[] pins;

    FramePins(int frames) {
        pins = new int[frames];
    }

    /// One more pin. It counts only if the frame's page turns out, afterwards, to be still there.
    void add(int frame) {
        int before = (int) PIN.getAndAdd(pins, frame, 1);
        assert (before & ~ORPHANED) < ORPHANED - 1 : "too many pins on frame " + frame;
    }

    /// One pin less.
    ///
    /// @return true if the frame was orphaned and is the caller's now
    boolean remove(int frame) {
        int before = (int) PIN.getAndAdd(pins, frame, -1);
        assert (before & ~ORPHANED) > 0 : "frame " + frame + " was not pinned";
        return before == ORPHANED + 1 && takeOrphan(frame);
    }

    /// Gives up a frame whose page has left it.
    ///
    /// @return true if the frame is the caller's now; false if it is pinned, and goes to whoever takes the last pin off
    boolean orphan(int frame) {
        int before = (int) PIN.getAndAdd(pins, frame, ORPHANED);
        assert (before & ORPHANED) == 0 : "frame " + frame + " was orphaned before";
        return before == 0 && takeOrphan(frame);
    }

    /// A pin by a reader that is too late and about to notice may come and go here at any time: all that counts is who
    /// takes the mark off.
    private boolean takeOrphan(int frame) {
        return PIN.compareAndSet(pins, frame, ORPHANED, 0);
    }

    /// Whether somebody pins the frame, in the total order of the table's compare-and-sets.
    boolean isPinned(int frame) {
        return (int) PIN.getVolatile(pins, frame) != 0;
    }

    /// How many frames are pinned: a snapshot of something that moves.
    int count() {
        int count = 0;
        for (int frame = 0; frame < pins.length; frame++) {
            count += isPinned(frame) ? 1 : 0;
        }
        return count;
    }

    /// How many frames are pinned whose page is gone.
    int orphans() {
        int count = 0;
        for (int frame = 0; frame < pins.length; frame++) {
            count += ((int) PIN.getVolatile(pins, frame) & ORPHANED) != 0 ? 1 : 0;
        }
        return count;
    }
}

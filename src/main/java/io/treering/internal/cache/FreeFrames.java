package io.treering.internal.cache;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// The frames that hold nothing: a lock-free stack. Its head carries a counter that every change raises, so that a pop
/// that was overtaken by other pops and pushes of the same frame fails instead of losing frames.
final class FreeFrames {
    private static final int COUNTER_SHIFT = 32;
    private static final int NONE = -1;

    /// Counter in the upper half; the frame on top in the lower, or the number of frames where there is none.
    private final AtomicLong head;

    /// The frame below each one, as its distance from the next in order, so that all zeros is a stack of all frames: a
    /// cache has a hundred thousand, and is made before anything is compiled. Plain: written before the head's
    /// compare-and-set, and what is read too late is dropped when that fails.
    private final int[] below;

    private final AtomicInteger count;

    /// All `frames` frames, the first on top.
    FreeFrames(int frames) {
        below = new int[frames];
        head = new AtomicLong(0);
        count = new AtomicInteger(frames);
    }

    /// A frame, or -1 if none is free.
    int pop() {
        while (true) {
            long top = head.get();
            int frame = (int) top;
            if (frame == below.length) {
                return NONE;
            }
            if (head.compareAndSet(top, after(top, frame + 1 + below[frame]))) {
                count.getAndDecrement();
                return frame;
            }
        }
    }

    void push(int frame) {
        count.getAndIncrement();
        while (true) {
            long top = head.get();
            below[frame] = (int) top - frame - 1;
            if (head.compareAndSet(top, after(top, frame))) {
                return;
            }
        }
    }

    /// How many frames are free: exact while nobody pushes or pops.
    int count() {
        return count.get();
    }

    private static long after(long top, int frame) {
        return (((top >>> COUNTER_SHIFT) + 1) << COUNTER_SHIFT) | (frame & 0xffff_ffffL);
    }
}

package io.treering.internal.cache;

import static io.treering.internal.cache.ResidencyWord.ABSENT;
import static io.treering.internal.cache.ResidencyWord.COOLING;
import static io.treering.internal.cache.ResidencyWord.EVICTING;
import static io.treering.internal.cache.ResidencyWord.frame;
import static io.treering.internal.cache.ResidencyWord.isInFrame;
import static io.treering.internal.cache.ResidencyWord.next;
import static io.treering.internal.cache.ResidencyWord.state;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// Who has which frame: the free ones, the pins, and the clock that takes frames away from pages.
///
/// The hand goes round the frames: a page that it meets warm it marks as cooling, a page that is cooling still it
/// evicts.
final class Frames {
    private final TranslationTable table;
    private final int count;
    private final FreeFrames free;
    private final FramePins pins;

    /// The page that each frame was filled for last, or -1. A hint for the clock: only the page's word is true.
    private final int[] owners;

    private final AtomicInteger hand = new AtomicInteger();
    private final LongAdder evictions = new LongAdder();

    Frames(int count, TranslationTable table) {
        this.count = count;
        this.table = table;
        free = new FreeFrames(count);
        pins = new FramePins(count);
        owners = new int[count];
        Arrays.fill(owners, -1);
    }

    int count() {
        return count;
    }

    /// Bytes of the Java heap: of each frame a pin count, the page that it was filled for, and the free frame below it.
    long heapBytes() {
        return 3L * Integer.BYTES * count;
    }

    /// A frame from the stack of free ones, or else one that the clock takes from its page; -1 if all are in use.
    ///
    /// The frame is handed out behind a fence: what is written to it now is not seen by readers of its old page before
    /// they see that the page has gone.
    int claim() {
        int frame = free.pop();
        // Once round to mark the warm pages, once more to find one that stayed cool.
        for (long steps = 2L * count + 1; frame < 0 && steps > 0; steps--) {
            int candidate = Integer.remainderUnsigned(hand.getAndIncrement(), count);
            if (evict(candidate)) {
                countEviction(candidate);
                frame = candidate;
            }
        }
        VarHandle.fullFence();
        return frame;
    }

    /// Counting may take memory that is not there; then nobody has the frame.
    private void countEviction(int frame) {
        try {
            evictions.increment();
        } catch (Throwable e) {
            free.push(frame);
            throw e;
        }
    }

    /// Gives back a claimed frame that came to nothing.
    void release(int frame) {
        free.push(frame);
    }

    /// Frees the frame of a page whose word does not name it any more: now, or with its last pin.
    void giveUp(int frame) {
        if (pins.orphan(frame)) {
            free.push(frame);
        }
    }

    /// Notes what a claimed frame holds, before the page's word says so.
    void fill(int frame, int page) {
        owners[frame] = page;
    }

    void pin(int frame) {
        pins.add(frame);
    }

    void unpin(int frame) {
        if (pins.remove(frame)) {
            free.push(frame);
        }
    }

    boolean areAllPinned() {
        return pins.count() == count;
    }

    boolean hasFree() {
        return free.count() > 0;
    }

    /// One step of the clock.
    ///
    /// @return true if the frame is the caller's now
    private boolean evict(int frame) {
        int page = owners[frame];
        if (page < 0) {
            return false;
        }
        long word = table.getAcquire(page);
        if (!isInFrame(word) || frame(word) != frame || pins.isPinned(frame)) {
            return false;
        }
        if (!ResidencyWord.isCooling(word)) {
            table.compareAndSet(page, word, word | COOLING);
            return false;
        }
        long evicting = next(word, frame, EVICTING);
        if (!table.compareAndSet(page, word, evicting)) {
            return false;
        }
        VarHandle.fullFence();
        if (pins.isPinned(frame)) { // (C2)
            if (!table.compareAndSet(page, evicting, next(evicting, frame, state(word)))) {
                giveUp(frame); // owned or dropped in between: this thread answers for the frame
            }
            return false;
        }
        // If this fails, the page was owned or dropped in between, which leaves the frame to this thread as well.
        table.compareAndSet(page, evicting, next(evicting, 0, ABSENT));
        return true;
    }

    CacheStats stats(int loads, long misses) {
        int resident = 0;
        for (int frame = 0; frame < count; frame++) {
            int page = owners[frame];
            long word = page < 0 ? ABSENT : table.getAcquire(page);
            resident += isInFrame(word) && frame(word) == frame ? 1 : 0;
        }
        return new CacheStats(
                count,
                free.count(),
                resident,
                loads,
                pins.count(),
                pins.orphans(),
                misses,
                evictions.sum(),
                table.bytes());
    }
}

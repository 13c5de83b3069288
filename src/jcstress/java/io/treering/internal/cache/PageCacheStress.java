package io.treering.internal.cache;

import io.treering.device.MemoryBlockDevice;
import io.treering.internal.Window;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.format.PageAnomaly;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/// One frame of two words: a reader of its page against a writer that gives the frame to another page.
public final class PageCacheStress {
    /// Refuses to read pages as small as these.
    private static final MemoryBlockDevice REFUSING = MemoryBlockDevice.create();

    private static final int PAGE_SIZE = 16;
    private static final long GONE = -1;

    private PageCacheStress() {}

    private static MemorySegment page(long content) {
        return MemorySegment.ofArray(new long[] {content, content});
    }

    abstract static class OneFrame {
        final MemorySegment frames = page(0);
        final PageCache cache = new PageCache(
                REFUSING,
                frames,
                PAGE_SIZE,
                _ -> MemorySegment.ofArray(new long[4]),
                (_, _, _, _) -> {},
                Waiter.PARKING);
        private final MemorySegment second = page(2);

        OneFrame() {
            cache.ensureTable(2);
            cache.own(0);
            cache.settle(0, page(1), 0, true);
        }

        /// The word of page 0, or GONE.
        final long acquire() {
            try {
                return cache.isResident(0) ? cache.acquire(0, 0) : GONE;
            } catch (PageAnomaly | IllegalArgumentException overtaken) {
                return GONE; // evicted between the two calls, so it would have had to be loaded
            }
        }

        final long read(long word, int index) {
            return frames.get(ValueLayout.JAVA_LONG, cache.base(word) + 8L * index);
        }

        final void refill() {
            cache.own(1);
            cache.settle(1, second, 0, true);
        }
    }

    /// The seqlock of production.
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The page.")
    @Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "It has gone, and the reader has noticed.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Another page, or a part of one.")
    @State
    public static class Checked extends OneFrame {
        @Actor
        public void reader(JJ_Result r) {
            long word = acquire();
            long one = word == GONE ? GONE : read(word, 0);
            long two = word == GONE ? GONE : read(word, 1);
            boolean holds = word != GONE && cache.holds(0, word);
            r.r1 = holds ? one : GONE;
            r.r2 = holds ? two : GONE;
        }

        @Actor
        public void writer() {
            refill();
        }
    }

    /// A pin that was got keeps the frame as it is.
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The page.")
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "It has gone, and the pin was refused.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A pinned frame was refilled.")
    @State
    public static class Pinned extends OneFrame {
        @Actor
        public void reader(J_Result r) {
            long word = acquire();
            if (word == GONE || !cache.pin(0, word)) {
                r.r1 = GONE;
                return;
            }
            r.r1 = Math.max(read(word, 0), read(word, 1));
            cache.unpin(word);
        }

        @Actor
        public void writer() {
            refill();
        }
    }

    /// Broken on purpose: the reader is deaf to the refusal of its pin.
    @JCStressTest
    @Outcome(
            id = {"1", "-1"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A frame was read that has been refilled.")
    @State
    public static class DeafPinCanary extends OneFrame {
        @Actor
        public void reader(J_Result r) {
            long word = acquire();
            if (word == GONE) {
                r.r1 = GONE;
                return;
            }
            Window.await(() -> read(word, 0) != 1);
            boolean pinned = cache.pin(0, word);
            r.r1 = Math.max(read(word, 0), read(word, 1));
            if (pinned) {
                cache.unpin(word);
            }
        }

        @Actor
        public void writer() {
            refill();
        }
    }

    /// The clock meets a pin behind its back and a drop, at once: (C1) holds, so the one frame is somewhere.
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The frame is free or holds a page.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The frame is lost, or there twice.")
    @State
    public static class Dropped extends OneFrame {
        private final long word = acquire();

        @Actor
        public void clock() {
            refill();
        }

        @Actor
        public void pinAndDrop() {
            boolean pinned = cache.pin(0, word);
            cache.drop(0);
            if (pinned) {
                cache.unpin(word);
            }
        }

        @Arbiter
        public void count(I_Result r) {
            CacheStats stats = cache.stats();
            r.r1 = stats.freeFrames() + stats.residentPages() + stats.orphanedFrames();
        }
    }

    /// Broken on purpose: a clock that met a pin, and whose page then went, leaves the frame to nobody.
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The frame is lost.")
    @State
    public static class ForgottenCanary {
        private final AtomicLong word = new AtomicLong(ResidencyWord.RESIDENT);
        private final FramePins pins = new FramePins(1);
        private final AtomicInteger freed = new AtomicInteger();

        @Actor
        public void clock() {
            long resident = word.get();
            if (ResidencyWord.state(resident) != ResidencyWord.RESIDENT || pins.isPinned(0)) {
                return;
            }
            long evicting = ResidencyWord.next(resident, 0, ResidencyWord.EVICTING);
            if (!word.compareAndSet(resident, evicting)) {
                return;
            }
            if (pins.isPinned(0)) {
                word.compareAndSet(evicting, ResidencyWord.next(evicting, 0, ResidencyWord.RESIDENT));
                return; // here it should give up the frame, if that failed
            }
            word.compareAndSet(evicting, ResidencyWord.next(evicting, 0, ResidencyWord.ABSENT));
            freed.getAndIncrement();
        }

        @Actor
        public void pinAndDrop() {
            pins.add(0);
            long seen = word.get();
            while (!word.compareAndSet(seen, ResidencyWord.next(seen, 0, ResidencyWord.ABSENT))) {
                seen = word.get();
            }
            if (ResidencyWord.state(seen) == ResidencyWord.RESIDENT && pins.orphan(0)) {
                freed.getAndIncrement();
            }
            if (pins.remove(0)) {
                freed.getAndIncrement();
            }
        }

        @Arbiter
        public void count(I_Result r) {
            r.r1 = freed.get();
        }
    }

    /// Broken on purpose: the reader does not look at the word again.
    @JCStressTest
    @Outcome(
            id = {"1, 1", "-1, -1"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Another page, or a part of one.")
    @State
    public static class UncheckedCanary extends OneFrame {
        @Actor
        public void reader(JJ_Result r) {
            long word = acquire();
            r.r1 = word == GONE ? GONE : read(word, 0);
            r.r2 = word == GONE ? GONE : read(word, 1);
        }

        @Actor
        public void writer() {
            refill();
        }
    }
}

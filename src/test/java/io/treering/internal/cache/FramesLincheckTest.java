package io.treering.internal.cache;

import io.treering.device.MemoryBlockDevice;
import io.treering.internal.bytes.Waiter;
import io.treering.testing.Linearizability;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// One frame, which the clock takes from its page while that is pinned and dropped: whoever is last gives it back (C1).
///
/// Pins and owners are on the heap, so the model checker changes threads between them and the words of the table.
@Tag("lincheck")
@Tag("nightly")
final class FramesLincheckTest {
    @Test
    void noFrameIsLostBetweenAClockAPinAndADrop() {
        Linearizability.assertSound(meeting(OneFrame.class), OneFrame.class);
    }

    @Test
    void aClockThatForgetsAFrameIsSeenToBeWrong() {
        Linearizability.assertBroken(meeting(ForgetfulClock.class), ForgetfulClock.class);
    }

    private static Options<?, ?> meeting(Class<?> cache) {
        return Linearizability.onlyModelChecked(20_000)
                .addCustomScenario(Linearizability.scenarioAndThen(cache, "count", "clock", "pin", "drop"));
    }

    /// The cache of production, with a frame of two words and two pages, of which the first is resident.
    public static final class OneFrame {
        private static final int PAGE_SIZE = 16;

        /// Refuses to read pages as small as these.
        private static final MemoryBlockDevice REFUSING = MemoryBlockDevice.create();

        private final MemorySegment page = MemorySegment.ofArray(new long[2]);
        private final PageCache cache = new PageCache(
                REFUSING,
                MemorySegment.ofArray(new long[2]),
                PAGE_SIZE,
                _ -> MemorySegment.ofArray(new long[4]),
                (_, _, _, _) -> {},
                Waiter.PARKING);

        /// As a reader found it that is late by now.
        private final long word;

        public OneFrame() {
            cache.ensureTable(2);
            cache.own(0);
            cache.settle(0, page, 0, true);
            word = cache.acquire(0, 0);
        }

        @Operation
        public void clock() {
            cache.own(1);
            cache.settle(1, page, 0, true);
        }

        @Operation
        public void pin() {
            if (cache.pin(0, word)) {
                cache.unpin(word);
            }
        }

        @Operation
        public void drop() {
            cache.drop(0);
        }

        @Operation
        public int count() {
            CacheStats stats = cache.stats();
            return stats.freeFrames() + stats.residentPages() + stats.orphanedFrames();
        }
    }

    /// Broken on purpose: a clock that met a pin, and whose page then went, leaves the frame to nobody.
    public static final class ForgetfulClock {
        private final AtomicLong word = new AtomicLong(ResidencyWord.RESIDENT);
        private final FramePins pins = new FramePins(1);
        private final AtomicInteger free = new AtomicInteger();

        @Operation
        public void clock() {
            long resident = word.get();
            long evicting = ResidencyWord.next(resident, 0, ResidencyWord.EVICTING);
            if (ResidencyWord.state(resident) != ResidencyWord.RESIDENT
                    || pins.isPinned(0)
                    || !word.compareAndSet(resident, evicting)) {
                return;
            }
            if (pins.isPinned(0)) {
                word.compareAndSet(evicting, ResidencyWord.next(evicting, 0, ResidencyWord.RESIDENT));
            } else {
                word.compareAndSet(evicting, ResidencyWord.next(evicting, 0, ResidencyWord.ABSENT));
                free.getAndIncrement();
            }
        }

        @Operation
        public void pin() {
            pins.add(0);
            release(pins.remove(0));
        }

        @Operation
        public void drop() {
            while (true) {
                long seen = word.get();
                if (ResidencyWord.state(seen) == ResidencyWord.ABSENT) {
                    return;
                }
                if (word.compareAndSet(seen, ResidencyWord.next(seen, 0, ResidencyWord.ABSENT))) {
                    release(ResidencyWord.state(seen) == ResidencyWord.RESIDENT && pins.orphan(0));
                    return;
                }
            }
        }

        private void release(boolean frame) {
            if (frame) {
                free.getAndIncrement();
            }
        }

        @Operation
        public int count() {
            return free.get();
        }
    }
}

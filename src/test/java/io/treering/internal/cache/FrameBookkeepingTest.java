package io.treering.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FrameBookkeepingTest {
    @Test
    void eachFrameIsPoppedOnceAndComesBackWhenPushed() {
        FreeFrames free = new FreeFrames(3);

        assertEquals(List.of(0, 1, 2, -1), List.of(free.pop(), free.pop(), free.pop(), free.pop()));
        assertEquals(0, free.count());
        free.push(1);
        free.push(0);
        assertEquals(2, free.count());
        assertEquals(List.of(0, 1, -1), List.of(free.pop(), free.pop(), free.pop()));
    }

    @Test
    void noFrameHasTwoHoldersWhenThreadsPopAndPush() throws Exception {
        int frames = 6;
        FreeFrames free = new FreeFrames(frames);
        AtomicIntegerArray holders = new AtomicIntegerArray(frames);
        inParallel(4, () -> {
            for (int i = 0; i < 50_000 * CacheFixture.SCALE; i++) {
                // Given back in the order in which they came, so that a frame returns to the top over another one.
                int one = popAlone(free, holders);
                int other = popAlone(free, holders);
                push(free, holders, one);
                if (i % 8 == 0) {
                    Thread.yield();
                }
                push(free, holders, other);
            }
        });

        BitSet seen = new BitSet();
        for (int frame = free.pop(); frame >= 0; frame = free.pop()) {
            assertFalse(seen.get(frame));
            seen.set(frame);
        }
        assertEquals(frames, seen.cardinality());
    }

    @Test
    void anUnpinnedFrameIsFreeAtOnceWhenItsPageLeaves() {
        FramePins pins = new FramePins(1);

        assertTrue(pins.orphan(0));
        assertFalse(pins.isPinned(0));
    }

    @Test
    void aPinnedFrameIsFreedByItsLastPin() {
        FramePins pins = new FramePins(2);
        pins.add(1);
        pins.add(1);

        assertFalse(pins.orphan(1));
        assertEquals(1, pins.orphans());
        assertFalse(pins.remove(1));
        assertTrue(pins.remove(1));
        assertEquals(0, pins.orphans());
        assertEquals(0, pins.count());
    }

    @Test
    void aPinThatComesAndGoesFreesNothing() {
        FramePins pins = new FramePins(1);
        pins.add(0);

        assertTrue(pins.isPinned(0));
        assertFalse(pins.remove(0));
    }

    @Test
    void eachOrphanIsFreedExactlyOnceHoweverPinsComeAndGo() throws Exception {
        FramePins pins = new FramePins(1);
        AtomicInteger freed = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        Runnable pinning = () -> {
            while (!over.get()) {
                pins.add(0);
                if (pins.remove(0)) {
                    freed.incrementAndGet();
                }
            }
        };
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            List<Future<?>> pinners = List.of(executor.submit(pinning), executor.submit(pinning));
            try {
                for (int orphaned = 1; orphaned <= 20_000 * CacheFixture.SCALE; orphaned++) {
                    if (pins.orphan(0)) {
                        freed.incrementAndGet();
                    }
                    while (freed.get() < orphaned) {
                        Thread.onSpinWait();
                    }
                    assertEquals(orphaned, freed.get());
                }
            } finally {
                over.set(true);
            }
            for (Future<?> pinner : pinners) {
                pinner.get();
            }
        }

        assertEquals(0, pins.count());
    }

    private static int popAlone(FreeFrames free, AtomicIntegerArray holders) {
        int frame = free.pop();
        if (frame >= 0) {
            assertEquals(1, holders.incrementAndGet(frame), "holders of frame " + frame);
        }
        return frame;
    }

    private static void push(FreeFrames free, AtomicIntegerArray holders, int frame) {
        if (frame >= 0) {
            holders.decrementAndGet(frame);
            free.push(frame);
        }
    }

    private static void inParallel(int threads, Runnable work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                done.add(executor.submit(work));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }
    }
}

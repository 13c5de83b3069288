package io.treering.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.ClosedException;
import io.treering.internal.format.PageAnomaly;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Runs of pages that come into the cache together.
@Timeout(60)
class RunLoadTest {
    private static final int FRAMES = 64;
    private static final int PAGES = 256;
    private static final int SIZE = SelfCheckingPages.SIZE;
    private static final int RUN = 4;

    private final CacheFixture fixture = new CacheFixture(FRAMES, PAGES);
    private final PageCache cache = fixture.cache;
    private final byte[] bytes = new byte[RUN * SIZE];

    {
        new Random(1).nextBytes(bytes);
    }

    @AfterEach
    void nothingLeaked() {
        fixture.close();
    }

    private void load(int firstPage, byte[] run) {
        try (RunLoad load = cache.loadRun(firstPage, run.length / SIZE)) {
            load.fill(0, MemorySegment.ofArray(run), run.length);
            load.show();
        }
    }

    private boolean isThere(int firstPage, byte[] run) {
        byte[] found = new byte[run.length];
        return cache.copyRun(firstPage, 0, run.length, MemorySegment.ofArray(found), 0) && Arrays.equals(run, found);
    }

    @Test
    void whatWasShownCanBeCopiedFromAnyByteOn() {
        assertFalse(isThere(10, bytes));
        load(10, bytes);
        assertTrue(isThere(10, bytes));

        Random random = new Random(2);
        for (int i = 0; i < 1_000; i++) {
            int from = random.nextInt(bytes.length);
            int to = from + random.nextInt(bytes.length - from + 1);
            byte[] into = new byte[to - from + 5];
            assertTrue(cache.copyRun(10, from, to - from, MemorySegment.ofArray(into), 5));
            assertEquals(0, Arrays.compare(bytes, from, to, into, 5, into.length), () -> from + " to " + to);
        }
    }

    @Test
    void aRunThatComesInPiecesIsWhole() {
        MemorySegment whole = MemorySegment.ofArray(bytes);
        try (RunLoad load = cache.loadRun(3, RUN)) {
            load.fill(0, whole, SIZE);
            load.fill(SIZE, whole.asSlice(SIZE), 2 * SIZE);
            load.fill(3 * SIZE, whole.asSlice(3 * SIZE), SIZE);
            assertFalse(isThere(3, bytes), "not shown yet");
            load.show();
        }
        assertTrue(isThere(3, bytes));
    }

    @Test
    void whatWasNotShownIsNotThereAndHoldsNoFrame() {
        try (RunLoad load = cache.loadRun(10, RUN)) {
            load.fill(0, MemorySegment.ofArray(bytes), bytes.length);
            assertEquals(FRAMES - RUN, cache.stats().freeFrames());
        }
        assertFalse(isThere(10, bytes));
        assertEquals(FRAMES, cache.stats().freeFrames());
    }

    @Test
    void ofTwoLoadsOfARunEachPageComesInOnce() {
        MemorySegment whole = MemorySegment.ofArray(bytes);
        try (RunLoad one = cache.loadRun(10, RUN);
                RunLoad other = cache.loadRun(10, RUN)) {
            one.fill(0, whole, bytes.length);
            other.fill(0, whole, bytes.length);
            other.show();
            one.show();
        }
        assertTrue(isThere(10, bytes));
        assertEquals(RUN, cache.stats().residentPages());
        assertEquals(2 * RUN, cache.stats().misses());
    }

    @Test
    void aPageThatWasTakenOverIsNotTheRunsAnyMore() {
        load(10, bytes);
        cache.ownRun(11, 1);
        assertFalse(isThere(10, bytes));
        assertTrue(cache.copyRun(10, 0, SIZE, MemorySegment.ofArray(new byte[SIZE]), 0));
        cache.disownRun(11, 1);
        assertFalse(isThere(10, bytes));

        load(10, bytes);
        assertTrue(isThere(10, bytes));
    }

    /// What is in it is a user's, who may have made it look like one.
    @Test
    void aPageOfARunIsNoPageOfTheTree() {
        byte[] forged = new byte[RUN * SIZE];
        int crc = SelfCheckingPages.write(MemorySegment.ofArray(forged), 0, 10, 1);
        load(10, forged);
        assertTrue(isThere(10, forged));
        assertThrows(PageAnomaly.class, () -> cache.acquire(10, crc));
        assertFalse(cache.isResident(10));
    }

    @Test
    void oneThatWouldFillTooMuchStaysOut() {
        int most = FRAMES / 16;
        byte[] larger = new byte[(most + 1) * SIZE];
        load(10, larger);
        assertFalse(isThere(10, larger));
        assertEquals(FRAMES, cache.stats().freeFrames());
        load(10, bytes);
        assertEquals(most, cache.stats().residentPages());
    }

    @Test
    void oneThatIsReadAgainOutlastsThoseThatAreReadOnce() {
        load(0, bytes);
        for (int first = RUN; first < PAGES; first += RUN) {
            assertTrue(isThere(0, bytes), "before the one at page " + first);
            load(first, bytes);
        }
        assertTrue(isThere(0, bytes));
        assertFalse(isThere(RUN, bytes));
        assertEquals(FRAMES, cache.stats().residentPages());
    }

    @Test
    void withoutAFrameToBeHadItComesInInPart() {
        long[] words = new long[FRAMES - 1];
        for (int page = 0; page < words.length; page++) {
            words[page] = fixture.acquire(page, 1);
            assertTrue(cache.pin(page, words[page]));
        }
        load(100, bytes);
        assertFalse(isThere(100, bytes));
        assertTrue(isThere(100, Arrays.copyOf(bytes, SIZE)));
        for (long word : words) {
            cache.unpin(word);
        }
    }

    /// Frames go from run to run while they are copied: what was copied is the run's, or does not count.
    @Test
    void runsThatDriveOneAnotherOutAreNeverMixed() throws Exception {
        AtomicInteger found = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                SplittableRandom random = new SplittableRandom(CacheFixture.SEED + i);
                readers.add(threads.submit(() -> readRuns(random, found)));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
        assertTrue(found.get() > 0, "no run was ever in the cache");
    }

    private void readRuns(SplittableRandom random, AtomicInteger found) {
        byte[] into = new byte[RUN * SIZE];
        byte[] expected = new byte[RUN * SIZE];
        for (int i = 0; i < 40_000 * CacheFixture.SCALE; i++) {
            int run = random.nextInt(PAGES / RUN);
            Arrays.fill(expected, (byte) run);
            if (cache.copyRun(run * RUN, 0, into.length, MemorySegment.ofArray(into), 0)) {
                assertTrue(Arrays.equals(expected, into), () -> "run " + run + ", seed " + CacheFixture.SEED);
                found.incrementAndGet();
            } else {
                load(run * RUN, expected);
            }
        }
    }

    @Test
    void aReferenceBehindTheEndFindsNothing() {
        for (int first : new int[] {PAGES - 1, PAGES, Integer.MAX_VALUE - 1}) {
            load(first, bytes);
            assertFalse(isThere(first, bytes));
        }
        assertEquals(FRAMES, cache.stats().freeFrames());
    }

    @Test
    void aClosedCacheTakesNothingIn() {
        cache.close();
        assertThrows(ClosedException.class, () -> cache.loadRun(10, RUN));
    }
}

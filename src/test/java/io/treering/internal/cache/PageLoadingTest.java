package io.treering.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoFailureException;
import io.treering.internal.format.PageAnomaly;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Loads that fail, that several threads want, and that are started ahead of their readers.
@Timeout(60)
class PageLoadingTest {
    private static final int FRAMES = 8;
    private static final int PAGES = 64;

    private final CacheFixture fixture = new CacheFixture(FRAMES, PAGES);
    private final PageCache cache = fixture.cache;
    private final ScriptedDevice device = fixture.device;

    @AfterEach
    void nothingLeaked() {
        fixture.close();
    }

    @Test
    void aFailingReadReachesTheReaderAndLeavesNothingBehind() {
        IoFailureException failure = ScriptedDevice.failure("read");
        device.duringRead = page -> {
            throw failure;
        };

        for (int page = 0; page < PAGES; page++) {
            int wanted = page;
            assertSame(
                    failure, assertThrows(IoFailureException.class, () -> cache.acquire(wanted, fixture.crc(wanted))));
            assertEquals(FRAMES, cache.stats().freeFrames());
        }
        device.duringRead = page -> {};
        fixture.acquire(0, 1);
    }

    @Test
    void anErrorInTheMiddleOfALoadLeavesNothingBehindEither() {
        device.duringRead = page -> {
            throw new OutOfMemoryError("scripted");
        };

        assertThrows(OutOfMemoryError.class, () -> cache.acquire(1, fixture.crc(1)));

        assertEquals(FRAMES, cache.stats().freeFrames());
        assertEquals(0, cache.stats().loadsUnderWay());
    }

    @Test
    void wrongBytesAreAnAnomalyAndLeaveNothingBehind() {
        int crc = fixture.crc(2);
        for (int i = 0; i < 3 * FRAMES; i++) {
            assertThrows(PageAnomaly.class, () -> cache.acquire(2, crc ^ 1));
        }
        device.put(2, 9);
        assertThrows(PageAnomaly.class, () -> cache.acquire(2, crc));

        assertEquals(FRAMES, cache.stats().freeFrames());
        assertFalse(cache.isResident(2));
        device.put(2, 1);
        fixture.acquire(2, 1);
    }

    @Test
    void severalThreadsThatMissOnePageReadItOnce() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        device.duringRead = page -> {
            inside.countDown();
            await(goOn);
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> words = new ArrayList<>();
            words.add(threads.submit(() -> cache.acquire(7, fixture.crc(7))));
            await(inside);
            for (int i = 0; i < 5; i++) {
                words.add(threads.submit(() -> cache.acquire(7, fixture.crc(7))));
            }
            goOn.countDown();
            for (Future<Long> word : words) {
                assertTrue(cache.holds(7, word.get()));
            }
        }

        assertEquals(1, device.reads.get());
    }

    @Test
    void whoWaitsForALoadThatFailsLoadsThePageItself() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        device.duringRead = page -> {
            device.duringRead = again -> {};
            inside.countDown();
            await(goOn);
            throw ScriptedDevice.failure("the first read");
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<Long> first = threads.submit(() -> cache.acquire(7, fixture.crc(7)));
            await(inside);
            Future<Long> second = threads.submit(() -> fixture.acquire(7, 1));
            goOn.countDown();
            assertThrows(Exception.class, first::get);
            assertTrue(cache.holds(7, second.get()));
        }
    }

    @Test
    void differentPagesLoadAtTheSameTime() throws Exception {
        CountDownLatch allInside = new CountDownLatch(3);
        device.duringRead = page -> {
            allInside.countDown();
            await(allInside);
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<Long>> words = new ArrayList<>();
            for (int page = 0; page < 3; page++) {
                int wanted = page;
                words.add(threads.submit(() -> fixture.acquire(wanted, 1)));
            }
            for (int page = 0; page < 3; page++) {
                assertTrue(cache.holds(page, words.get(page).get()));
            }
        }
    }

    @Test
    void moreLoadingThreadsThanFramesAllGetThrough() throws Exception {
        CountDownLatch allFramesTaken = new CountDownLatch(FRAMES);
        device.duringRead = page -> {
            allFramesTaken.countDown();
            await(allFramesTaken);
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int page = 0; page < 4 * FRAMES; page++) {
                int wanted = page;
                done.add(threads.submit(() -> cache.acquire(wanted, fixture.crc(wanted))));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }

        assertEquals(FRAMES, cache.stats().residentPages());
    }

    @Test
    void anInterruptedReaderGetsItsPageAndStaysInterrupted() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        device.duringRead = page -> {
            inside.countDown();
            await(goOn);
        };
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Thread loader = Thread.ofPlatform().start(() -> cache.acquire(7, fixture.crc(7)));
        await(inside);
        Thread reader = Thread.ofPlatform().start(() -> {
            Thread.currentThread().interrupt();
            fixture.acquire(7, 1);
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        while (reader.getState() != Thread.State.TIMED_WAITING && reader.isAlive()) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        reader.join();
        loader.join();

        assertEquals(Boolean.TRUE, interrupted.get());
    }

    // ---- ahead ------------------------------------------------------------------------------------------------------

    @Test
    void aPageLoadedAheadIsCompletedByItsReader() {
        device.defer = true;
        cache.prefetch(fixture.references(3, 4), 0, 2);

        assertEquals(2, device.submissions.get());
        assertEquals(0, device.reads.get(), "in flight");
        assertFalse(cache.isResident(3));
        fixture.acquire(4, 1);
        assertEquals(1, device.reads.get());
        assertFalse(cache.isResident(3));
        fixture.acquire(3, 1);
        fixture.acquire(3, 1);
        assertEquals(2, device.reads.get());
        assertEquals(0, cache.stats().loadsUnderWay());
    }

    @Test
    void onlyTheRangeThatWasNamedAndOnlyAbsentPagesAreLoadedAhead() {
        fixture.acquire(5, 1);
        cache.prefetch(fixture.references(3, 5, 6, 7), 1, 3);

        assertEquals(1, device.submissions.get());
        fixture.acquire(6, 1);
        assertEquals(2, device.reads.get());
    }

    @Test
    void loadsAheadTakeAQuarterOfTheFramesAtMost() {
        device.defer = true;
        cache.prefetch(fixture.references(1, 2, 3, 4, 5, 6, 7, 8), 0, 8);

        assertEquals(FRAMES / 4, device.submissions.get());
        cache.prefetch(fixture.references(9), 0, 1);
        assertEquals(FRAMES / 4, device.submissions.get(), "still in flight");
        device.finishReads();
        cache.prefetch(fixture.references(9), 0, 1);
        assertEquals(FRAMES / 4 + 1, device.submissions.get());
        assertTrue(cache.isResident(1), "completed by the one who needed the slot");
    }

    @Test
    void anAbandonedLoadGivesItsFrameToWhoeverNeedsOne() {
        device.defer = true;
        long[] words = new long[FRAMES - 2];
        for (int i = 0; i < words.length; i++) {
            words[i] = fixture.acquire(10 + i, 1);
            assertTrue(cache.pin(10 + i, words[i]));
        }
        cache.prefetch(fixture.references(1, 2), 0, 2);
        assertEquals(2, cache.stats().loadsUnderWay());

        for (int page = 20; page < 40; page++) {
            fixture.acquire(page, 1);
        }

        assertEquals(0, cache.stats().freeFrames());
        for (long word : words) {
            cache.unpin(word);
        }
    }

    @Test
    void anAbandonedLoadEndsWithTheCache() {
        device.defer = true;
        cache.prefetch(fixture.references(1, 2), 0, 2);
        fixture.assertNothingLeaked();

        cache.close();

        assertEquals(2, device.reads.get(), "nothing is in flight any more");
        assertEquals(0, cache.stats().loadsUnderWay());
        fixture.acquire(1, 1);
    }

    @Test
    void aLoadAheadThatFailsIsReportedOnlyToAReaderOfThatPage() {
        device.defer = true;
        device.duringRead = page -> {
            if (page == 1 || page == 2) {
                throw ScriptedDevice.failure("read of page " + page);
            }
        };
        cache.prefetch(fixture.references(1, 2), 0, 2);
        device.finishReads();

        assertThrows(IoFailureException.class, () -> cache.acquire(1, fixture.crc(1)));
        cache.prefetch(fixture.references(3), 0, 1);
        fixture.acquire(3, 1);
        device.duringRead = page -> {};
        fixture.acquire(2, 1);
        fixture.acquire(1, 1);
    }

    @Test
    void wrongBytesLoadedAheadReachNoReader() {
        device.defer = true;
        cache.prefetch(fixture.references(1, 2), 0, 2);
        device.put(1, 9);
        device.put(2, 9);
        device.finishReads();
        cache.prefetch(fixture.references(1, 2), 0, 0);

        assertFalse(cache.isResident(1));
        assertEquals(FRAMES, cache.stats().freeFrames());
        cache.prefetch(fixture.references(2), 0, 1);
        assertThrows(PageAnomaly.class, () -> cache.acquire(2, fixture.crc(2)));
        assertEquals(FRAMES, cache.stats().freeFrames());
    }

    @Test
    void aSubmissionThatIsRefusedIsNoConcernOfTheHint() {
        device.onSubmit = page -> {
            throw ScriptedDevice.failure("submission");
        };
        cache.prefetch(fixture.references(1, 2, 3), 0, 3);

        assertEquals(1, device.submissions.get());
        assertEquals(FRAMES, cache.stats().freeFrames());
        device.onSubmit = page -> {};
        cache.prefetch(fixture.references(1, 2, 3), 0, 3);
        assertEquals(1 + FRAMES / 4, device.submissions.get(), "no slot was lost");
    }

    @Test
    void anErrorDuringASubmissionLeavesNothingBehind() {
        device.onSubmit = page -> {
            throw new OutOfMemoryError("scripted");
        };

        assertThrows(OutOfMemoryError.class, () -> cache.prefetch(fixture.references(1), 0, 1));

        assertEquals(FRAMES, cache.stats().freeFrames());
        assertEquals(0, cache.stats().loadsUnderWay());
        device.onSubmit = page -> {};
        fixture.acquire(1, 1);
    }

    @Test
    void aPageLoadedAheadWithAnOldReferenceIsLoadedAgainByItsReader() {
        device.defer = true;
        long old = fixture.references(3)[0];
        cache.own(3);
        fixture.rewrite(3, 2);
        cache.settle(3, fixture.staging, 0, false);
        cache.prefetch(new long[] {old}, 0, 1);

        fixture.acquire(3, 2);
    }

    @Test
    void aMergeOwnsAPageThatIsLoadedAhead() {
        device.defer = true;
        long old = fixture.references(3)[0];
        cache.prefetch(new long[] {old}, 0, 1);
        cache.own(3);
        fixture.rewrite(3, 2);
        cache.settle(3, fixture.staging, 0, false);

        cache.prefetch(fixture.references(3), 0, 1);
        assertEquals(2, device.submissions.get(), "the new version, while the old load is in flight");
        fixture.acquire(3, 2);
        assertEquals(1, cache.stats().loadsUnderWay());
        device.finishReads();
        cache.prefetch(fixture.references(3), 0, 1);
        assertEquals(0, cache.stats().loadsUnderWay());
        fixture.acquire(3, 2);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}

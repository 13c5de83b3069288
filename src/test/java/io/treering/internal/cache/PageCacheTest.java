package io.treering.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.treering.CacheExhaustedException;
import io.treering.ClosedException;
import io.treering.internal.format.PageAnomaly;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Every transition of a page, one at a time.
@Timeout(60)
class PageCacheTest {
    private static final int FRAMES = 8;
    private static final int PAGES = 64;

    private final CacheFixture fixture = new CacheFixture(FRAMES, PAGES);
    private final PageCache cache = fixture.cache;

    @AfterEach
    void nothingLeaked() {
        fixture.close();
    }

    @Test
    void anAbsentPageIsLoadedOnceAndThenResident() {
        assertFalse(cache.isResident(3));

        long word = fixture.acquire(3, 1);

        assertTrue(cache.isResident(3));
        assertTrue(cache.holds(3, word));
        assertTrue(cache.holds(3, fixture.acquire(3, 1)));
        assertEquals(1, fixture.device.reads.get());
        assertEquals(1, cache.stats().residentPages());
    }

    @Test
    void aPageThatIsReadAgainOutlastsThoseThatAreReadOnce() {
        fixture.acquire(0, 1);
        for (int page = 1; page < PAGES; page++) {
            fixture.acquire(0, 1);
            fixture.acquire(page, 1);
        }

        assertTrue(cache.isResident(0));
        assertEquals(PAGES, fixture.device.reads.get());
        assertEquals(PAGES - FRAMES, cache.stats().evictions());
    }

    @Test
    void aWordIsStaleOnceItsPageWasEvicted() {
        long word = fixture.acquire(0, 1);
        loadOthers();

        assertFalse(cache.isResident(0));
        assertFalse(cache.holds(0, word));
        assertFalse(cache.pin(0, word));
        assertEquals(0, cache.stats().pinnedFrames());
    }

    @Test
    void aWordIsStaleAlsoWhenItsPageCameBackToTheSameFrame() {
        CacheFixture tiny = new CacheFixture(1, 2);
        long word = tiny.acquire(0, 1);
        tiny.acquire(1, 1);
        long again = tiny.acquire(0, 1);

        assertEquals(tiny.cache.base(word), tiny.cache.base(again));
        assertNotEquals(word, again);
        assertFalse(tiny.cache.holds(0, word));
        assertTrue(tiny.cache.holds(0, again));
        tiny.close();
    }

    @Test
    void theCoolingBitIsInvisibleToReaders() {
        long word = fixture.acquire(0, 1);
        fixture.acquire(0, 1);
        long[] held = {word};
        for (int page = 1; page <= FRAMES; page++) { // the hand comes by and marks page 0
            fixture.acquire(page, 1);
        }

        assertTrue(cache.isResident(0));
        assertTrue(cache.holds(0, held[0]));
        assertEquals(word, cache.acquire(0, fixture.crc(0)));
    }

    @Test
    void aPinnedPageStaysWhateverIsLoaded() {
        long word = fixture.acquire(5, 1);
        assertTrue(cache.pin(5, word));
        loadOthers();
        loadOthers();

        assertEquals(1, fixture.birth(5, word));
        assertTrue(cache.holds(5, word));
        cache.unpin(word);
        loadOthers();
        assertFalse(cache.holds(5, word));
    }

    @Test
    void aCacheWithAllFramesPinnedSaysSoAndRecovers() {
        long[] words = new long[FRAMES];
        for (int page = 0; page < FRAMES; page++) {
            words[page] = fixture.acquire(page, 1);
            assertTrue(cache.pin(page, words[page]));
        }

        CacheExhaustedException exhausted =
                assertThrows(CacheExhaustedException.class, () -> cache.acquire(20, fixture.crc(20)));

        assertTrue(exhausted.getMessage().contains("all 8 frames"), exhausted.getMessage());
        fixture.acquire(0, 1);
        cache.prefetch(fixture.references(21, 22), 0, 2);
        assertEquals(0, fixture.device.submissions.get());
        cache.unpin(words[3]);
        fixture.acquire(20, 1);
        assertFalse(cache.isResident(3));
        for (int page = 0; page < FRAMES; page++) {
            if (page != 3) {
                cache.unpin(words[page]);
            }
        }
    }

    @Test
    void theLastFrameThatIsNotPinnedServesAllPages() {
        long[] words = new long[FRAMES - 1];
        for (int page = 0; page < words.length; page++) {
            words[page] = fixture.acquire(page, 1);
            assertTrue(cache.pin(page, words[page]));
        }
        for (int page = words.length; page < PAGES; page++) {
            fixture.acquire(page, 1);
        }
        for (long word : words) {
            cache.unpin(word);
        }
    }

    @Test
    void anIdOutsideTheTableIsAnAnomaly() {
        assertThrows(PageAnomaly.class, () -> cache.acquire(PAGES, 0));
        assertThrows(PageAnomaly.class, () -> cache.acquire(-1, 0));
        assertThrows(PageAnomaly.class, () -> cache.acquire(Integer.MIN_VALUE, 0));
        assertThrows(PageAnomaly.class, () -> cache.acquire(Integer.MAX_VALUE, 0));
        cache.prefetch(new long[] {PAGES, -1L, Integer.MAX_VALUE}, 0, 3);
        assertEquals(0, fixture.device.reads.get());
    }

    @Test
    void theTableGrowsByChunksAndKeepsItsWords() {
        long word = fixture.acquire(7, 1);
        long before = cache.stats().tableBytes();
        cache.ensureTable((1 << TranslationTable.CHUNK_SHIFT) + 1);

        assertEquals(2 * before, cache.stats().tableBytes());
        assertTrue(cache.holds(7, word));
        assertFalse(cache.isResident(1 << TranslationTable.CHUNK_SHIFT));
        cache.ensureTable(1);
        assertTrue(cache.holds(7, fixture.acquire(7, 1)));
    }

    @Test
    void aPageThatIsCutOffIsAnAnomalyAndNoFailureOfTheDevice() {
        cache.shrinkTable(10);
        fixture.device.truncate(10 * SelfCheckingPages.SIZE);

        assertThrows(PageAnomaly.class, () -> cache.acquire(10, fixture.crc(10)));
        fixture.acquire(9, 1);
    }

    @Test
    void aPageThatIsCutOffWhileItIsLoadedIsAnAnomaly() {
        fixture.device.duringRead = page -> {
            cache.shrinkTable(10);
            throw ScriptedDevice.failure("read past the end");
        };

        assertThrows(PageAnomaly.class, () -> cache.acquire(10, fixture.crc(10)));
        fixture.assertNothingLeaked();
    }

    @Test
    void anOwnedPageCannotBeRead() {
        long word = fixture.acquire(4, 1);
        cache.own(4);

        assertFalse(cache.holds(4, word));
        assertFalse(cache.pin(4, word));
        assertFalse(cache.isResident(4));
        assertThrows(PageAnomaly.class, () -> cache.acquire(4, fixture.crc(4)));
        cache.prefetch(fixture.references(4), 0, 1);
        assertEquals(0, fixture.device.submissions.get());
        assertEquals(FRAMES, cache.stats().freeFrames());
    }

    @Test
    void aSettledPageIsResidentWithoutARead() {
        cache.own(4);
        fixture.rewrite(4, 2);
        cache.settle(4, fixture.staging, 0, true);

        fixture.acquire(4, 2);
        assertEquals(0, fixture.device.reads.get());
    }

    @Test
    void aPageThatIsSettledWithoutAFrameIsLoadedWhenItIsRead() {
        cache.own(4);
        fixture.rewrite(4, 2);
        cache.settle(4, fixture.staging, 0, false);

        assertFalse(cache.isResident(4));
        fixture.acquire(4, 2);
        assertEquals(1, fixture.device.reads.get());
    }

    @Test
    void settlingFindsAFrameInAFullCacheAndNoneInAPinnedOne() {
        long[] words = new long[FRAMES];
        for (int page = 0; page < FRAMES; page++) {
            words[page] = fixture.acquire(page, 1);
        }
        cache.own(20);
        fixture.rewrite(20, 2);
        cache.settle(20, fixture.staging, 0, true);
        assertTrue(cache.isResident(20));

        int pinned = 0;
        for (int page = 0; page <= 20; page++) {
            if (cache.isResident(page)) {
                words[pinned] = cache.acquire(page, fixture.crc(page));
                assertTrue(cache.pin(page, words[pinned++]));
            }
        }
        assertEquals(FRAMES, pinned);
        cache.own(21);
        fixture.rewrite(21, 2);
        cache.settle(21, fixture.staging, 0, true);
        assertFalse(cache.isResident(21));
        for (long word : words) {
            cache.unpin(word);
        }
        fixture.acquire(21, 2);
    }

    @Test
    void settlingFindsAFrameEvenWhereEveryPageIsWarm() {
        for (int page = 0; page < FRAMES; page++) {
            fixture.acquire(page, 1);
            fixture.acquire(page, 1);
        }
        cache.own(20);
        fixture.rewrite(20, 2);
        cache.settle(20, fixture.staging, 0, true);

        assertTrue(cache.isResident(20));
    }

    @Test
    void aPinOutlivesItsPageAndFreesTheFrameAtItsEnd() {
        long word = fixture.acquire(4, 1);
        assertTrue(cache.pin(4, word));
        assertTrue(cache.pin(4, word));
        cache.own(4);
        fixture.rewrite(4, 2);
        cache.settle(4, fixture.staging, 0, true);

        fixture.acquire(4, 2);
        for (int page = 10; page < 60; page++) {
            fixture.acquire(page, 1);
        }
        assertEquals(1, fixture.birth(4, word), "the pinned frame keeps the old version");
        assertEquals(1, cache.stats().orphanedFrames());
        fixture.assertNothingLeaked();
        cache.unpin(word);
        assertEquals(1, cache.stats().orphanedFrames());
        cache.unpin(word);
        assertEquals(0, cache.stats().orphanedFrames());
    }

    @Test
    void aDroppedPageFreesItsFrame() {
        long word = fixture.acquire(4, 1);
        cache.drop(4);

        assertFalse(cache.holds(4, word));
        assertEquals(FRAMES, cache.stats().freeFrames());
        cache.drop(4);
        assertEquals(FRAMES, cache.stats().freeFrames());
        fixture.acquire(4, 1);
    }

    @Test
    void aPageDroppedWhilePinnedFreesItsFrameWithTheLastPin() {
        long word = fixture.acquire(4, 1);
        assertTrue(cache.pin(4, word));
        cache.drop(4);

        assertEquals(FRAMES - 1, cache.stats().freeFrames());
        assertEquals(1, fixture.birth(4, word));
        cache.unpin(word);
        assertEquals(FRAMES, cache.stats().freeFrames());
    }

    @Test
    void aDisownedPageIsAbsent() {
        cache.own(4);
        cache.disown(4);

        assertFalse(cache.isResident(4));
        fixture.acquire(4, 1);
    }

    @Test
    void aMergeOwnsAPageInTheMiddleOfItsLoad() {
        int crc = fixture.crc(6);
        fixture.device.duringRead = page -> cache.own(page);

        assertThrows(PageAnomaly.class, () -> cache.acquire(6, crc));

        assertEquals(FRAMES, cache.stats().freeFrames());
        assertThrows(PageAnomaly.class, () -> cache.acquire(6, crc), "still owned");
        fixture.device.duringRead = page -> {};
        fixture.rewrite(6, 2);
        cache.settle(6, fixture.staging, 0, false);
        fixture.acquire(6, 2);
    }

    @Test
    void whatWasReadBeforeAPageWasRewrittenIsNeverPublished() {
        int crc = fixture.crc(6);
        fixture.device.duringRead = page -> {
            fixture.device.duringRead = again -> {};
            PageAnomaly anomaly = assertThrows(PageAnomaly.class, () -> {
                // The old content is in the frame by the time that the merge comes, writes, and leaves.
                cache.own(page);
                cache.acquire(page, crc);
            });
            assertEquals(6, anomaly.page());
            cache.disown(page);
        };

        fixture.acquire(6, 1);

        assertEquals(2, fixture.device.reads.get(), "the load that lost starts again");
        assertEquals(1, cache.stats().residentPages());
    }

    @Test
    void aLoadThatWasOvertakenByAWholeMergeLeavesTheNewVersionAlone() {
        int oldCrc = fixture.crc(6);
        long[] settled = new long[1];
        ScriptedDevice device = fixture.device;
        MemorySegment old = Arena.ofAuto().allocate(SelfCheckingPages.SIZE);
        device.read(6L * SelfCheckingPages.SIZE, old);
        // The page is taken over after the whole old version was read and found valid.
        PageCache[] overtaken = new PageCache[1];
        overtaken[0] = new PageCache(
                device,
                fixture.arena.allocate(2 * SelfCheckingPages.SIZE, 4096),
                SelfCheckingPages.SIZE,
                bytes -> fixture.arena.allocate(bytes, 4096),
                (memory, base, page, crc) -> {
                    SelfCheckingPages.validate(memory, base, page, crc);
                    if (settled[0] == 0) {
                        overtaken[0].own(page);
                        fixture.rewrite(page, 2);
                        overtaken[0].settle(page, fixture.staging, 0, true);
                        settled[0] = overtaken[0].acquire(page, fixture.crc(page));
                    }
                },
                CacheFixture::awaitWithinReason);
        overtaken[0].ensureTable(PAGES);

        long word = overtaken[0].acquire(6, oldCrc);

        assertEquals(settled[0], word);
        assertEquals(2, SelfCheckingPages.birth(overtaken[0].frames(), overtaken[0].base(word), 6));
        assertEquals(1, overtaken[0].stats().freeFrames());
    }

    @Test
    void aPageDroppedInTheMiddleOfItsLoadIsLoadedAgain() {
        fixture.device.duringRead = page -> {
            fixture.device.duringRead = again -> {};
            cache.drop(page);
        };

        fixture.acquire(6, 1);

        assertEquals(2, fixture.device.reads.get());
    }

    @Test
    void aResidentPageIsCopiedForTheFlusherAndNoOther() {
        MemorySegment copy = fixture.arena.allocate(2 * SelfCheckingPages.SIZE);
        assertFalse(cache.copyIfResident(4, fixture.crc(4), copy, 0));
        fixture.acquire(4, 1);

        assertTrue(cache.copyIfResident(4, fixture.crc(4), copy, SelfCheckingPages.SIZE));
        assertEquals(1, SelfCheckingPages.birth(copy, SelfCheckingPages.SIZE, 4));
        assertFalse(cache.copyIfResident(4, fixture.crc(4) + 1, copy, 0));
        cache.own(4);
        assertFalse(cache.copyIfResident(4, fixture.crc(4), copy, 0));
    }

    @Test
    void copyingForTheFlusherDoesNotKeepAPageWarm() {
        MemorySegment copy = fixture.arena.allocate(SelfCheckingPages.SIZE);
        fixture.acquire(0, 1);
        for (int page = 1; page <= FRAMES; page++) {
            cache.copyIfResident(0, fixture.crc(0), copy, 0);
            fixture.acquire(page, 1);
        }

        assertFalse(cache.isResident(0));
    }

    @Test
    void aClosedCacheLoadsAndPinsNothingMore() {
        long word = fixture.acquire(1, 1);
        cache.close();

        assertThrows(ClosedException.class, () -> cache.acquire(2, fixture.crc(2)));
        assertThrows(ClosedException.class, () -> cache.pin(1, word));
        assertThrows(ClosedException.class, () -> cache.prefetch(fixture.references(2), 0, 1));
        assertEquals(0, cache.stats().pinnedFrames());
        assertEquals(1, fixture.device.reads.get());
        cache.close();
    }

    @Test
    void readingAResidentPageAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        fixture.acquire(1, 1);
        fixture.acquire(2, 1);
        long held = readResidentPages(20_000);
        long before = threads.getThreadAllocatedBytes(thread);
        long overhead = threads.getThreadAllocatedBytes(thread) - before;

        before = threads.getThreadAllocatedBytes(thread);
        held += readResidentPages(20_000);
        long allocated = threads.getThreadAllocatedBytes(thread) - before - overhead;

        assertEquals(80_000, held);
        assertTrue(allocated < 20_000, "40,000 reads allocated " + allocated + " bytes");
    }

    private long readResidentPages(int rounds) {
        long held = 0;
        for (int i = 0; i < rounds; i++) {
            for (int page = 1; page <= 2; page++) {
                long word = cache.acquire(page, fixture.crc(page));
                cache.pin(page, word);
                cache.unpin(word);
                held += cache.holds(page, word) ? 1 : 0;
            }
        }
        return held;
    }

    /// Enough pages, each twice so that it warms up, to turn over the whole cache.
    private void loadOthers() {
        for (int page = 10; page < 10 + 4 * FRAMES; page++) {
            fixture.acquire(page, 1);
        }
    }
}

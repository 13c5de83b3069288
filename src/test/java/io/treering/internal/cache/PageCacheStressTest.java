package io.treering.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CacheExhaustedException;
import io.treering.IoFailureException;
import io.treering.internal.format.PageAnomaly;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Readers against one writer, as in a tree of one level: each key is one page, and a new version of it goes to a free
/// page id, of which there are few, so that ids are used again while readers still hold references to what they were.
///
/// A reference names page, checksum and birth. A reader must find exactly that birth, or notice that the reference was
/// replaced meanwhile: everything else is a wrong answer.
@Timeout(300)
class PageCacheStressTest {
    private static final int KEYS = 24;
    private static final int SPARE_PAGES = 3;
    private static final int READERS = 4;

    private record Reference(int page, int crc, long birth) {
        long packed() {
            return (crc & 0xffff_ffffL) << 32 | page;
        }
    }

    private final AtomicReferenceArray<Reference> keys = new AtomicReferenceArray<>(KEYS);
    private final AtomicInteger readersLeft = new AtomicInteger(READERS);
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong anomalies = new AtomicLong();

    @ParameterizedTest(name = "{0} frames, virtual threads: {1}, failing reads: {2}")
    @CsvSource({"8,false,false", "4,false,false", "2,true,false", "12,true,true", "5,false,true"})
    void everyAnswerIsTheVersionThatWasAskedFor(int frames, boolean isVirtual, boolean failing) throws Exception {
        long seed = CacheFixture.SEED;
        String context = "treering.test.seed=" + seed;
        try (CacheFixture fixture = new CacheFixture(frames, KEYS + SPARE_PAGES)) {
            for (int key = 0; key < KEYS; key++) {
                keys.set(key, new Reference(key, fixture.crc(key), 1));
            }
            disturb(fixture.device, new SplittableRandom(seed), failing);
            ThreadFactory factory = isVirtual
                    ? Thread.ofVirtual().factory()
                    : Thread.ofPlatform().factory();
            try (ExecutorService threads = Executors.newThreadPerTaskExecutor(factory)) {
                List<Future<?>> running = new ArrayList<>();
                for (int i = 0; i < READERS; i++) {
                    SplittableRandom random = new SplittableRandom(seed + 1 + i);
                    running.add(threads.submit(() -> readUntilDone(fixture, random)));
                }
                running.add(threads.submit(() -> writeUntilReadersAreDone(fixture, new SplittableRandom(seed + 99))));
                for (Future<?> each : running) {
                    each.get();
                }
            } catch (Exception failure) {
                throw new AssertionError(context, failure);
            }
            fixture.device.duringRead = page -> {};
            assertTrue(answers.get() > 0, context);
        }
    }

    /// Reads are held up now and then, and fail if told to.
    private static void disturb(ScriptedDevice device, SplittableRandom random, boolean failing) {
        long salt = random.nextLong();
        AtomicInteger count = new AtomicInteger();
        device.duringRead = page -> {
            long dice = new SplittableRandom(salt + count.getAndIncrement()).nextInt(100);
            if (dice < 20) {
                Thread.yield();
            }
            if (failing && dice >= 97) {
                throw ScriptedDevice.failure("read of page " + page);
            }
        };
    }

    /// A clock that met a pin, and whose page was dropped before it could put the word back, has to give up the frame:
    /// else the only one is lost, and the next load waits for ever.
    @Test
    void noFrameIsLostBetweenAClockAPinAndADrop() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (CacheFixture fixture = new CacheFixture(1, 2);
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            PageCache cache = fixture.cache;
            MemorySegment page = fixture.arena.allocate(SelfCheckingPages.SIZE, 4096);
            Future<?> clock = threads.submit(() -> {
                while (!over.get()) {
                    cache.own(1);
                    cache.settle(1, page, 0, true);
                    cache.drop(1);
                }
            });
            try {
                for (int round = 0; round < 300_000 * CacheFixture.SCALE; round++) {
                    long word = cache.acquire(0, fixture.crc(0));
                    for (int wait = round % 64; wait > 0; wait--) {
                        Thread.onSpinWait();
                    }
                    boolean pinned = cache.pin(0, word);
                    cache.drop(0);
                    if (pinned) {
                        cache.unpin(word);
                    }
                }
            } finally {
                over.set(true);
            }
            clock.get();
        }
    }

    // ---- readers ----------------------------------------------------------------------------------------------------

    private void readUntilDone(CacheFixture fixture, SplittableRandom random) {
        try {
            Reference stale = keys.get(0);
            for (int i = 0; i < 5_000 * CacheFixture.SCALE; i++) {
                int key = random.nextInt(10) < 5 ? random.nextInt(4) : random.nextInt(KEYS);
                int kind = random.nextInt(16);
                if (kind == 0) {
                    Reference next = keys.get(random.nextInt(KEYS));
                    fixture.cache.prefetch(new long[] {stale.packed(), next.packed()}, 0, 2);
                    stale = next;
                }
                try {
                    read(fixture, key, kind < 6);
                } catch (IoFailureException | CacheExhaustedException scripted) {
                    anomalies.getAndIncrement();
                }
            }
        } finally {
            readersLeft.getAndDecrement();
        }
    }

    private void read(CacheFixture fixture, int key, boolean pinning) {
        PageCache cache = fixture.cache;
        while (true) {
            Reference reference = keys.get(key);
            int page = reference.page();
            try {
                long word = cache.acquire(page, reference.crc());
                long birth = fixture.birth(page, word);
                if (pinning && cache.pin(page, word)) {
                    try {
                        checkPinned(fixture, page, word);
                    } finally {
                        cache.unpin(word);
                    }
                }
                if (!cache.holds(page, word)) {
                    continue;
                }
                assertNotEquals(SelfCheckingPages.TORN, birth, "a page that held is torn");
                if (birth == reference.birth()) {
                    answers.getAndIncrement();
                    return;
                }
                assertTrue(birth > reference.birth(), "an older version came back");
                assertNotSame(reference, keys.get(key), "a page was used again while it was needed");
            } catch (PageAnomaly anomaly) {
                assertNotSame(
                        reference, keys.get(key), () -> "a page that is needed was lost: " + anomaly.getMessage());
                anomalies.getAndIncrement();
            }
        }
    }

    private static void checkPinned(CacheFixture fixture, int page, long word) {
        long birth = fixture.birth(page, word);
        assertNotEquals(SelfCheckingPages.TORN, birth, "a pinned page is torn");
        Thread.yield();
        assertEquals(birth, fixture.birth(page, word), "a pinned frame was refilled");
    }

    // ---- the writer -------------------------------------------------------------------------------------------------

    private void writeUntilReadersAreDone(CacheFixture fixture, SplittableRandom random) {
        PageCache cache = fixture.cache;
        MemorySegment copy = fixture.arena.allocate(SelfCheckingPages.SIZE, 4096);
        ArrayDeque<Integer> free = new ArrayDeque<>();
        for (int page = KEYS; page < KEYS + SPARE_PAGES; page++) {
            free.add(page);
        }
        for (long birth = 2; readersLeft.get() > 0; birth++) {
            int key = random.nextInt(KEYS);
            Reference old = keys.get(key);
            if (cache.copyIfResident(old.page(), old.crc(), copy, 0)) {
                assertEquals(old.birth(), SelfCheckingPages.birth(copy, 0, old.page()), "the flusher's copy");
            }
            int page = random.nextBoolean() ? free.removeFirst() : free.removeLast();
            cache.own(page);
            if (random.nextInt(16) == 0) {
                cache.disown(page);
                free.add(page);
            } else {
                fixture.rewrite(page, birth);
                cache.settle(page, fixture.staging, 0, random.nextInt(4) > 0);
                keys.set(key, new Reference(page, fixture.crc(page), birth));
                cache.drop(old.page());
                free.add(old.page());
            }
            if (random.nextInt(4) == 0) {
                Thread.yield();
            }
        }
    }
}

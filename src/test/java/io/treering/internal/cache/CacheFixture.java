package io.treering.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treering.internal.bytes.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// A cache over a [ScriptedDevice] full of self-checking pages, each born in generation 1.
final class CacheFixture implements AutoCloseable {
    /// How long randomised and concurrent tests run, and from which seed.
    static final int SCALE = Integer.getInteger("treering.test.scale", 1);

    static final long SEED = Long.getLong("treering.test.seed", System.nanoTime());

    final Arena arena = Arena.ofShared();
    final ScriptedDevice device;
    final PageCache cache;
    final MemorySegment staging;
    private final int[] crcs;

    CacheFixture(int frames, int pages) {
        device = new ScriptedDevice(arena, pages);
        crcs = new int[pages];
        for (int page = 0; page < pages; page++) {
            crcs[page] = device.put(page, 1);
        }
        cache = new PageCache(
                device,
                arena.allocate((long) frames * SelfCheckingPages.SIZE, 4096),
                SelfCheckingPages.SIZE,
                bytes -> arena.allocate(bytes, 4096),
                SelfCheckingPages::validate,
                CacheFixture::awaitWithinReason);
        cache.ensureTable(pages);
        staging = arena.allocate(SelfCheckingPages.SIZE, 4096);
    }

    /// Waits as production code does, but turns waiting for ever into a failure.
    static void awaitWithinReason(BooleanSupplier condition) {
        long start = System.nanoTime();
        Waiter.PARKING.await(() -> {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(20)) {
                throw new AssertionError("waited for ever");
            }
            return condition.getAsBoolean();
        });
    }

    /// The page's checksum as its parent would have it.
    int crc(int page) {
        return crcs[page];
    }

    long[] references(int... pages) {
        long[] references = new long[pages.length];
        for (int i = 0; i < pages.length; i++) {
            references[i] = (crcs[pages[i]] & 0xffff_ffffL) << 32 | pages[i];
        }
        return references;
    }

    /// Acquires a page and expects it to be a certain version, untorn.
    long acquire(int page, long birth) {
        long word = cache.acquire(page, crcs[page]);
        assertEquals(birth, birth(page, word), "birth of page " + page);
        return word;
    }

    long birth(int page, long word) {
        return SelfCheckingPages.birth(cache.frames(), cache.base(word), page);
    }

    /// Writes a new version of a page that the caller owns, to the device and to the staging memory.
    void rewrite(int page, long birth) {
        crcs[page] = SelfCheckingPages.write(staging, 0, page, birth);
        device.write((long) page * SelfCheckingPages.SIZE, staging);
    }

    /// Rule (C1), while nothing moves: every frame is somewhere, and once.
    void assertNothingLeaked() {
        CacheStats stats = cache.stats();
        assertEquals(
                stats.frames(),
                stats.freeFrames() + stats.residentPages() + stats.loadsUnderWay() + stats.orphanedFrames(),
                stats::toString);
    }

    @Override
    public void close() {
        cache.close();
        assertNothingLeaked();
        assertEquals(0, cache.stats().loadsUnderWay());
        assertEquals(0, cache.stats().pinnedFrames());
        assertEquals(0, cache.stats().orphanedFrames());
        arena.close();
    }
}

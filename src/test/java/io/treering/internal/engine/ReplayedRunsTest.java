package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.MemoryBlockDevice;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.cache.PageCache;
import io.treering.internal.cache.PageValidator;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import io.treering.internal.format.TreePage;
import io.treering.internal.format.WalOperation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a log refers to is claimed only if it is there.
final class ReplayedRunsTest {
    private static final int PAGE_SIZE = 4096;
    private static final int FRAMES = 64;
    private static final int RUN = 8;
    private static final byte[] KEY = {'k', 'e', 'y'};
    private static final PageValidator VALIDATING =
            (frames, base, page, crc) -> TreePage.validate(frames, base, PAGE_SIZE, page, crc);

    private final Arena arena = EngineRuntime.threads().openArena();
    private final CountedMemory memory = new CountedMemory(arena, EngineRuntime.threads());
    private final MemoryBlockDevice device = MemoryBlockDevice.create();
    private final PageCache cache =
            new PageCache(device, memory.allocate(FRAMES * PAGE_SIZE), PAGE_SIZE, memory, VALIDATING, Waiter.PARKING);
    private final OverflowRuns overflow = new OverflowRuns(device, cache, new IoBuffers(memory), memory, PAGE_SIZE);
    private final MemorySegment record = memory.allocate(2 * OverflowReference.BYTES);
    private final ReplayedRuns runs = new ReplayedRuns(overflow);

    @BeforeEach
    void grow() {
        device.grow(64 * PAGE_SIZE);
        cache.ensureTable(64);
    }

    @AfterEach
    void close() {
        cache.close();
        device.close();
        arena.close();
    }

    private long write(int firstPage, int length) {
        byte[] value = new byte[length];
        new Random(firstPage).nextBytes(value);
        return overflow.write(firstPage, 1, KEY, KEY.length, new ValueBytes.OfArray(value));
    }

    private boolean verify(long reference, long length) {
        OverflowReference.write(record, 4, reference, length);
        return runs.verifyOverflow(record, 0, KEY.length, 4);
    }

    /// What was verified is to be applied.
    private void apply(int kind) {
        runs.apply(kind, 0, record, 0, KEY.length, 4, OverflowReference.BYTES, 1, false);
    }

    private Map<Integer, Integer> claimed() {
        Map<Integer, Integer> claimed = new HashMap<>();
        runs.forEach(claimed::put);
        return claimed;
    }

    @Test
    void allPagesOfTheRunsThatAreThereAreClaimed() {
        long first = write(RUN, 3 * PAGE_SIZE);
        long second = write(RUN + 10, 100);
        long unasked = write(RUN + 20, 100);
        assertTrue(verify(first, 3 * PAGE_SIZE));
        apply(WalOperation.PUT_OVERFLOW);
        assertTrue(verify(second, 100));
        apply(WalOperation.PUT_OVERFLOW);
        assertEquals(Map.of(RUN, 4, RUN + 10, 1), claimed());
        assertTrue(runs.isWhole(first));
        assertTrue(runs.isWhole(second));
        assertFalse(runs.isWhole(unasked));
    }

    /// A batch of which another run is missing is not replayed; nor does a value beside its key name a run.
    @Test
    void aRunOfNoOperationThatIsAppliedIsNotClaimed() {
        long run = write(RUN, 3 * PAGE_SIZE);
        assertTrue(verify(run, 3 * PAGE_SIZE));
        apply(WalOperation.PUT);
        assertTrue(runs.isWhole(run));
        assertEquals(Map.of(), claimed());
    }

    /// A bit of its last page never came to the medium.
    @Test
    void aRunOfWhichAPartIsMissingIsNotClaimed() {
        long run = write(RUN, 3 * PAGE_SIZE);
        MemorySegment page = memory.allocate(PAGE_SIZE);
        device.read((RUN + 2L) * PAGE_SIZE, page);
        page.set(JAVA_BYTE, 5, (byte) ~page.get(JAVA_BYTE, 5));
        device.write((RUN + 2L) * PAGE_SIZE, page);
        assertFalse(verify(run, 3 * PAGE_SIZE));
        assertFalse(runs.isWhole(run));
        assertEquals(Map.of(), claimed());
    }

    @Test
    void aRunOfAnotherLengthOrChecksumIsNotClaimed() {
        long run = write(RUN, 3 * PAGE_SIZE);
        assertFalse(verify(run, 3 * PAGE_SIZE - 1));
        assertFalse(verify(PageReference.of(RUN, PageReference.crc(run) + 1), 3 * PAGE_SIZE));
        assertEquals(Map.of(), claimed());
        assertTrue(verify(run, 3 * PAGE_SIZE));
        apply(WalOperation.PUT_OVERFLOW);
        assertEquals(Map.of(RUN, 4), claimed());
    }
}

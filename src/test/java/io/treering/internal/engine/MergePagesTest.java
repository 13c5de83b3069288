package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treering.device.IoOperation;
import io.treering.device.MemoryBlockDevice;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.cache.PageCache;
import io.treering.internal.cache.PageValidator;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.freelist.SpaceMap;
import io.treering.testing.ForwardingDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What readers see of the pages of a merge.
final class MergePagesTest {
    private static final int PAGE_SIZE = 4096;
    private static final int FRAMES = 8;
    private static final int CRC = 7;
    private static final PageValidator TRUSTING = (memory, base, page, crc) -> {};

    private final Arena arena = EngineRuntime.threads().openArena();
    private final CountedMemory memory = new CountedMemory(arena, EngineRuntime.threads());
    private final LazyDevice device = new LazyDevice();
    private final PageCache cache =
            new PageCache(device, memory.allocate(FRAMES * PAGE_SIZE), PAGE_SIZE, memory, TRUSTING, Waiter.PARKING);
    private final Space space = new Space(device, cache, SpaceMap.create("test", PAGE_SIZE, 256), PAGE_SIZE, 0);
    private final OverflowRuns overflow = new OverflowRuns(device, cache, new IoBuffers(memory), memory, PAGE_SIZE);
    private final MergePages pages =
            new MergePages(device, cache, TRUSTING, space, overflow, memory, PAGE_SIZE, PAGE_SIZE / 4);

    @AfterEach
    void close() {
        cache.close();
        device.close();
        arena.close();
    }

    /// Does not write until it is waited for.
    private static final class LazyDevice extends ForwardingDevice {
        final List<Runnable> beforeWrites = new ArrayList<>();

        LazyDevice() {
            super(MemoryBlockDevice.create());
            grow(256 * PAGE_SIZE);
        }

        @Override
        public IoOperation submitWrite(long position, MemorySegment... from) {
            return new IoOperation() {
                @Override
                public boolean isDone() {
                    return false;
                }

                @Override
                public void await() {
                    beforeWrites.forEach(Runnable::run);
                    LazyDevice.super.submitWrite(position, from).await();
                }
            };
        }
    }

    /// A reader that is late may still ask for what was in its place. What it finds must not pass for the new page.
    @Test
    void aPageCannotBeReadBeforeItHasBeenWritten() {
        List<Integer> emitted = new ArrayList<>();
        List<Integer> refused = new ArrayList<>();
        device.beforeWrites.add(() -> {
            for (int page : emitted) {
                assertThrows(
                        PageAnomaly.class, () -> cache.acquire(page, CRC), () -> "page " + page + " could be read");
                refused.add(page);
            }
        });
        pages.begin(2);
        for (int i = 0; i < 2 * FRAMES; i++) {
            pages.memory().set(ValueLayout.JAVA_LONG, pages.stage() + Long.BYTES, 1_000 + i);
            emitted.add(pages.stagedPage());
            pages.emit(-1);
        }
        pages.finish();
        assertNotEquals(List.of(), refused, "nothing was written");
        for (int i = 0; i < emitted.size(); i++) {
            long word = cache.acquire(emitted.get(i), CRC);
            assertEquals(1_000 + i, cache.frames().get(ValueLayout.JAVA_LONG, cache.base(word) + Long.BYTES));
        }
    }
}

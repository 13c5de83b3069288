package io.treering.internal.freelist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treering.internal.format.SpaceLayout;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

final class PageAllocatorTest {
    private static final int PAGES = 2_000;

    private boolean failing;

    private final IntFunction<int[]> memory = length -> {
        if (failing) {
            throw new OutOfMemoryError("on purpose");
        }
        return new int[length];
    };

    @Test
    void aGrowthForWhichThereIsNoMemoryChangesNothing() {
        SpaceLayout layout = new SpaceLayout(4096);
        PageBitmap live = new PageBitmap();
        live.ensure(layout.regionPages());
        PageAllocator allocator = new PageAllocator(layout, live, PAGES, memory);
        long free = allocator.freePages();
        failing = true;
        assertThrows(OutOfMemoryError.class, () -> allocator.grow(2 * PAGES));
        assertEquals(PAGES, allocator.filePages());
        assertEquals(free, allocator.freePages());
        failing = false;
        allocator.grow(2 * PAGES);
        assertEquals(free + PAGES, allocator.freePages());
    }
}

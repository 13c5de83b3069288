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
        PageAllocator allocator = allocator();
        long free = allocator.freePages();
        failing = true;
        assertThrows(OutOfMemoryError.class, () -> allocator.grow(2 * PAGES));
        assertEquals(PAGES, allocator.filePages());
        assertEquals(free, allocator.freePages());
        failing = false;
        allocator.grow(2 * PAGES);
        assertEquals(free + PAGES, allocator.freePages());
    }

    @Test
    void theSearchForExtentsBeginsWhereItIsToldAndComesRound() {
        PageAllocator allocator = allocator();
        allocator.searchFrom(1_234);
        assertEquals(SpaceMap.extent(1_234, 5), allocator.allocateExtent(5));
        assertEquals(SpaceMap.extent(1_239, 8), allocator.allocateExtent(8));
        allocator.searchFrom(PAGES - 1);
        assertEquals(SpaceMap.extent(0, 8), allocator.allocateExtent(8));
    }

    /// All pages are free.
    private PageAllocator allocator() {
        SpaceLayout layout = new SpaceLayout(4096);
        PageBitmap live = new PageBitmap();
        live.ensure(layout.regionPages());
        return new PageAllocator(layout, live, PAGES, memory);
    }
}

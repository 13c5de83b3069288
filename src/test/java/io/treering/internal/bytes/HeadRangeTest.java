package io.treering.internal.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class HeadRangeTest {
    private static final long TOP = 0x8000_0000_0000_0000L;

    @Test
    void headsAreUnsigned() {
        HeadRange range = new HeadRange(5, TOP + 5);
        assertTrue(range.holds(5));
        assertTrue(range.holds(TOP - 1));
        assertTrue(range.holds(TOP + 5));
        assertFalse(range.holds(4));
        assertFalse(range.holds(TOP + 6));
        assertFalse(range.holds(-1));
        assertFalse(range.isEmpty());
    }

    @Test
    void theEmptyRangeHoldsNothingAndAddsNothing() {
        assertTrue(HeadRange.EMPTY.isEmpty());
        assertFalse(HeadRange.EMPTY.holds(0));
        assertFalse(HeadRange.EMPTY.holds(-1));
        assertEquals(new HeadRange(3, 4), HeadRange.EMPTY.with(new HeadRange(3, 4)));
        assertEquals(new HeadRange(3, 4), new HeadRange(3, 4).with(HeadRange.EMPTY));
        assertEquals(HeadRange.EMPTY, HeadRange.EMPTY.with(HeadRange.EMPTY));
    }

    @Test
    void itBecomesWiderOnEitherSide() {
        HeadRange range = new HeadRange(10, 20);
        assertEquals(range, range.with(new HeadRange(12, 18)));
        assertEquals(new HeadRange(1, 20), range.with(new HeadRange(1, 2)));
        assertEquals(new HeadRange(10, TOP), range.with(new HeadRange(30, TOP)));
        assertEquals(HeadRange.ALL, range.with(HeadRange.ALL));
    }
}

package io.treering.internal.freelist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// The bitmap against the JDK's own.
class PageBitmapTest {
    private static final int PAGES = 400;

    record Range(boolean set, int from, int to) {}

    @Provide
    Arbitrary<List<Range>> ranges() {
        Arbitrary<Integer> page = Arbitraries.oneOf(
                Arbitraries.integers().between(0, PAGES), Arbitraries.of(0, 63, 64, 65, 127, 128, 129, PAGES));
        return Combinators.combine(Arbitraries.of(true, false), page, page)
                .as((set, a, b) -> new Range(set, Math.min(a, b), Math.max(a, b)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }

    @Property(tries = 300)
    void everyQuestionIsAnsweredAsByABitSet(@ForAll("ranges") List<Range> ranges) {
        PageBitmap bitmap = new PageBitmap();
        bitmap.ensure(PAGES);
        BitSet model = new BitSet(PAGES);
        for (Range range : ranges) {
            if (range.set()) {
                bitmap.set(range.from(), range.to());
            } else {
                bitmap.clear(range.from(), range.to());
            }
            model.set(range.from(), range.to(), range.set());
        }
        for (int page = 0; page < PAGES; page++) {
            assertEquals(model.get(page), bitmap.get(page), "page " + page);
        }
        for (Range range : ranges) {
            ask(bitmap, model, range.from(), range.to());
            ask(bitmap, model, 0, range.to());
            ask(bitmap, model, range.from(), PAGES);
        }
    }

    private static void ask(PageBitmap bitmap, BitSet model, int from, int to) {
        int set = 0;
        int nextSet = to;
        int nextClear = to;
        int endOfSet = from;
        int longest = 0;
        int run = 0;
        for (int page = from; page < to; page++) {
            if (model.get(page)) {
                set++;
                nextSet = Math.min(nextSet, page);
                endOfSet = page + 1;
                run = 0;
            } else {
                nextClear = Math.min(nextClear, page);
                longest = Math.max(longest, ++run);
            }
        }
        assertEquals(set, bitmap.count(from, to));
        assertEquals(nextSet, bitmap.nextSet(from, to));
        assertEquals(nextClear, bitmap.nextClear(from, to));
        assertEquals(endOfSet, bitmap.endOfSet(from, to));
        assertEquals(longest, bitmap.longestClear(from, to));
        assertEquals(set == to - from, bitmap.allSet(from, to));
        assertEquals(set == 0, bitmap.allClear(from, to));
    }
}

package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoFailureException;
import io.treering.device.IoOperation;
import io.treering.device.MemoryBlockDevice;
import io.treering.internal.format.PageReference;
import io.treering.testing.ForwardingDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Which pages come by which read, and that each is the right one.
final class MergeReadsTest {
    private static final int PAGE_SIZE = 4096;
    private static final int PAGES = 2048;
    private static final int AREAS = 4;
    private static final int AREA_PAGES = 256;

    private final Arena arena = EngineRuntime.threads().openArena();
    private final MemorySegment memory = arena.allocate(PAGE_SIZE + MergeReads.bytes(PAGE_SIZE), PAGE_SIZE);
    private final NotedReads device = new NotedReads();
    private final MergeReads reads = new MergeReads(device, memory, PAGE_SIZE, PAGE_SIZE);

    /// Notes which pages are read, and fails where one of them is bad.
    private static final class NotedReads extends ForwardingDevice {
        final List<String> submitted = new ArrayList<>();
        final List<String> plain = new ArrayList<>();
        final TreeSet<Integer> bad = new TreeSet<>();
        int awaited;

        NotedReads() {
            super(MemoryBlockDevice.create());
            grow((long) PAGES * PAGE_SIZE);
            try (Arena arena = Arena.ofShared()) {
                MemorySegment page = arena.allocate(PAGE_SIZE, PAGE_SIZE);
                for (int i = 0; i < PAGES; i++) {
                    page.fill((byte) i);
                    page.set(ValueLayout.JAVA_INT, 0, i);
                    write((long) i * PAGE_SIZE, page);
                }
            }
        }

        private void check(int first, int end) {
            if (!bad.subSet(first, end).isEmpty()) {
                throw new IoFailureException("read", 5, "EIO");
            }
        }

        @Override
        public void read(long position, MemorySegment into) {
            int first = (int) (position / PAGE_SIZE);
            plain.add(first + "+" + into.byteSize() / PAGE_SIZE);
            check(first, first + (int) (into.byteSize() / PAGE_SIZE));
            super.read(position, into);
        }

        @Override
        public IoOperation submitRead(long position, MemorySegment into) {
            int first = (int) (position / PAGE_SIZE);
            int end = first + (int) (into.byteSize() / PAGE_SIZE);
            submitted.add(first + "+" + (end - first));
            return new IoOperation() {
                @Override
                public boolean isDone() {
                    return false;
                }

                @Override
                public void await() {
                    awaited++;
                    check(first, end);
                    NotedReads.super.read(position, into);
                }
            };
        }
    }

    @BeforeEach
    void forget() {
        device.submitted.clear();
    }

    @AfterEach
    void close() {
        device.close();
        arena.close();
    }

    private int ask(int... pages) {
        long[] references =
                IntStream.of(pages).mapToLong(page -> PageReference.of(page, 0)).toArray();
        return reads.ask(references, 0, references.length, page -> true);
    }

    private void assertFetches(int page) {
        assertTrue(reads.fetch(page, 0), () -> "page " + page + " was not asked for");
        assertEquals(page, memory.get(ValueLayout.JAVA_INT, 0));
        assertEquals((byte) page, memory.get(ValueLayout.JAVA_BYTE, PAGE_SIZE - 1));
    }

    @Test
    void whatLiesNearComesTogether() {
        assertEquals(6, ask(18, 10, 11, 13, 40, 24));
        // There are four unwanted pages between 13 and 18, five between 18 and 24.
        assertEquals(List.of("10+9", "24+1", "40+1"), device.submitted);
        for (int page : new int[] {18, 10, 11, 13, 40, 24}) {
            assertFetches(page);
        }
        assertEquals(List.of(), device.plain);
    }

    @Test
    void aPageIsFetchedOnce() {
        ask(10, 11);
        assertFetches(10);
        assertFalse(reads.fetch(10, 0));
        assertFalse(reads.fetch(12, 0), "a gap is nobody's page");
        assertFetches(11);
    }

    @Test
    void whatIsInTheCacheOrUnderWayIsNotRead() {
        ask(10);
        long[] references = {PageReference.of(10, 0), PageReference.of(500, 0), PageReference.of(900, 0)};
        assertEquals(3, reads.ask(references, 0, 3, page -> page != 500));
        assertEquals(List.of("10+1", "900+1"), device.submitted);
        assertFalse(reads.fetch(500, 0));
    }

    /// A piece is no longer than 64 pages, and gaps take no more than the area has left.
    @Test
    void piecesAreBounded() {
        assertEquals(AREA_PAGES, ask(IntStream.range(0, 300).map(i -> 100 + i).toArray()));
        assertEquals(List.of("100+64", "164+64", "228+64", "292+64"), device.submitted);
        device.submitted.clear();
        int[] everyOther = IntStream.range(0, 200).map(i -> 1000 + 2 * i).toArray();
        assertEquals(200, ask(everyOther));
        int read = device.submitted.stream()
                .mapToInt(piece -> Integer.parseInt(piece.substring(piece.indexOf('+') + 1)))
                .sum();
        assertEquals(AREA_PAGES, read);
        for (int page : everyOther) {
            assertFetches(page);
        }
    }

    @Test
    void anAreaServesAgainWhenAllOfItHasBeenFetched() {
        for (int i = 0; i < AREAS; i++) {
            assertEquals(1, ask(100 * i));
        }
        assertEquals(0, ask(1000));
        assertFetches(200);
        assertEquals(1, ask(1000));
        assertFetches(1000);
        assertFetches(0);
        assertFetches(300);
    }

    @Test
    void aPageThatIsNamedTwiceIsReadOnce() {
        assertEquals(3, ask(10, 11, 10));
        assertFetches(10);
        assertFetches(11);
        for (int i = 0; i < AREAS; i++) {
            assertEquals(1, ask(100 * i), "an area is held for a page that nobody fetches");
        }
    }

    @Test
    void aBadPageInAGapIsNobodysLoss() {
        device.bad.add(11);
        ask(10, 12);
        assertFetches(10);
        assertFetches(12);
        assertEquals(List.of("10+1", "12+1"), device.plain);
    }

    @Test
    void aBadPageFailsForWhoeverFetchesIt() {
        device.bad.add(11);
        device.bad.add(500);
        ask(10, 11, 500);
        assertFetches(10);
        assertThrows(IoFailureException.class, () -> reads.fetch(11, 0));
        assertThrows(IoFailureException.class, () -> reads.fetch(500, 0));
    }

    @Test
    void whatIsDroppedIsWaitedFor() {
        device.bad.add(300);
        ask(10, 300);
        ask(500);
        reads.drop();
        assertEquals(3, device.awaited);
        assertFalse(reads.fetch(10, 0));
        for (int i = 0; i < AREAS; i++) {
            assertEquals(1, ask(100 * i));
        }
    }
}

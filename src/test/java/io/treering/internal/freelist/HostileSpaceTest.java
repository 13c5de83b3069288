package io.treering.internal.freelist;

import static io.treering.internal.freelist.StoredSpace.LAYOUT;
import static io.treering.internal.freelist.StoredSpace.PAGE_SIZE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CorruptionException;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.SlotReference;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What stands in region and summary pages is believed only as far as it makes sense.
class HostileSpaceTest {
    private static final long SEED = Long.getLong("treering.test.seed", 4_711);
    private static final int SUMMARY = LAYOUT.summarySlotPage(0, 0);
    private static final int REGION = LAYOUT.regionSlotPage(1, 0);
    private static final int FILE_PAGES = LAYOUT.regionPages() * 2 + 77;

    private final StoredSpace store = new StoredSpace();
    private BitSet live = new BitSet();

    @BeforeEach
    void store() {
        SpaceMap space = SpaceMap.create("test", PAGE_SIZE, FILE_PAGES);
        MergeSpace merge = space.beginMerge(2);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 300; i++) {
            int page = random.nextInt(LAYOUT.slotsEnd(0), FILE_PAGES);
            if (space.claim(page, 1)) {
                merge.adopt(page, 1);
            }
        }
        merge.complete();
        store.commit(space, 2);
        live = StoredSpace.live(space);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void everyFlippedBitIsNoticed() {
        for (int page : new int[] {SUMMARY, REGION}) {
            byte[] bytes = store.pages.get(page);
            for (int bit = 0; bit < PAGE_SIZE * 8; bit += 7) {
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
                CorruptionException thrown = assertThrows(CorruptionException.class, store::open);
                assertEquals(page, thrown.page());
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
            }
        }
        assertEquals(live, StoredSpace.live(store.open()));
    }

    @Test
    void aLostOrMisdirectedWriteIsNoticed() {
        store.pages.put(SUMMARY, new byte[PAGE_SIZE]);
        assertThrows(CorruptionException.class, store::open);
        store.pages.put(SUMMARY, store.pages.get(REGION).clone());
        assertThrows(CorruptionException.class, store::open);
    }

    @Test
    void aSoundSummaryOfAnotherPlaceIsNoticed() {
        assertCorrupt(SUMMARY, PageHeader.PAGE_ID, REGION, SUMMARY);
        assertCorrupt(SUMMARY, PageHeader.TYPE, PageHeader.FREE_REGION, SUMMARY);
        assertCorrupt(SUMMARY, PageHeader.COUNT, 2, SUMMARY);
        assertCorrupt(SUMMARY, PageHeader.COUNT, 4, SUMMARY);
        assertCorrupt(SUMMARY, PageHeader.TREE_ID, 1, SUMMARY);
        assertCorrupt(SUMMARY, PageHeader.BIRTH + 4, 0x7fff_ffff, SUMMARY);
    }

    @Test
    void aSummaryThatContradictsItsRegionsIsNoticed() {
        assertCorrupt(SUMMARY, 32, 2, SUMMARY);
        assertCorrupt(SUMMARY, 32, -1, SUMMARY);
        // Slot 1 of region 0 was never written.
        assertCorrupt(SUMMARY, 32, 1, LAYOUT.regionSlotPage(0, 1));
        assertCorrupt(SUMMARY, 32 + 16 + 4, 123, REGION);
        assertCorrupt(SUMMARY, 32 + 16 + 8, 5, REGION);
        assertCorrupt(SUMMARY, 32 + 16 + 12, 5, REGION);
    }

    @Test
    void impossibleSizesAreRefused() {
        for (int size : new int[] {0, -1, 10, (int) LAYOUT.groupPages() + 1, Integer.MIN_VALUE}) {
            assertThrows(CorruptionException.class, () -> store.open(size, store.summaries), "size " + size);
        }
        assertThrows(CorruptionException.class, () -> store.open(FILE_PAGES - 77, store.summaries));
        assertThrows(CorruptionException.class, () -> store.open(FILE_PAGES, List.of()));
        List<SlotReference> two = List.of(store.summaries.get(0), store.summaries.get(0));
        assertThrows(CorruptionException.class, () -> store.open(FILE_PAGES, two));
        assertThrows(
                CorruptionException.class,
                () -> store.open(
                        FILE_PAGES,
                        List.of(new SlotReference(1, store.summaries.get(0).crc()))));
    }

    @Test
    void usedPagesPastTheEndAreNoticed() {
        int lastRegion = LAYOUT.regionSlotPage(2, 0);
        forge(lastRegion, 32 + 76, 0xff);
        CorruptionException thrown = assertThrows(CorruptionException.class, store::open);
        assertEquals(lastRegion, thrown.page());
    }

    @Test
    void reservedPagesThatAreSaidToBeFreeAreNoticed() {
        int first = LAYOUT.regionSlotPage(0, 0);
        MemorySegment summary = store.arena.allocateFrom(ValueLayout.JAVA_BYTE, store.pages.get(SUMMARY));
        int free = summary.get(ValueLayout.JAVA_INT_UNALIGNED, 32 + 8);
        // The first 32 pages are all reserved; the summary agrees that they are free.
        forge(first, 32, 0);
        forge(SUMMARY, 32 + 8, free + 32);
        CorruptionException thrown = assertThrows(CorruptionException.class, store::open);
        assertEquals(first, thrown.page());
    }

    /// With right checksums all the way up, there is damage that is found and damage that gives another map, but
    /// nothing else.
    @Test
    void anyForgeryGivesAMapOrIsNoticed() {
        SplittableRandom random = new SplittableRandom(SEED);
        int opened = 0;
        for (int i = 0; i < 3_000; i++) {
            int page = random.nextBoolean() ? SUMMARY : REGION;
            byte[] before = store.pages.get(page).clone();
            byte[] summaryBefore = store.pages.get(SUMMARY).clone();
            List<SlotReference> summaries = store.summaries;
            forge(page, random.nextInt(random.nextBoolean() ? 128 : PAGE_SIZE - 4), random.nextInt());
            try {
                SpaceMap space = store.open();
                opened++;
                assertTrue(space.livePages() <= FILE_PAGES);
                assertEquals(FILE_PAGES, space.livePages() + space.freePages());
            } catch (CorruptionException e) {
                assertTrue(e.page() >= 0);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + SEED + ", forgery " + i, e);
            }
            store.pages.put(page, before);
            store.pages.put(SUMMARY, summaryBefore);
            store.summaries = summaries;
        }
        assertTrue(opened < 1_500, "opened: " + opened);
    }

    private void assertCorrupt(int page, int offset, int value, int blamed) {
        byte[] before = store.pages.get(page).clone();
        List<SlotReference> summaries = store.summaries;
        boolean isByte = offset == PageHeader.TYPE;
        boolean isShort = offset == PageHeader.COUNT;
        if (isByte) {
            forgeByte(page, offset, value);
        } else if (isShort) {
            forgeByte(page, offset, value & 0xff);
        } else {
            forge(page, offset, value);
        }
        CorruptionException thrown = assertThrows(CorruptionException.class, store::open);
        assertEquals(blamed, thrown.page(), thrown.getMessage());
        store.pages.put(page, before);
        store.summaries = summaries;
    }

    /// Changes four bytes of a page and makes all checksums right again.
    private void forge(int page, int offset, int value) {
        MemorySegment memory = store.arena.allocateFrom(ValueLayout.JAVA_BYTE, store.pages.get(page));
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
        reseal(page, memory);
    }

    private void forgeByte(int page, int offset, int value) {
        MemorySegment memory = store.arena.allocateFrom(ValueLayout.JAVA_BYTE, store.pages.get(page));
        memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
        reseal(page, memory);
    }

    private void reseal(int page, MemorySegment memory) {
        int crc = PageHeader.seal(memory, 0, PAGE_SIZE);
        store.pages.put(page, memory.toArray(ValueLayout.JAVA_BYTE));
        if (page == SUMMARY) {
            store.summaries = List.of(new SlotReference(0, crc));
            return;
        }
        int region = (page - LAYOUT.firstPage()) / 2;
        MemorySegment summary = store.arena.allocateFrom(ValueLayout.JAVA_BYTE, store.pages.get(SUMMARY));
        summary.set(ValueLayout.JAVA_INT_UNALIGNED, 32 + 16L * region + 4, crc);
        reseal(SUMMARY, summary);
    }
}

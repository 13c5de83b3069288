package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The pages that keep account of the others: as drawn, and where they are said to be.
class SpacePagesTest {
    @Test
    void theMetaBlockIsLaidOutAsDrawn() {
        List<String> fields = LayoutTable.check(MetaPage.class);
        assertEquals(30, fields.size());
        assertEquals("SUMMARIES", fields.getLast());
        Matcher positions = Pattern.compile("///   0 +(\\d+) +(\\d+) +(\\d+) +(\\d+)\n")
                .matcher(LayoutTable.source(MetaPage.class));
        assertTrue(positions.find());
        assertEquals(MetaPage.position(1, 0), Long.parseLong(positions.group(1)));
        assertEquals(MetaPage.position(0, 1), Long.parseLong(positions.group(2)));
        assertEquals(MetaPage.position(1, 1), Long.parseLong(positions.group(3)));
        assertEquals(MetaPage.ALL_BYTES, Integer.parseInt(positions.group(4)));
    }

    @Test
    void regionAndSummaryPagesAreLaidOutAsDrawn() {
        assertEquals(List.of("HEADER", "BITS"), LayoutTable.check(FreeRegionPage.class));
        assertEquals(
                List.of("HEADER", "ENTRIES", "SLOT", "REGION_CRC", "FREE", "LONGEST"),
                LayoutTable.check(FreeSummaryPage.class));
        assertEquals(16, FreeSummaryPage.ENTRY_BYTES);
    }

    @Test
    void theSlotsStandAsDrawn() {
        SpaceLayout layout = new SpaceLayout(4096);
        Matcher offsets = Pattern.compile("firstPage +\\+(\\d+) +\\+(\\d+) +\\+(\\d+) +\\+(\\d+) +16 \\* regionPages")
                .matcher(LayoutTable.source(SpaceLayout.class));
        assertTrue(offsets.find());
        int first = layout.firstPage();
        assertEquals(first, layout.regionSlotPage(0, 0));
        assertEquals(first + Integer.parseInt(offsets.group(1)), layout.regionSlotPage(1, 0));
        assertEquals(first + Integer.parseInt(offsets.group(2)), layout.regionSlotPage(15, 0));
        assertEquals(first + Integer.parseInt(offsets.group(3)), layout.summarySlotPage(0, 0));
        assertEquals(first + Integer.parseInt(offsets.group(4)), layout.slotsEnd(0));
        assertEquals(16 * layout.regionPages(), layout.regionSlotPage(16, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16384, 32768})
    void slotsAreReservedDistinctAndInsideTheirGroup(int pageSize) {
        SpaceLayout layout = new SpaceLayout(pageSize);
        int regions = layout.summaryRegions() * 2 + 5;
        long filePages = Math.min((long) regions * layout.regionPages(), Integer.MAX_VALUE - layout.groupPages());
        int size = layout.atLeast((int) filePages);
        Set<Integer> slots = new HashSet<>();
        for (int region = 0; region < layout.regions(size); region++) {
            for (int slot = 0; slot < 2; slot++) {
                int page = layout.regionSlotPage(region, slot);
                assertTrue(slots.add(page) && page < size);
                assertTrue(layout.isReserved(page), "page " + page);
                assertEquals(region / 16, layout.regionOf(page) / 16);
            }
        }
        for (int summary = 0; summary < layout.summaries(size); summary++) {
            for (int slot = 0; slot < 2; slot++) {
                int page = layout.summarySlotPage(summary, slot);
                assertTrue(slots.add(page) && page < size);
                assertTrue(layout.isReserved(page), "page " + page);
            }
        }
        for (int group = 0; group < layout.groups(size); group++) {
            assertFalse(layout.isReserved(layout.slotsEnd(group)));
        }
        assertTrue(layout.groupPages() * pageSize - 40L * pageSize > 1L << 30, "a group has room for a value of 1 GiB");
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16384, 32768})
    void theSmallestPossibleSizeIsPossible(int pageSize) {
        SpaceLayout layout = new SpaceLayout(pageSize);
        int group = (int) layout.groupPages();
        assertFalse(layout.isPossible(0));
        assertFalse(layout.isPossible(layout.slotsEnd(0) - 1));
        assertEquals(layout.slotsEnd(0), layout.atLeast(1));
        assertTrue(layout.isPossible(layout.slotsEnd(0)));
        assertTrue(layout.isPossible(group));
        assertFalse(layout.isPossible(group + 1));
        assertFalse(layout.isPossible(group + 31));
        assertTrue(layout.isPossible(group + 32));
        assertEquals(group + 32, layout.atLeast(group + 1));
        assertFalse(layout.isPossible(1L << 31));
        assertTrue(layout.isPossible(Integer.MAX_VALUE));
        assertTrue(layout.summaries(Integer.MAX_VALUE) <= MetaPage.MAXIMUM_SUMMARIES);
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 32768})
    void aRegionsBitsSurviveThePage(int pageSize) {
        int words = FreeRegionPage.words(pageSize);
        assertEquals(FreeRegionPage.pages(pageSize), words * 64);
        long[] bits = new long[words * 2];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = i * 0x9E3779B97F4A7C15L;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(pageSize + 16, 8);
            memory.fill((byte) -1);
            int crc = FreeRegionPage.encode(memory, 16, pageSize, 37, 5, bits, words);
            assertEquals(PageHeader.computeCrc(memory, 16, pageSize), crc);
            assertEquals(crc, PageHeader.crc(memory, 16));
            assertEquals(PageHeader.FREE_REGION, PageHeader.type(memory, 16));
            assertEquals(37, PageHeader.pageId(memory, 16));
            assertEquals(5, PageHeader.birth(memory, 16));
            assertEquals(0, Bytes.i64(memory, 16 + pageSize - 8));
            // Page i of the region is bit i % 8 of byte i / 8.
            assertEquals((bits[words] >>> 13) & 1, (Bytes.u8(memory, 16 + 32 + 13 / 8) >>> (13 % 8)) & 1);
            long[] read = new long[words * 2];
            FreeRegionPage.decode(memory, 16, pageSize, read, words);
            System.arraycopy(bits, 0, read, 0, words);
            assertArrayEquals(bits, read);
        }
    }

    @Test
    void aSummarysEntriesSurviveThePage() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4096 + 16, 8);
            memory.fill((byte) -1);
            int entries = FreeSummaryPage.regions(4096);
            assertEquals(240, entries);
            FreeSummaryPage.start(memory, 16, 4096, 36, 9, entries);
            for (int i = 0; i < entries; i++) {
                FreeSummaryPage.putEntry(memory, 16, i, i % 2, i * 31, i * 7, i * 3);
            }
            int crc = PageHeader.seal(memory, 16, 4096);
            assertEquals(crc, PageHeader.computeCrc(memory, 16, 4096));
            assertEquals(entries, PageHeader.count(memory, 16));
            assertEquals(PageHeader.FREE_SUMMARY, PageHeader.type(memory, 16));
            for (int i = 0; i < entries; i++) {
                assertEquals(i % 2, FreeSummaryPage.slot(memory, 16, i));
                assertEquals(i * 31, FreeSummaryPage.regionCrc(memory, 16, i));
                assertEquals(i * 7, FreeSummaryPage.free(memory, 16, i));
                assertEquals(i * 3, FreeSummaryPage.longest(memory, 16, i));
            }
            assertEquals(0, Bytes.i64(memory, 16 + 4096 - 32));
        }
    }
}

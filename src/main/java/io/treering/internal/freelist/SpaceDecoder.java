package io.treering.internal.freelist;

import io.treering.CorruptionException;
import io.treering.internal.format.FreeRegionPage;
import io.treering.internal.format.FreeSummaryPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.SlotReference;
import io.treering.internal.format.SpaceLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Reads summary and region pages, of which nothing is trusted, and builds a [SpaceMap] of them.
final class SpaceDecoder {
    private final String device;
    private final SpaceLayout layout;
    private final int filePages;
    private final long nextGeneration;
    private final SpaceMap.PageReader reader;
    private final PageBitmap live = new PageBitmap();
    private final SlotTable slots;

    SpaceDecoder(String device, int pageSize, int filePages, long nextGeneration, SpaceMap.PageReader reader) {
        this.device = device;
        this.layout = new SpaceLayout(pageSize);
        this.filePages = filePages;
        this.nextGeneration = nextGeneration;
        this.reader = reader;
        this.slots = new SlotTable(layout);
    }

    SpaceMap decode(List<SlotReference> summaries) {
        if (!layout.isPossible(filePages)) {
            throw new CorruptionException(device, 0, "a possible number of pages", filePages + " pages");
        }
        require(
                summaries.size() == layout.summaries(filePages),
                0,
                layout.summaries(filePages),
                summaries.size(),
                "summary pages");
        slots.resize(filePages);
        for (int summary = 0; summary < summaries.size(); summary++) {
            decodeSummary(summary, summaries.get(summary));
        }
        slots.takeDirtyRegions();
        slots.takeDirtySummaries();
        return new SpaceMap(device, layout, live, filePages, slots);
    }

    private void decodeSummary(int summary, SlotReference reference) {
        int page = layout.summarySlotPage(summary, reference.slot());
        int first = summary * layout.summaryRegions();
        int count = Math.min(layout.summaryRegions(), slots.regions() - first);
        // The reader may hand out the same memory for every page: what the summary says is taken down first.
        int[] freePages = new int[count];
        int[] longest = new int[count];
        SlotReference[] regions = new SlotReference[count];
        MemorySegment memory = read(page, reference.crc(), PageHeader.FREE_SUMMARY, count);
        for (int entry = 0; entry < count; entry++) {
            int slot = FreeSummaryPage.slot(memory, 0, entry);
            require(slot == 0 || slot == 1, page, 1, slot, "as the greatest slot of region " + (first + entry));
            regions[entry] = new SlotReference(slot, FreeSummaryPage.regionCrc(memory, 0, entry));
            freePages[entry] = FreeSummaryPage.free(memory, 0, entry);
            longest[entry] = FreeSummaryPage.longest(memory, 0, entry);
        }
        slots.setSummary(summary, reference);
        for (int entry = 0; entry < count; entry++) {
            decodeRegion(first + entry, regions[entry], freePages[entry], longest[entry]);
        }
    }

    private void decodeRegion(int region, SlotReference reference, int freePages, int longest) {
        int page = layout.regionSlotPage(region, reference.slot());
        MemorySegment memory = read(page, reference.crc(), PageHeader.FREE_REGION, 0);
        long bits = (region + 1L) * layout.regionPages();
        live.ensure(bits);
        FreeRegionPage.decode(
                memory, 0, layout.pageSize(), live.words(), region * FreeRegionPage.words(layout.pageSize()));
        int from = region * layout.regionPages();
        int to = (int) Math.min(bits, filePages);
        checkReserved(region, page, from, to);
        int stray = live.nextSet(to, (int) Math.min(bits, Integer.MAX_VALUE));
        require(
                stray >= Math.min(bits, Integer.MAX_VALUE),
                page,
                to,
                stray,
                "as the file's end, before every used page");
        int foundFree = to - from - live.count(from, to);
        require(foundFree == freePages, page, freePages, foundFree, "free pages");
        int foundLongest = live.longestClear(from, to);
        require(foundLongest == longest, page, longest, foundLongest, "pages in the longest free run");
        slots.setRegion(region, reference, freePages, longest);
    }

    private void checkReserved(int region, int page, int from, int to) {
        if (region % SpaceLayout.GROUP_REGIONS != 0) {
            return;
        }
        int end = Math.min(to, layout.slotsEnd(region / SpaceLayout.GROUP_REGIONS));
        int clear = live.nextClear(from, end);
        require(clear == end, page, end, clear, "as the first page that may be free");
    }

    private MemorySegment read(int page, int crc, int type, int count) {
        MemorySegment memory = reader.read(page);
        int computed = PageHeader.computeCrc(memory, 0, layout.pageSize());
        require(PageHeader.crc(memory, 0) == crc, page, crc, PageHeader.crc(memory, 0), "as checksum");
        require(computed == crc, page, crc, computed, "as computed checksum");
        require(PageHeader.type(memory, 0) == type, page, type, PageHeader.type(memory, 0), "as page type");
        require(PageHeader.level(memory, 0) == 0, page, 0, PageHeader.level(memory, 0), "as level");
        require(PageHeader.count(memory, 0) == count, page, count, PageHeader.count(memory, 0), "entries");
        require(PageHeader.pageId(memory, 0) == page, page, page, PageHeader.pageId(memory, 0), "as page id");
        require(PageHeader.treeId(memory, 0) == 0, page, 0, PageHeader.treeId(memory, 0), "as tree id");
        long birth = PageHeader.birth(memory, 0);
        require(birth >= 0 && birth < nextGeneration, page, nextGeneration, birth, "above the page's generation");
        return memory;
    }

    private void require(boolean holds, int page, long expected, long found, String what) {
        if (!holds) {
            throw new CorruptionException(device, page, expected + " " + what, Long.toString(found));
        }
    }
}

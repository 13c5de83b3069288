package io.treering.internal.freelist;

import io.treering.internal.format.FreeRegionPage;
import io.treering.internal.format.FreeSummaryPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.SlotReference;
import io.treering.internal.format.SpaceLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What one commit writes of the space map: images of changed region pages, then of changed summary pages.
///
/// ```
///   while ((page = commit.next(memory, offset)) >= 0)  write memory[offset, offset + pageSize) to that page
///   sync; write a meta block with commit.summaries(); sync
///   commit.committed()
/// ```
public final class SpaceCommit {
    private final SpaceLayout layout;
    private final PageBitmap live;
    private final int filePages;
    private final long livePages;
    private final SlotTable slots;
    private final long generation;
    private final int regions;
    private final int summaryCount;
    private final BitSet dirtyRegions;
    private final BitSet dirtySummaries;
    private final Map<Integer, RegionImage> newRegions = new HashMap<>();
    private final Map<Integer, SlotReference> newSummaries = new HashMap<>();
    private int nextRegion;
    private int nextSummary;
    private final Runnable whenDurable;
    private boolean ended;

    private record RegionImage(SlotReference slot, int free, int longest) {}

    /// @param whenDurable called by [#committed]
    SpaceCommit(
            SpaceLayout layout,
            PageBitmap live,
            int filePages,
            long livePages,
            SlotTable slots,
            long generation,
            Runnable whenDurable) {
        this.whenDurable = whenDurable;
        this.layout = layout;
        this.live = live;
        this.filePages = filePages;
        this.livePages = livePages;
        this.slots = slots;
        this.generation = generation;
        this.regions = slots.regions();
        this.summaryCount = slots.summaries();
        this.dirtyRegions = slots.takeDirtyRegions();
        this.dirtySummaries = slots.takeDirtySummaries();
    }

    /// The size that the images describe. The file may have grown since.
    public int filePages() {
        return filePages;
    }

    /// Pages that the images show in use.
    public long livePages() {
        return livePages;
    }

    /// Pages that are to be written in all.
    public int pages() {
        return dirtyRegions.cardinality() + dirtySummaries.cardinality();
    }

    /// Encodes the next page image at `offset` of native memory.
    ///
    /// @return the page that it belongs to, or -1 when there are no more
    public int next(MemorySegment memory, long offset) {
        int region = dirtyRegions.nextSetBit(nextRegion);
        if (region >= 0) {
            nextRegion = region + 1;
            return encodeRegion(region, memory, offset);
        }
        nextRegion = regions;
        int summary = dirtySummaries.nextSetBit(nextSummary);
        if (summary >= 0) {
            nextSummary = summary + 1;
            return encodeSummary(summary, memory, offset);
        }
        nextSummary = summaryCount;
        return -1;
    }

    /// The summary slots for the meta block, once [#next] has come to its end.
    public List<SlotReference> summaries() {
        if (nextSummary < summaryCount) {
            throw new IllegalStateException("Not all page images have been encoded");
        }
        List<SlotReference> result = new ArrayList<>(summaryCount);
        for (int summary = 0; summary < summaryCount; summary++) {
            SlotReference changed = newSummaries.get(summary);
            result.add(changed != null ? changed : Objects.requireNonNull(slots.summarySlot(summary)));
        }
        return result;
    }

    /// The meta block is durable.
    public void committed() {
        end();
        for (Map.Entry<Integer, RegionImage> changed : newRegions.entrySet()) {
            RegionImage image = changed.getValue();
            slots.setRegion(changed.getKey(), image.slot(), image.free(), image.longest());
        }
        for (Map.Entry<Integer, SlotReference> changed : newSummaries.entrySet()) {
            slots.setSummary(changed.getKey(), changed.getValue());
        }
        slots.forgetBeyond(regions, summaryCount);
        whenDurable.run();
    }

    /// No meta block was written, nor will be: everything is as it was before, and to be written by the next commit.
    public void abandoned() {
        end();
        dirtyRegions.stream().filter(region -> region < slots.regions()).forEach(slots::touchRegion);
        dirtySummaries.stream().filter(summary -> summary < slots.summaries()).forEach(slots::touchSummary);
    }

    boolean hasEnded() {
        return ended;
    }

    private void end() {
        if (ended) {
            throw new IllegalStateException("The commit has ended already");
        }
        ended = true;
    }

    private int encodeRegion(int region, MemorySegment memory, long offset) {
        int slot = SlotTable.nextSlot(slots.regionSlot(region));
        int page = layout.regionSlotPage(region, slot);
        int firstWord = region * FreeRegionPage.words(layout.pageSize());
        int crc = FreeRegionPage.encode(memory, offset, layout.pageSize(), page, generation, live.words(), firstWord);
        int from = region * layout.regionPages();
        int to = (int) Math.min((long) from + layout.regionPages(), filePages);
        int free = to - from - live.count(from, to);
        newRegions.put(region, new RegionImage(new SlotReference(slot, crc), free, live.longestClear(from, to)));
        return page;
    }

    private int encodeSummary(int summary, MemorySegment memory, long offset) {
        int slot = SlotTable.nextSlot(slots.summarySlot(summary));
        int page = layout.summarySlotPage(summary, slot);
        int first = summary * layout.summaryRegions();
        int count = Math.min(layout.summaryRegions(), regions - first);
        FreeSummaryPage.start(memory, offset, layout.pageSize(), page, generation, count);
        for (int entry = 0; entry < count; entry++) {
            RegionImage image = image(first + entry);
            FreeSummaryPage.putEntry(
                    memory, offset, entry, image.slot().slot(), image.slot().crc(), image.free(), image.longest());
        }
        int crc = PageHeader.seal(memory, offset, layout.pageSize());
        newSummaries.put(summary, new SlotReference(slot, crc));
        return page;
    }

    private RegionImage image(int region) {
        RegionImage changed = newRegions.get(region);
        if (changed != null) {
            return changed;
        }
        return new RegionImage(
                Objects.requireNonNull(slots.regionSlot(region)), slots.free(region), slots.longest(region));
    }
}

package io.treering.internal.freelist;

import io.treering.internal.format.SlotReference;
import io.treering.internal.format.SpaceLayout;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// For each region and summary: what the durable commit says about it, and whether it has changed since.
///
/// What is durable is never forgotten before the next commit is, not even for regions that the file has lost by
/// shrinking: if they come back, their durable slots must still be spared.
final class SlotTable {
    private final SpaceLayout layout;
    private @Nullable SlotReference[] regionSlots = {};
    private int[] free = {};
    private int[] longest = {};
    private @Nullable SlotReference[] summarySlots = {};
    private final BitSet dirtyRegions = new BitSet();
    private final BitSet dirtySummaries = new BitSet();
    private int regions;

    SlotTable(SpaceLayout layout) {
        this.layout = layout;
    }

    int regions() {
        return regions;
    }

    int summaries() {
        return summaries(regions);
    }

    private int summaries(int ofRegions) {
        return (ofRegions + layout.summaryRegions() - 1) / layout.summaryRegions();
    }

    /// Makes room for a file of so many pages, of which nothing is said yet.
    void ensure(int filePages) {
        int needed = layout.regions(filePages);
        if (needed > longest.length) {
            // What is asked for comes last: where memory runs out on the way, all of it is made again.
            regionSlots = Arrays.copyOf(regionSlots, needed);
            free = Arrays.copyOf(free, needed);
            longest = Arrays.copyOf(longest, needed);
        }
        int neededSummaries = summaries(needed);
        if (neededSummaries > summarySlots.length) {
            summarySlots = Arrays.copyOf(summarySlots, neededSummaries);
        }
        ensure(dirtyRegions, needed);
        ensure(dirtySummaries, neededSummaries);
    }

    private static void ensure(BitSet bits, int count) {
        if (bits.size() < count) {
            bits.set(count - 1);
            bits.clear(count - 1);
        }
    }

    /// Follows the file's size. Whatever region ends or ended with the file has changed, and so has its summary.
    void resize(int filePages) {
        int before = regions;
        ensure(filePages);
        regions = layout.regions(filePages);
        for (int region = Math.max(0, Math.min(before, regions) - 1); region < regions; region++) {
            touchRegion(region);
        }
        dirtyRegions.clear(regions, Math.max(regions, dirtyRegions.length()));
        dirtySummaries.clear(summaries(), Math.max(summaries(), dirtySummaries.length()));
    }

    /// Bits of these pages have changed.
    void touch(int from, int to) {
        for (int region = layout.regionOf(from); region <= layout.regionOf(to - 1); region++) {
            touchRegion(region);
        }
    }

    void touchRegion(int region) {
        dirtyRegions.set(region);
        touchSummary(region / layout.summaryRegions());
    }

    void touchSummary(int summary) {
        dirtySummaries.set(summary);
    }

    /// A copy of what has changed, which counts as unchanged from now on.
    BitSet takeDirtyRegions() {
        BitSet taken = (BitSet) dirtyRegions.clone();
        dirtyRegions.clear();
        return taken;
    }

    /// A copy of what has changed, which counts as unchanged from now on.
    BitSet takeDirtySummaries() {
        BitSet taken = (BitSet) dirtySummaries.clone();
        dirtySummaries.clear();
        return taken;
    }

    /// The slot to write next.
    static int nextSlot(@Nullable SlotReference durable) {
        return durable == null ? 0 : SpaceLayout.SLOTS - 1 - durable.slot();
    }

    @Nullable
    SlotReference regionSlot(int region) {
        return regionSlots[region];
    }

    int free(int region) {
        return free[region];
    }

    int longest(int region) {
        return longest[region];
    }

    @Nullable
    SlotReference summarySlot(int summary) {
        return summarySlots[summary];
    }

    void setRegion(int region, SlotReference slot, int freePages, int longestRun) {
        regionSlots[region] = slot;
        free[region] = freePages;
        longest[region] = longestRun;
    }

    void setSummary(int summary, SlotReference slot) {
        summarySlots[summary] = slot;
    }

    /// Forgets all slots of regions and summaries that a durable commit no longer has.
    void forgetBeyond(int durableRegions, int durableSummaries) {
        Arrays.fill(regionSlots, durableRegions, regionSlots.length, null);
        Arrays.fill(summarySlots, durableSummaries, summarySlots.length, null);
    }
}

package io.treering.internal.freelist;

import io.treering.internal.format.SpaceLayout;
import java.util.BitSet;
import java.util.function.IntFunction;

/// Finds free pages: a bit for each page that must not be handed out.
///
/// Random copy-on-write turns free space into single pages, so there are no lists of extents. Each region knows exactly
/// how many of its pages are free, and a bound on its longest free run, which a search that was in vain makes exact:
/// so full and fragmented regions are passed over without a look at their bits.
///
/// Bits behind the file's end are set, so that no search finds them.
final class PageAllocator {
    /// Extents are this long where there are any: a write for each single page costs twice as much.
    private static final int PREFERRED = 8;

    private static final int NONE = -1;

    private final SpaceLayout layout;
    private final IntFunction<int[]> memory;
    private final PageBitmap used = new PageBitmap();
    private int filePages;
    private int[] free = {};
    private int[] longestBound = {};
    private long freePages;

    /// Where the search for the next extent starts.
    private int next;

    /// Extents come from below this page as long as there is a free one.
    private int preferredEnd = Integer.MAX_VALUE;

    /// Of the ways to look for an extent, see [#findExtent(int)], so many find nothing until pages come free. In a file
    /// full of single pages, a search in vain for each of them takes more time than to write them.
    private int searchesInVain;

    /// An allocator for a file whose `live` pages are in use.
    PageAllocator(SpaceLayout layout, PageBitmap live, int filePages) {
        this(layout, live, filePages, int[]::new);
    }

    /// @param memory makes the arrays; a test has it fail
    PageAllocator(SpaceLayout layout, PageBitmap live, int filePages, IntFunction<int[]> memory) {
        this.layout = layout;
        this.memory = memory;
        this.filePages = filePages;
        this.next = layout.firstPage();
        int regions = layout.regions(filePages);
        used.copyFrom(live);
        used.ensure((long) regions * layout.regionPages());
        used.set(filePages, regionEnd(regions - 1));
        free = new int[regions];
        longestBound = new int[regions];
        for (int region = 0; region < regions; region++) {
            recount(region);
        }
    }

    int filePages() {
        return filePages;
    }

    long freePages() {
        return freePages;
    }

    /// Bytes of the Java heap.
    long heapBytes() {
        return used.heapBytes() + (free.length + longestBound.length) * (long) Integer.BYTES;
    }

    boolean isUsed(int page) {
        return used.get(page);
    }

    /// @return a copy of what [#isUsed] says of each page of the file
    BitSet used() {
        BitSet copy = BitSet.valueOf(used.words());
        copy.clear(filePages, Math.max(filePages, copy.length()));
        return copy;
    }

    boolean allUsed(int from, int to) {
        return used.allSet(from, to);
    }

    /// Has the search for the next extent begin at a page of the file.
    void searchFrom(int page) {
        assert page >= 0 && page < filePages : page + " of " + filePages;
        next = page;
    }

    /// Whether the last search found that no long extent is left, and nothing has come free since.
    boolean isScattered() {
        return searchesInVain > 0 && preferredEnd >= filePages;
    }

    /// Has extents come from below a page, by ones if need be, as long as there is a free one.
    void preferBelow(int end) {
        preferredEnd = end;
        searchesInVain = 0;
    }

    /// The first of at most `atMost` free pages in a row and their number, packed; 0 if no page is free.
    long allocateExtent(int atMost) {
        if (freePages == 0) {
            return 0;
        }
        int start = findExtent(atMost);
        int end = used.nextSet(start, (int) Math.min((long) start + atMost, regionEnd(layout.regionOf(start))));
        take(start, end);
        next = end;
        return SpaceMap.extent(start, end - start);
    }

    /// The first of exactly so many free pages in a row, as far down in the file as there are some; -1 if nowhere.
    int allocateRun(int pages) {
        long carried = 0;
        for (int region = 0; region < free.length; region++) {
            int start = region * layout.regionPages();
            int end = regionEnd(region);
            int found = NONE;
            int lead = free[region] == 0 ? 0 : used.nextSet(start, end) - start;
            if (carried + lead >= pages) {
                found = (int) (start - carried);
            } else if (longestBound[region] >= pages) {
                found = findInRegion(region, start, pages, filePages);
            }
            if (found != NONE) {
                take(found, found + pages);
                return found;
            }
            carried = lead == end - start ? carried + lead : end - used.endOfSet(start, end);
        }
        return NONE;
    }

    /// Takes exactly these pages of the file; false if one of them is not free.
    boolean claim(int from, int to) {
        if (!used.allClear(from, to)) {
            return false;
        }
        take(from, to);
        return true;
    }

    void release(int from, int to) {
        assert used.allSet(from, to) && to <= filePages : from + " to " + to;
        used.clear(from, to);
        for (int region = layout.regionOf(from); region <= layout.regionOf(to - 1); region++) {
            free[region] += overlap(region, from, to);
            longestBound[region] = layout.regionPages();
        }
        freePages += to - from;
        searchesInVain = 0;
    }

    /// Adds pages at the file's end; those that are reserved for slots are never free.
    void grow(int newFilePages) {
        int firstChanged = layout.regionOf(filePages - 1);
        int regions = layout.regions(newFilePages);
        // First all that takes memory: if there is none, nothing has changed.
        int[] moreFree = copyOf(free, regions);
        int[] moreLongest = copyOf(longestBound, regions);
        used.ensure((long) regions * layout.regionPages());
        used.clear(filePages, newFilePages);
        used.set(newFilePages, regionEnd(regions - 1));
        for (int group = layout.groups(filePages); group < layout.groups(newFilePages); group++) {
            used.set((int) (group * layout.groupPages()), layout.slotsEnd(group));
        }
        filePages = newFilePages;
        searchesInVain = 0;
        resize(moreFree, moreLongest, firstChanged);
    }

    /// Drops pages at the file's end, none of which is used.
    void shrink(int newFilePages) {
        assert newFilePages >= leastFilePages() : newFilePages + " < " + leastFilePages();
        used.set(newFilePages, filePages);
        for (int region = layout.regions(newFilePages); region < free.length; region++) {
            freePages -= free[region];
        }
        filePages = newFilePages;
        next = Math.min(next, newFilePages);
        int regions = layout.regions(newFilePages);
        resize(copyOf(free, regions), copyOf(longestBound, regions), layout.regionOf(newFilePages - 1));
    }

    /// The least size that the file can have with what is used now.
    int leastFilePages() {
        for (int group = layout.groups(filePages) - 1; ; group--) {
            int from = layout.slotsEnd(group);
            int to = (int) Math.min(filePages, (group + 1) * layout.groupPages());
            int end = used.endOfSet(from, to);
            if (end > from || group == 0) {
                return end;
            }
        }
    }

    private int[] copyOf(int[] counts, int regions) {
        int[] copy = memory.apply(regions);
        System.arraycopy(counts, 0, copy, 0, Math.min(counts.length, regions));
        return copy;
    }

    private void resize(int[] newFree, int[] newLongestBound, int firstChanged) {
        int before = free.length;
        free = newFree;
        longestBound = newLongestBound;
        for (int region = Math.min(firstChanged, before); region < free.length; region++) {
            recount(region);
        }
    }

    private void recount(int region) {
        int start = region * layout.regionPages();
        int end = regionEnd(region);
        freePages -= free[region];
        free[region] = end - start - used.count(start, end);
        freePages += free[region];
        longestBound[region] = layout.regionPages();
    }

    /// The first of some free pages in a row, of which there is one.
    private int findExtent(int atMost) {
        int preferred = Math.min(atMost, PREFERRED);
        int low = Math.min(preferredEnd, filePages);
        while (true) {
            int start = switch (searchesInVain) {
                case 0 -> findExtent(preferred, low);
                case 1 -> findExtent(1, low);
                case 2 -> findExtent(preferred, filePages);
                default -> findExtent(1, filePages);
            };
            if (start != NONE) {
                return start;
            }
            searchesInVain++;
        }
    }

    /// The first of so many free pages in a row below `limit`. The search goes on where the last one ended.
    private int findExtent(int pages, int limit) {
        int from = next >= limit ? 0 : next;
        int first = layout.regionOf(from);
        int regions = layout.regionOf(limit - 1) + 1;
        int found = findInRegion(first, from, pages, limit);
        // The first region comes again at the end, for what lies before the place where the search started.
        for (int i = 1; found == NONE && i <= regions; i++) {
            int region = (first + i) % regions;
            found = findInRegion(region, region * layout.regionPages(), pages, limit);
        }
        return found;
    }

    private int findInRegion(int region, int from, int pages, int limit) {
        if (free[region] < pages || longestBound[region] < pages) {
            return NONE;
        }
        int end = Math.min(regionEnd(region), limit);
        int longest = 0;
        for (int start = used.nextClear(from, end); start < end; ) {
            int stop = used.nextSet(start, end);
            if (stop - start >= pages) {
                return start;
            }
            longest = Math.max(longest, stop - start);
            start = used.nextClear(stop, end);
        }
        if (from == region * layout.regionPages() && limit >= Math.min(regionEnd(region), filePages)) {
            longestBound[region] = longest;
        }
        return NONE;
    }

    private void take(int from, int to) {
        used.set(from, to);
        for (int region = layout.regionOf(from); region <= layout.regionOf(to - 1); region++) {
            free[region] -= overlap(region, from, to);
        }
        freePages -= to - from;
    }

    private int overlap(int region, int from, int to) {
        return Math.min(to, regionEnd(region)) - Math.max(from, region * layout.regionPages());
    }

    private int regionEnd(int region) {
        return (int) Math.min((region + 1L) * layout.regionPages(), Integer.MAX_VALUE);
    }
}

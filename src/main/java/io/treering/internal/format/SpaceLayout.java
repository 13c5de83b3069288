package io.treering.internal.format;

/// Where the pages stand that keep account of the others.
///
/// One bit a page says whether the committed tree uses it. The bits of `regionPages` consecutive pages fill one
/// *region page*, and up to `summaryRegions` regions are listed in one *summary page*. Region and summary pages are
/// never moved: each has two fixed *slots*, written in turn. Sixteen regions make a *group*, and all slots that
/// belong to a group stand at its start, so that the rest of it, almost 2 GiB at the smallest page size, can hold one
/// contiguous run:
///
/// ```
///   group 0                                                                        group 1
///   +------+---------------------+-----+----------------------+-----------+-- … --+---------------------+-- …
///   | meta | region 0 slot 0, 1  |  …  | region 15 slot 0, 1  | summary 0 | other | region 16 slot 0, 1 |
///   |      |                     |     |                      | slot 0, 1 | pages |                     |
///   +------+---------------------+-----+----------------------+-----------+-- … --+---------------------+-- …
///          firstPage             +2    +30                    +32         +34     16 * regionPages
/// ```
///
/// A summary's slots follow the region slots of the group that holds its first region; in the other groups those two
/// pages are ordinary ones. A file ends behind the slots of its last group, never among them.
public final class SpaceLayout {
    public static final int SLOTS = 2;
    public static final int GROUP_REGIONS = 16;

    private final int pageSize;
    private final int firstPage;
    private final int regionPages;
    private final int summaryRegions;

    public SpaceLayout(int pageSize) {
        this.pageSize = pageSize;
        this.firstPage = MetaPage.firstPage(pageSize);
        this.regionPages = FreeRegionPage.pages(pageSize);
        this.summaryRegions = FreeSummaryPage.regions(pageSize);
    }

    public int pageSize() {
        return pageSize;
    }

    /// The first page behind the meta blocks.
    public int firstPage() {
        return firstPage;
    }

    /// Pages whose bits fill a region page.
    public int regionPages() {
        return regionPages;
    }

    /// Regions that a summary page lists.
    public int summaryRegions() {
        return summaryRegions;
    }

    public int regionOf(int page) {
        return page / regionPages;
    }

    /// Regions of a file of so many pages, the last one perhaps not whole.
    public int regions(int filePages) {
        return (int) (((long) filePages + regionPages - 1) / regionPages);
    }

    /// Summary pages of a file of so many pages.
    public int summaries(int filePages) {
        return (regions(filePages) + summaryRegions - 1) / summaryRegions;
    }

    public int regionSlotPage(int region, int slot) {
        return slotsStart(region / GROUP_REGIONS) + SLOTS * (region % GROUP_REGIONS) + slot;
    }

    public int summarySlotPage(int summary, int slot) {
        return slotsStart(summary * (summaryRegions / GROUP_REGIONS)) + SLOTS * GROUP_REGIONS + slot;
    }

    /// Whether a page is a meta page or one of the slots.
    public boolean isReserved(int page) {
        int group = (int) (page / groupPages());
        return page < slotsEnd(group);
    }

    /// The first page behind the slots at the start of a group.
    public int slotsEnd(int group) {
        boolean holdsSummary = group % (summaryRegions / GROUP_REGIONS) == 0;
        return slotsStart(group) + SLOTS * (GROUP_REGIONS + (holdsSummary ? 1 : 0));
    }

    /// Pages of a group.
    public long groupPages() {
        return (long) GROUP_REGIONS * regionPages;
    }

    /// The most pages in a row that no slot interrupts in any group, the first one included.
    public int longestRun() {
        return (int) (groupPages() - slotsEnd(0));
    }

    /// Groups of a file of so many pages, the last one perhaps not whole.
    public int groups(int filePages) {
        return (int) ((filePages + groupPages() - 1) / groupPages());
    }

    /// The smallest size in pages, not below the given one, that a file can have.
    public int atLeast(int filePages) {
        int group = groups(Math.max(filePages, 1)) - 1;
        return Math.max(filePages, slotsEnd(group));
    }

    /// Whether a file can have this size in pages: it does not end among slots.
    public boolean isPossible(long filePages) {
        return filePages > 0 && filePages <= Integer.MAX_VALUE && atLeast((int) filePages) == filePages;
    }

    private int slotsStart(int group) {
        return group == 0 ? firstPage : (int) (group * groupPages());
    }
}

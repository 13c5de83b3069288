package io.treering.internal.tree;

import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;

/// Builds leaves from runs of old entries and from puts.
///
/// A page's size depends on the prefix that its first and last keys share, and is known exactly before the page is
/// written: the bytes of its entries with whole keys, less the prefix for each entry but one.
final class LeafBuilder extends LevelBuilder {
    /// So many old leaves are held at once at most. Beyond, a page is written even if it is underfull: it takes deletes
    /// that leave next to nothing of every single leaf to get here.
    static final int HELD_PAGES = 40;

    /// Besides, so many are taken back from the left of a group at most.
    static final int TAKEN_BACK = 6;

    /// Room for pages that are taken back from the left.
    private static final int HELD_LEFT = 16;

    private static final long NO_PAGE = -1;

    final EntryRuns runs = new EntryRuns();

    private MemorySegment operations = MemorySegment.NULL;

    /// Copies of old leaves that pending runs may refer to, in order, at `heldFirst <= i < heldEnd`.
    private long[] held = new long[HELD_LEFT + 2 * HELD_PAGES];

    private int heldFirst = HELD_LEFT;
    private int heldEnd = HELD_LEFT;

    /// The held leaf that operations are being applied to, which more runs will refer to.
    private long current = NO_PAGE;

    // The planned page: from an entry of one run to before an entry of another.
    private int startRun;
    private int startEntry;
    private int planRun;
    private int planEntry;
    private int plannedCount;
    private int plannedBytes;
    private int plannedPrefix;
    private int plannedSize;
    private int moreBytes;
    private int morePrefix;
    private final KeyBuffer firstKey = new KeyBuffer();

    /// How much of [#firstKey] the prefix of the page at [#sharedPage] begins with.
    private int sharedPrefix;

    private long sharedPage = NO_PAGE;

    /// The last key of the page that was written last.
    private final KeyBuffer lastKey = new KeyBuffer();

    LeafBuilder(PageStore store) {
        super(0, store);
    }

    /// @param operationMemory where puts have their keys and values
    void begin(MemorySegment operationMemory) {
        begin();
        operations = operationMemory;
        runs.clear();
        heldFirst = HELD_LEFT;
        heldEnd = HELD_LEFT;
        current = NO_PAGE;
    }

    /// Content bytes of a leaf whose entries, with whole keys, take `wholeBytes`.
    private static int leafBytes(int count, int wholeBytes, int prefix) {
        return LeafPage.entriesOffset(count, prefix) - PageHeader.BYTES + wholeBytes - count * prefix;
    }

    // Old leaves

    /// Keeps the copy of an old leaf until nothing pending refers to it.
    void hold(long page) {
        if (heldEnd == held.length) {
            moveHeld();
        }
        held[heldEnd++] = page;
        current = page;
    }

    /// No more runs of the leaf that was held last will be added. If there is none, it need not be held any longer.
    void endOfLeaf() {
        if (heldEnd > heldFirst && held[heldEnd - 1] == current && !isReferredTo(current)) {
            store.release(held[--heldEnd]);
        }
        current = NO_PAGE;
        releaseUnused();
    }

    /// Whether a run refers to the leaf that was held last.
    private boolean isReferredTo(long page) {
        for (int run = runs.end - 1; run >= runs.first; run--) {
            if (runs.kinds[run] == EntryRuns.OLD) {
                return runs.offsets[run] == page;
            }
        }
        return false;
    }

    int heldPages() {
        return heldEnd - heldFirst;
    }

    /// Adds entries `[from, to)` of an old leaf.
    void addOld(long page, int from, int to) {
        if (from < to) {
            runs.addOld(page, PageHeader.pageId(memory, page), from, to - from, wholeBytes(page, from, to));
        }
    }

    /// Puts the whole old leaf that stood left of the group in front of it.
    void prependLeaf(long page) {
        if (heldFirst == 0) {
            moveHeld();
        }
        held[--heldFirst] = page;
        int count = PageHeader.count(memory, page);
        runs.prependOld(page, PageHeader.pageId(memory, page), count, wholeBytes(page, 0, count));
    }

    /// Bytes of entries `[from, to)` of an old leaf, if each held its whole key.
    private int wholeBytes(long page, int from, int to) {
        int count = PageHeader.count(memory, page);
        int start = LeafPage.slot(memory, page, count, from);
        int end = to == count ? PageHeader.entriesEnd(memory, page) : LeafPage.slot(memory, page, count, to);
        return end - start + (to - from) * PageHeader.prefixLength(memory, page);
    }

    /// Makes room on both sides.
    private void moveHeld() {
        int pages = heldEnd - heldFirst;
        long[] from = held;
        if (HELD_LEFT + pages + HELD_LEFT > held.length) {
            held = new long[2 * held.length];
        }
        System.arraycopy(from, heldFirst, held, HELD_LEFT, pages);
        heldFirst = HELD_LEFT;
        heldEnd = HELD_LEFT + pages;
    }

    private void releaseUnused() {
        if (heldFirst == heldEnd) {
            return;
        }
        long needed = current;
        for (int run = runs.first; run < runs.end; run++) {
            if (runs.kinds[run] == EntryRuns.OLD) {
                needed = runs.offsets[run];
                break;
            }
        }
        while (heldFirst < heldEnd && held[heldFirst] != needed) {
            store.release(held[heldFirst++]);
        }
        if (heldFirst == heldEnd) {
            heldFirst = HELD_LEFT;
            heldEnd = HELD_LEFT;
        }
    }

    // Size of what is pending

    @Override
    boolean isEmpty() {
        return runs.isEmpty();
    }

    @Override
    long count() {
        return runs.totalCount;
    }

    @Override
    long roughBytes() {
        return runs.totalBytes + runs.totalCount * LeafPage.INDEX_BYTES;
    }

    @Override
    long exactBytes() {
        long rough = roughBytes();
        if (rough > 1 << 30 || isEmpty()) {
            return rough;
        }
        startKey(runs.first, 0);
        plannedPrefix = firstKey.length;
        int last = runs.end - 1;
        return leafBytes((int) runs.totalCount, (int) runs.totalBytes, sharedWith(last, runs.counts[last] - 1));
    }

    @Override
    void beforeFirst() {}

    /// Whether the last pending entry was not in the tree before.
    boolean endsWithNew() {
        return !isEmpty() && runs.kinds[runs.end - 1] != EntryRuns.OLD && runs.predecessors[runs.end - 1] < 0;
    }

    // The plan of a page

    @Override
    void rewind() {
        planRun = runs.first;
        planEntry = 0;
    }

    @Override
    boolean plannedAll() {
        return planRun == runs.end;
    }

    @Override
    int plannedCount() {
        return plannedCount;
    }

    @Override
    int plan(int limit, int goal) {
        startRun = planRun;
        startEntry = planEntry;
        startKey(startRun, startEntry);
        plannedPrefix = firstKey.length;
        plannedCount = 0;
        plannedBytes = 0;
        plannedSize = 0;
        boolean more = true;
        while (more && planRun < runs.end) {
            more = takeRun(goal) || takeEntries(limit, goal);
        }
        assert plannedSize <= capacity : "entries are at most half a page";
        return plannedSize;
    }

    /// Takes the rest of a run if the goal leaves room for all of it.
    private boolean takeRun(int goal) {
        int entries = runs.counts[planRun] - planEntry;
        int size = sizeWith(entries);
        if (size > goal) {
            return false;
        }
        take(entries, size);
        return true;
    }

    /// Takes entries of a run up to the goal, or the one behind it, whichever comes nearer, and ends the page.
    private boolean takeEntries(int limit, int goal) {
        // Sizes ascend with the number of entries, since a prefix only gets shorter.
        int fits = 0;
        int tooMany = runs.counts[planRun] - planEntry;
        while (tooMany - fits > 1) {
            int middle = (fits + tooMany) >>> 1;
            if (sizeWith(middle) <= goal) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        if (fits > 0) {
            take(fits, sizeWith(fits));
        }
        int size = sizeWith(1);
        if (plannedCount == 0 || (size <= limit && size - goal <= goal - plannedSize)) {
            take(1, size);
        }
        return false;
    }

    /// Size of the page with so many more entries of the run at hand; leaves their bytes and prefix for [#take].
    private int sizeWith(int entries) {
        moreBytes = runBytes(planRun, planEntry, entries);
        morePrefix = sharedWith(planRun, planEntry + entries - 1);
        return leafBytes(plannedCount + entries, plannedBytes + moreBytes, morePrefix);
    }

    /// Takes what the last [#sizeWith] was about.
    private void take(int entries, int size) {
        plannedCount += entries;
        plannedBytes += moreBytes;
        plannedPrefix = morePrefix;
        plannedSize = size;
        planEntry += entries;
        if (planEntry == runs.counts[planRun]) {
            planRun++;
            planEntry = 0;
        }
    }

    private int runBytes(int run, int entry, int entries) {
        if (entries == runs.counts[run]) {
            return runs.bytes[run];
        }
        int from = runs.starts[run] + entry;
        return wholeBytes(runs.offsets[run], from, from + entries);
    }

    private void startKey(int run, int entry) {
        readKey(run, entry, firstKey);
        sharedPage = NO_PAGE;
    }

    private void readKey(int run, int entry, KeyBuffer into) {
        if (runs.kinds[run] == EntryRuns.OLD) {
            into.set(memory, runs.offsets[run], runs.starts[run] + entry);
        } else {
            into.clear();
            into.append(operations, runs.offsets[run], runs.starts[run]);
        }
    }

    /// How much of the planned prefix an entry has, too.
    private int sharedWith(int run, int entry) {
        int limit = plannedPrefix;
        if (limit == 0) {
            return 0;
        }
        if (runs.kinds[run] != EntryRuns.OLD) {
            return firstKey.shared(0, limit, operations, runs.offsets[run], runs.starts[run]);
        }
        long page = runs.offsets[run];
        int count = PageHeader.count(memory, page);
        int prefix = PageHeader.prefixLength(memory, page);
        if (page != sharedPage) {
            sharedPage = page;
            sharedPrefix = firstKey.shared(0, firstKey.length, memory, page + LeafPage.prefixOffset(count), prefix);
        }
        if (sharedPrefix < prefix || limit <= prefix) {
            return Math.min(limit, sharedPrefix);
        }
        long at = page + LeafPage.slot(memory, page, count, runs.starts[run] + entry);
        return prefix
                + firstKey.shared(
                        prefix, limit, memory, at + LeafPage.ENTRY_HEADER_BYTES, LeafPage.suffixLength(memory, at));
    }

    // The planned page

    @Override
    int plannedPredecessor() {
        int run = startRun;
        int end = planEntry > 0 ? planRun + 1 : planRun;
        while (run < end && runs.predecessors[run] < 0) {
            run++;
        }
        return run < end ? runs.predecessors[run] : -1;
    }

    @Override
    void addTo(BranchBuilder parent, long reference, boolean firstOfGroup) {
        if (firstOfGroup) {
            parent.addNew(fence.bytes, 0, fence.length, reference);
        } else if (hasEmitted()) {
            parent.addNew(firstKey.bytes, 0, firstKey.dividingLength(lastKey), reference);
        } else {
            // The first leaf of an empty tree.
            parent.addNew(firstKey.bytes, 0, 0, reference);
        }
        if (planEntry > 0) {
            readKey(planRun, planEntry - 1, lastKey);
        } else {
            readKey(planRun - 1, runs.counts[planRun - 1] - 1, lastKey);
        }
    }

    @Override
    void dropPlanned() {
        int bytes = planEntry > 0 ? runBytes(planRun, 0, planEntry) : 0;
        runs.dropTo(planRun, planEntry, bytes);
        releaseUnused();
    }

    @Override
    void writePlanned(long page, int pageId, long birth) {
        LeafWriter writer = new LeafWriter(memory, page, plannedCount, firstKey, plannedPrefix);
        int entry = startEntry;
        for (int run = startRun; run < planRun; run++) {
            write(writer, run, entry, runs.counts[run]);
            entry = 0;
        }
        if (planEntry > 0) {
            write(writer, planRun, entry, planEntry);
        }
        writer.finish(pageId, birth, capacity);
    }

    private void write(LeafWriter writer, int run, int from, int to) {
        switch (runs.kinds[run]) {
            case EntryRuns.OLD -> writer.copyOld(runs.offsets[run], runs.starts[run] + from, to - from);
            case EntryRuns.INLINE -> writeInline(writer, run);
            default -> writeSpilled(writer, run);
        }
    }

    private void writeInline(LeafWriter writer, int run) {
        writer.put(
                operations,
                runs.offsets[run],
                runs.starts[run],
                runs.valueLengths[run],
                runs.flags[run],
                runs.fingerprints[run]);
    }

    private void writeSpilled(LeafWriter writer, int run) {
        long value = writer.putKey(
                operations,
                runs.offsets[run],
                runs.starts[run],
                OverflowReference.BYTES,
                LeafPage.OVERFLOW,
                runs.fingerprints[run]);
        OverflowReference.write(memory, value, runs.references[run], runs.valueLengths[run]);
    }
}

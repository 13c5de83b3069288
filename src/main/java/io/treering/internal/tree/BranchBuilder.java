package io.treering.internal.tree;

import io.treering.internal.format.BranchPage;
import io.treering.internal.format.PageHeader;
import java.util.Arrays;

/// Builds branches from the children that the level below leaves behind.
final class BranchBuilder extends LevelBuilder {
    final BranchItems items = new BranchItems();

    /// The old branch at this level whose children are being added, or -1.
    private int visited = -1;

    /// How many children of the visited branch were added as they were.
    int keptChildren;

    /// Content bytes of all pending items, each with its whole separator.
    private long wholeBytes;

    // The planned page: items [start, planned).
    private int start;
    private int planned;
    private int plannedPrefix;
    private int plannedTails;

    BranchBuilder(int level, PageStore store) {
        super(level, store);
    }

    @Override
    void begin() {
        super.begin();
        items.clear();
        wholeBytes = 0;
        visited = -1;
    }

    /// The children that follow are those of an old branch.
    void visit(int page) {
        visited = page;
        keptChildren = 0;
    }

    // Pending items

    /// Adds a child that was written just now.
    void addNew(byte[] separator, int from, int length, long reference) {
        items.add(separator, from, length, reference, false, visited);
        wholeBytes += itemBytes(length);
    }

    /// Adds a child of an old branch as it was.
    void addKept(OldBranch branch, int child) {
        int length = branch.length(child);
        items.add(branch.bytes, branch.from(child), length, branch.references[child], true, visited);
        wholeBytes += itemBytes(length);
        keptChildren++;
    }

    /// Takes back the children of the visited branch, all of which were added as they were.
    void takeBack(int children) {
        for (int i = items.end - children; i < items.end; i++) {
            wholeBytes -= itemBytes(items.lengths[i]);
        }
        items.removeLast(children);
    }

    /// Whether the last child is an old page, as it was.
    boolean endsWithKept() {
        return !items.isEmpty() && items.kept[items.end - 1];
    }

    long lastReference() {
        return items.references[items.end - 1];
    }

    /// Removes the last child and returns its reference.
    long removeLast(KeyBuffer separator) {
        int last = items.end - 1;
        long reference = items.references[last];
        separator.set(items.bytes, items.offsets[last], items.lengths[last]);
        wholeBytes -= itemBytes(items.lengths[last]);
        items.removeLast(1);
        return reference;
    }

    /// Puts the whole old branch that stood left of the group in front of it.
    void prependBranch(OldBranch branch) {
        items.prepend(branch);
        for (int i = 0; i < branch.count; i++) {
            wholeBytes += itemBytes(branch.length(i));
        }
    }

    private static int itemBytes(int separatorLength) {
        return BranchPage.INDEX_BYTES + tailBytes(separatorLength);
    }

    private static int tailBytes(int suffixLength) {
        return suffixLength <= BranchPage.LONGEST_IN_HEAD
                ? 0
                : BranchPage.TAIL_HEADER_BYTES + suffixLength - BranchPage.LONGEST_IN_HEAD;
    }

    private static int branchBytes(int count, int prefix, int tails) {
        return BranchPage.tailsOffset(count, prefix) - PageHeader.BYTES + tails;
    }

    @Override
    boolean isEmpty() {
        return items.isEmpty();
    }

    @Override
    long count() {
        return items.count();
    }

    @Override
    long roughBytes() {
        return BranchPage.MODEL_BYTES + wholeBytes;
    }

    @Override
    long exactBytes() {
        if (isEmpty()) {
            return 0;
        }
        int prefix = shared(items.first, items.end - 1, items.lengths[items.first]);
        long tails = 0;
        for (int i = items.first; i < items.end; i++) {
            tails += tailBytes(items.lengths[i] - prefix);
        }
        return branchBytes(items.count(), prefix, 0) + tails;
    }

    // The plan of a page

    @Override
    void rewind() {
        planned = items.first;
    }

    @Override
    boolean plannedAll() {
        return planned == items.end;
    }

    @Override
    int plannedCount() {
        return planned - start;
    }

    @Override
    int plan(int limit, int goal) {
        start = planned;
        plannedPrefix = items.lengths[start];
        plannedTails = 0;
        planned = start + 1;
        int size = branchBytes(1, plannedPrefix, 0);
        while (planned < items.end) {
            int prefix = shared(start, planned, plannedPrefix);
            int tails = prefix == plannedPrefix ? plannedTails : tails(start, planned, prefix);
            tails += tailBytes(items.lengths[planned] - prefix);
            int larger = branchBytes(plannedCount() + 1, prefix, tails);
            if (larger > goal && (larger > limit || larger - goal > goal - size)) {
                break;
            }
            size = larger;
            plannedPrefix = prefix;
            plannedTails = tails;
            planned++;
        }
        assert size <= capacity : "separators are at most a quarter of a page";
        return size;
    }

    private int tails(int from, int to, int prefix) {
        int tails = 0;
        for (int i = from; i < to; i++) {
            tails += tailBytes(items.lengths[i] - prefix);
        }
        return tails;
    }

    /// How much two separators share, up to `limit`.
    private int shared(int left, int right, int limit) {
        int common = Math.min(limit, items.lengths[right]);
        int leftFrom = items.offsets[left];
        int rightFrom = items.offsets[right];
        int mismatch =
                Arrays.mismatch(items.bytes, leftFrom, leftFrom + common, items.bytes, rightFrom, rightFrom + common);
        return mismatch < 0 ? common : mismatch;
    }

    // The planned page

    @Override
    int plannedPredecessor() {
        return items.predecessors[start];
    }

    @Override
    void addTo(BranchBuilder parent, long reference, boolean firstOfGroup) {
        parent.addNew(items.bytes, items.offsets[start], items.lengths[start], reference);
    }

    @Override
    void beforeFirst() {
        // It is not, if the group's first old children are gone.
        int from = items.offsets[items.first];
        int length = items.lengths[items.first];
        if (!Arrays.equals(items.bytes, from, from + length, fence.bytes, 0, fence.length)) {
            wholeBytes += itemBytes(fence.length) - itemBytes(length);
            items.setSeparator(items.first, fence.bytes, 0, fence.length);
        }
    }

    @Override
    void dropPlanned() {
        for (int i = start; i < planned; i++) {
            wholeBytes -= itemBytes(items.lengths[i]);
        }
        items.dropTo(planned);
    }

    @Override
    void writePlanned(long page, int pageId, long birth) {
        BranchWriter.write(memory, page, level, items, start, planned, plannedPrefix, pageId, birth, capacity);
    }
}

package io.treering.internal.tree;

import io.treering.internal.format.BranchPage;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;

/// Merges a batch of operations into a tree, copy-on-write, bottom-up: each touched leaf is rewritten once, then each
/// branch above one, once.
///
/// # Overview
///
/// The walk descends only where the next operation leads. Each level has a builder for the pages that replace old ones
/// there, and what a builder writes, or the walk passes by, becomes a pending child in the builder above. So the walk
/// sees three kinds of pages:
///
/// * *visited*: an operation leads into it. If it turns out that nothing changed, it counts as passed.
/// * *passed*: it stays as it is, and only its reference goes to the builder above.
/// * *joined*: its content is pending in the builder of its level; the old page is free.
///
/// # Algorithmic notes
///
/// Joined neighbours form a *group* that is written out together, when a page beside it is passed or the tree ends. The
/// rules for a group, the same for leaves and branches:
///
/// 1. *Right neighbour first.* Before a page is passed, it joins the group on its left if that would be underfull
///    without it (below 40 %), or if the group needs just one page more than it had: what is a little too much for one
///    page is better spread over the two old ones that it shares with its neighbour than over two new ones. Entries
///    of which not even eight fill a page are not spread.
/// 2. *Then the left one.* An underfull group that no page follows takes back the page on its left, which is the last
///    child pending in the builder above; if that is empty, it first takes back the branch on its own left. A page
///    written in this merge is not taken back, nor are there more of them than a merge has copies for.
/// 3. *Few pages stay few.* A group of up to three old pages is written as at most as many, if it fits. Otherwise,
///    there are as many pages as a fill of 95 % asks for. All get the same share, so that none is thin.
/// 4. *Long groups stream.* What is pending beyond eight pages is split off the front as pages of 95 %.
/// 5. *Appending leaves room.* Where the tree ends in new entries, pages are filled to 95 % and the last takes what is
///    left, however little: the next merge will go on there.
///
/// So an underfull page remains only at the tree's right edge, where two neighbours do not fit into one page, and
/// beside a page that the same merge had written already.
///
/// Separators: child 0 of a branch has the branch's own separator, so that every separator is a lower bound of all
/// keys that a search can lead there, and stays one when pages are joined. The first page of a group inherits the
/// separator of the first old page; between two new leaves stands the shortest prefix of the right one's first key
/// that is above the left one's last. If a group leaves no page behind, its left neighbour inherits the range.
///
/// A merge serves one thread. It keeps its buffers from one use to the next. After an exception, which comes from the
/// store, it can be used again; what was taken from the store, the store takes back.
public final class TreeMerge {
    /// Copies of old pages that a merge has at once at most, apart from those that were asked for ahead: the leaves
    /// that it holds, what it takes back from the left of a group, and a branch.
    public static final int MOST_COPIES = LeafBuilder.HELD_PAGES + LeafBuilder.TAKEN_BACK + 2;

    /// All of a branch with pages of 4 KiB and keys of some twenty bytes: what is asked for later is waited for.
    private static final int PREFETCHED_CHILDREN = 256;

    /// Operations that are applied before full pages are written.
    private static final int STEP = 64;

    private final OldBranch[] old = new OldBranch[PageHeader.MAXIMUM_LEVEL + 2];

    /// The branch of level 1 that will be visited next, and its reference; none if that is 0.
    private OldBranch nextBranch = new OldBranch();

    private long nextReference;

    private final BranchBuilder[] branches = new BranchBuilder[PageHeader.MAXIMUM_LEVEL + 2];
    private final LeafBuilder leaves;
    private final LeafMerge leafMerge;
    private final Fences fences = new Fences();
    private final OperationWindow operations = new OperationWindow();
    private final PageStore store;
    private final MemorySegment memory;
    private final long[] prefetched = new long[PREFETCHED_CHILDREN];
    private final KeyBuffer leftSeparator = new KeyBuffer();

    private long freedPages;

    /// @param store used for every merge; its memory, page size and inline limit do not change
    public TreeMerge(PageStore store) {
        this.store = store;
        this.memory = store.memory();
        this.leaves = new LeafBuilder(store);
        this.leafMerge = new LeafMerge(store, leaves, operations);
        for (int level = 1; level < branches.length; level++) {
            branches[level] = new BranchBuilder(level, store);
            old[level] = new OldBranch();
        }
    }

    /// Merges operations into the tree under a root.
    ///
    /// @param rootReference 0 for the empty tree
    /// @param level the root's; 0 for a leaf or the empty tree
    public MergeResult merge(long rootReference, int level, MergeSource source) {
        if (level < 0 || level > PageHeader.MAXIMUM_LEVEL) {
            throw new IllegalArgumentException("No root can be at level " + level);
        }
        begin(source);
        if (operations.isEmpty()) {
            return result(rootReference, level);
        }
        if (rootReference == PageReference.NONE) {
            plant();
        } else {
            OldBranch aboveRoot = old(level + 1);
            aboveRoot.setRoot(rootReference);
            visit(level, aboveRoot, 0);
        }
        return finish(rootReference);
    }

    private void begin(MergeSource source) {
        freedPages = 0;
        nextReference = PageReference.NONE;
        operations.begin(source);
        leaves.begin(source.memory());
        leafMerge.begin();
        for (int i = 1; i < branches.length; i++) {
            branches[i].begin();
        }
    }

    private OldBranch old(int level) {
        return old[level];
    }

    private BranchBuilder branch(int level) {
        return branches[level];
    }

    private LevelBuilder builder(int level) {
        return level == 0 ? leaves : branches[level];
    }

    private BranchBuilder above(LevelBuilder builder) {
        return branches[builder.level + 1];
    }

    // The walk. A page is named as a child of the old branch above it.

    /// Builds a tree where there was none.
    private void plant() {
        leafMerge.openEmpty();
        while (!operations.isEmpty()) {
            applyToLeaf(operations.end);
        }
    }

    /// The next operation belongs to the page.
    private void visit(int level, OldBranch parent, int child) {
        if (level == 0) {
            visitLeaf(parent, child);
        } else {
            visitBranch(level, parent, child);
        }
    }

    private void visitBranch(int level, OldBranch parent, int child) {
        OldBranch branch = level == 1 ? openLowest(parent, child) : load(old(level), level, parent, child);
        BranchBuilder builder = branch(level);
        builder.visit(branch.page);
        visitChildren(level, branch);
        if (builder.keptChildren == branch.count) {
            builder.takeBack(branch.count);
            pass(level, parent, child);
        } else {
            join(builder, parent, child, branch.usedBytes, branch.page, branch.birth);
            builder.emitFull(above(builder));
        }
    }

    /// Opens a branch of level 1, and asks for the leaves below it and below the one behind it. While those of one are
    /// merged, those of the next are on their way; otherwise the device would have nothing to do at the end of each.
    private OldBranch openLowest(OldBranch parent, int child) {
        OldBranch branch = nextBranch;
        if (nextReference == parent.references[child]) {
            nextBranch = old(1);
            old[1] = branch;
        } else {
            branch = load(old(1), 1, parent, child);
            branch.prefetchedChildren = prefetch(branch, 0, operations.next, 2);
        }
        nextReference = PageReference.NONE;
        long operation = parent.endOfOperations(child, operations, operations.next);
        if (operation < operations.end && parent.holds(operations, operation)) {
            int next = parent.childOf(child + 1, operations, operation);
            prefetch(parent, next, operation);
            load(nextBranch, 1, parent, next);
            nextReference = parent.references[next];
            nextBranch.prefetchedChildren = prefetch(nextBranch, 0, operation, 1);
        }
        return branch;
    }

    private OldBranch load(OldBranch into, int level, OldBranch parent, int child) {
        long page = fetch(parent.references[child], level);
        into.load(memory, page, parent, child);
        store.release(page);
        fences.of(parent, child).checkBranch(into);
        return into;
    }

    private long fetchLeaf(OldBranch parent, int child) {
        long leaf = fetch(parent.references[child], 0);
        fences.of(parent, child).checkLeaf(memory, leaf);
        return leaf;
    }

    private void visitChildren(int level, OldBranch branch) {
        int child = 0;
        while (branch.holdsNext(operations)) {
            int touched = branch.childOf(child, operations, operations.next);
            passAll(level - 1, branch, child, touched);
            if (branch.references[touched] != nextReference) {
                prefetch(branch, touched, operations.next);
            }
            visit(level - 1, branch, touched);
            child = touched + 1;
        }
        passAll(level - 1, branch, child, branch.count);
    }

    private void passAll(int level, OldBranch parent, int from, int to) {
        int child = from;
        while (child < to && !pass(level, parent, child++)) {
            // The page joined the group, which is open still.
        }
        BranchBuilder builder = branch(level + 1);
        while (child < to) {
            builder.addKept(parent, child++);
        }
    }

    private void visitLeaf(OldBranch parent, int child) {
        long leaf = fetchLeaf(parent, child);
        leafMerge.open(leaf);
        long end = parent.endOfOperations(child, operations, operations.next);
        // Operations without effect, up to the first that has one, or to the end of the leaf.
        while (!leafMerge.changes(operations.next)) {
            operations.advanceTo(operations.next + 1);
            if (operations.next == end) {
                end = parent.endOfOperations(child, operations, end);
                if (operations.next == end) {
                    store.release(leaf);
                    pass(0, parent, child);
                    return;
                }
            }
        }
        joinLeaf(leaf, parent, child);
        while (operations.next < end) {
            applyToLeaf(end);
            end = parent.endOfOperations(child, operations, operations.next);
        }
        leafMerge.finish();
        leaves.endOfLeaf();
        leaves.emitFull(branch(1));
    }

    /// Applies operations up to `end` to the leaf that is open. There may be any number of them for one leaf.
    private void applyToLeaf(long end) {
        while (operations.next < end) {
            long step = Math.min(end, operations.next + STEP);
            leafMerge.apply(operations.next, step);
            operations.advanceTo(step);
            leaves.emitFull(branch(1));
        }
    }

    /// The page stays as it is, unless the group on its left wants it.
    ///
    /// @return whether it stays; then all groups up to its level are closed
    private boolean pass(int level, OldBranch parent, int child) {
        if (closeGroupsFor(level)) {
            joinWhole(level, parent, child);
            return false;
        }
        branch(level + 1).addKept(parent, child);
        return true;
    }

    /// Closes the groups that end before a page at `level`.
    ///
    /// @return true if a group is left open, because it wants the page
    private boolean closeGroupsFor(int level) {
        for (int lower = 0; lower < level; lower++) {
            LevelBuilder builder = builder(lower);
            if (builder.isOpen()) {
                if (builder.isThin() && !above(builder).endsWithKept()) {
                    // There is nothing on the left to take back, but something inside of the page.
                    return true;
                }
                close(builder, false);
            }
        }
        LevelBuilder builder = builder(level);
        if (builder.isOpen()) {
            if (builder.wantsNeighbour()) {
                return true;
            }
            close(builder, false);
        }
        return false;
    }

    /// The content of a page that no operation leads to becomes part of the group on its left.
    private void joinWhole(int level, OldBranch parent, int child) {
        if (level == 0) {
            long page = fetchLeaf(parent, child);
            joinLeaf(page, parent, child);
            leaves.addOld(page, 0, PageHeader.count(memory, page));
            leaves.endOfLeaf();
            return;
        }
        OldBranch branch = load(old(level), level, parent, child);
        BranchBuilder builder = branch(level);
        builder.visit(branch.page);
        passAll(level - 1, branch, 0, branch.count);
        join(builder, parent, child, branch.usedBytes, branch.page, branch.birth);
    }

    private void joinLeaf(long leaf, OldBranch parent, int child) {
        while (leaves.heldPages() >= LeafBuilder.HELD_PAGES) {
            leaves.emitOne(branch(1));
        }
        leaves.hold(leaf);
        int usedBytes = PageHeader.entriesEnd(memory, leaf) - PageHeader.BYTES;
        join(leaves, parent, child, usedBytes, PageHeader.pageId(memory, leaf), PageHeader.birth(memory, leaf));
    }

    private void join(LevelBuilder builder, OldBranch parent, int child, int usedBytes, int page, long birth) {
        builder.join(parent.bytes, parent.from(child), parent.length(child), usedBytes);
        free(page, birth);
    }

    // Groups

    /// @param appending the tree ends here, in new entries
    private void close(LevelBuilder builder, boolean appending) {
        if (!appending || builder.shrank()) {
            while (builder.isThin() && mayHoldMore(builder) && takeBackLeft(builder)) {
                // Until it is thick enough.
            }
        }
        builder.close(above(builder), appending);
    }

    /// Of branches nothing is held: what they say is copied.
    private boolean mayHoldMore(LevelBuilder builder) {
        return builder != leaves || leaves.heldPages() < LeafBuilder.HELD_PAGES + LeafBuilder.TAKEN_BACK;
    }

    /// Lets the page on the left of a group join it.
    ///
    /// @return false if there is none, or it was written in this merge
    private boolean takeBackLeft(LevelBuilder builder) {
        BranchBuilder parent = above(builder);
        if (parent.isEmpty() && !(parent.isOpen() && takeBackLeft(parent))) {
            return false;
        }
        if (!parent.endsWithKept()) {
            return false;
        }
        long page = fetch(parent.removeLast(leftSeparator), builder.level);
        // Up to where the group began until now: joining it changes that.
        fences.of(leftSeparator, builder.fence);
        builder.joinLeft(leftSeparator, PageHeader.entriesEnd(memory, page) - PageHeader.BYTES);
        free(PageHeader.pageId(memory, page), PageHeader.birth(memory, page));
        if (builder instanceof BranchBuilder branchBuilder) {
            OldBranch branch = old(builder.level);
            branch.load(memory, page, leftSeparator.bytes, 0, leftSeparator.length);
            store.release(page);
            fences.checkBranch(branch);
            branchBuilder.prependBranch(branch);
        } else {
            fences.checkLeaf(memory, page);
            leaves.prependLeaf(page);
        }
        return true;
    }

    // The end

    private MergeResult finish(long oldRoot) {
        boolean appending = leaves.endsWithNew();
        for (int level = 0; ; level++) {
            close(builder(level), appending);
            BranchBuilder parent = branch(level + 1);
            if (parent.count() <= 1 && isEmptyFrom(level + 2)) {
                return parent.isEmpty()
                        ? result(PageReference.NONE, 0)
                        : collapse(oldRoot, parent.lastReference(), level);
            }
        }
    }

    private boolean isEmptyFrom(int level) {
        for (int i = level; i < branches.length; i++) {
            if (!branches[i].isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /// A root branch with one child gives way to it.
    private MergeResult collapse(long oldRoot, long reference, int level) {
        long root = reference;
        int height = level;
        // A branch that was written just now has more children.
        boolean kept = branch(level + 1).endsWithKept();
        while (kept && root != oldRoot && height > 0) {
            long page = fetch(root, height);
            boolean single = PageHeader.count(memory, page) == 1;
            long onlyChild = BranchPage.child(memory, page, PageHeader.count(memory, page), 0);
            int id = PageHeader.pageId(memory, page);
            long birth = PageHeader.birth(memory, page);
            store.release(page);
            if (!single) {
                break;
            }
            free(id, birth);
            root = onlyChild;
            height--;
        }
        return result(root, height);
    }

    private MergeResult result(long root, int level) {
        long branchPages = 0;
        for (int i = 1; i < branches.length; i++) {
            branchPages += branches[i].pagesWritten();
        }
        return new MergeResult(
                root,
                level,
                leafMerge.inserted,
                leafMerge.replaced,
                leafMerge.deleted,
                leaves.pagesWritten(),
                branchPages,
                freedPages);
    }

    // The store

    private long fetch(long reference, int level) {
        long page = store.fetch(PageReference.page(reference), PageReference.crc(reference), level);
        assert PageHeader.level(memory, page) == level : "the level that was asked for";
        return page;
    }

    private void free(int page, long birth) {
        store.free(page, birth);
        freedPages++;
    }

    /// Before the child is fetched, and once for each: asks for it and those behind it, unless that has been done. What
    /// is asked for and never fetched would hold its place till the end.
    ///
    /// @param first the first operation of the child's
    private void prefetch(OldBranch branch, int child, long first) {
        if (branch.prefetchedChildren > 0) {
            branch.prefetchedChildren--;
        } else {
            branch.prefetchedChildren = Math.max(0, prefetch(branch, child, first, 2) - 1);
        }
    }

    /// Asks for the children, from `child` on, that the operations in the window lead to, from `first` on.
    ///
    /// @param least if there are not as many, they are not asked for
    /// @return how many are on their way, or there
    private int prefetch(OldBranch branch, int child, long first, int least) {
        int count = 0;
        int touched = child;
        long operation = first;
        long end = branch.endOfOperations(operations, first);
        while (operation < end && count < prefetched.length) {
            touched = branch.childOf(touched, operations, operation);
            prefetched[count++] = branch.references[touched];
            operation = branch.endOfOperations(touched, operations, operation);
        }
        return count < least ? 0 : store.prefetch(prefetched, 0, count);
    }
}

package io.treering.internal.tree;

/// How many pages a merge may write at most: the promise on which writes are taken into a buffer when room is short.
///
/// Two bounds hold, and the lesser counts.
///
/// * *By operations.* An operation rewrites one page of each level. Beside it stand at most three that it draws in
///   ([TreeMerge], rules 1 and 2), and what they hold together fits into four, an entry being half a page at most. A
///   root may come on top.
/// * *By content.* A merge writes no page twice, so at the most it writes all that there is and all that is new. Pages
///   that are written side by side are half full at the worst, where entries are large: two of them fill a leaf, and a
///   small one between them parts them. Where keys are as long as they can be, branches take as much again as leaves.
///   A value that is only just too long for its leaf takes a page of its own, which counts where the store's limit is
///   much less than a page.
///
/// **Merges behind merges.** Each can halve what the pages hold that it finds, but only once: the content of all pages
/// is no more than what there was to begin with and what has come since, however many merges there were. What comes on
/// top is a page for each place that an operation leads to, since the last page that is written there may hold next to
/// nothing. There are no more places than operations, nor than pages, of which each merge leaves twice as many as
/// there were at the most. The first merge needs none of that: there the pages have been counted as full.
///
/// Each merge may have raised the root, too, and is counted as a level; but what is divided is half full then, and
/// takes
/// two children more before it is divided again, so that each further level takes twice as many operations. A merge
/// that raises the root by several levels brings so much that four pages at each level, of which an operation seldom
/// takes more than one, have room for it. That is argued, not proven.
///
/// Where views cut a buffer into windows, each window is a merge of its own.
public final class MergeBound {
    /// Pages for an operation at each level.
    private static final int PAGES_AT_A_LEVEL = 4;

    /// Pages for a page of content: it at half fill, and as much in branches.
    private static final int LOOSEST = 4;

    /// A leaf, and as much in branches.
    private static final int PAGES_AT_A_PLACE = 2;

    /// Rounding, and a root.
    private static final int SLACK = 4;

    /// Further merges bound nothing any more: there are more pages than operations.
    private static final int MOST_DOUBLINGS = 20;

    private MergeBound() {}

    /// What merges find in the tree.
    ///
    /// @param contentPages the pages of the tree before the first one that is still to come, and, by [#content], what
    ///     the merges before the one in question bring
    /// @param operations those of the merges before
    /// @param merges how many these are
    /// @param rootLevel the root's level before them, 0 for a leaf or the empty tree
    public record Tree(long contentPages, long operations, int merges, int rootLevel) {}

    /// Pages that the merges of some operations write at most, those of overflow runs that they spill included.
    ///
    /// @param operations how many
    /// @param bytes of their keys and values, and at least 24 for each
    /// @param tree what they find
    /// @param windows merges that the operations are done in
    /// @param inlineLimit the longest entry that keeps its value in the leaf
    public static long pages(long operations, long bytes, Tree tree, int windows, int inlineLimit, int pageSize) {
        int doublings = tree.merges + windows - 1;
        int raises = Math.min(doublings, logarithm(tree.operations + operations));
        long levels = tree.rootLevel + 2L + raises;
        long byOperations = PAGES_AT_A_LEVEL * levels * operations + LOOSEST / 2 * (bytes / pageSize + 1);
        long content = tree.contentPages + content(bytes, inlineLimit, pageSize);
        long places = doublings == 0 ? 0 : Math.min(operations, content << Math.min(doublings + 1, MOST_DOUBLINGS));
        long byContent = (long) windows * LOOSEST * content + PAGES_AT_A_PLACE * places;
        return Math.min(byOperations, byContent) + SLACK;
    }

    private static int logarithm(long operations) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.max(1, operations));
    }

    /// How many pages of content operations bring, where each page counts as [#LOOSEST] that are written.
    ///
    /// @param bytes of their keys and values, and at least 24 for each
    /// @param inlineLimit the longest entry that keeps its value in the leaf
    public static long content(long bytes, int inlineLimit, int pageSize) {
        long loosest = Math.max(LOOSEST, pageSize / inlineLimit + 2);
        return ((bytes / pageSize + 1) * loosest + LOOSEST - 1) / LOOSEST;
    }
}

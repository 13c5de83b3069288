package io.treering.internal.tree;

/// How many pages a merge may write at most: the promise on which writes are taken into a buffer when room is short.
///
/// Two bounds hold, and the lesser counts.
///
/// * *By operations.* An operation rewrites one page of each level. Beside it stand at most three that it draws in
///   ([TreeMerge], rules 1 and 2), and what they hold together fits into four, an entry being half a page at most. A
///   root may come on top.
/// * *By the tree.* A merge writes no page twice, so at the most it writes all that there is and all that is new. A
/// page
///   of that is half full at the worst, where entries are large: two of them fill a leaf, and a small one between them
///   parts them. Where keys are as long as they can be, branches take as much again as leaves. A value that is only
///   just too long for its leaf takes a page of its own, which counts where the store's limit is much less than a page.
///
/// Where views cut a buffer into windows, each window is a merge of its own, and the second bound holds for each.
public final class MergeBound {
    /// Pages for an operation at each level.
    private static final int PAGES_AT_A_LEVEL = 4;

    /// Pages for a page of content: it at half fill, and as much in branches.
    private static final int LOOSEST = 4;

    /// Rounding, and a root.
    private static final int SLACK = 4;

    private MergeBound() {}

    /// Pages that the merges of some operations write at most, those of overflow runs that they spill included.
    ///
    /// @param operations how many
    /// @param bytes of their keys and values, and at least 24 for each
    /// @param treePages pages of the tree before
    /// @param rootLevel the root's level, 0 for a leaf or the empty tree
    /// @param windows merges that the operations are done in
    /// @param inlineLimit the longest entry that keeps its value in the leaf
    public static long pages(
            long operations, long bytes, long treePages, int rootLevel, int windows, int inlineLimit, int pageSize) {
        long content = bytes / pageSize + 1;
        long loosest = Math.max(LOOSEST, pageSize / inlineLimit + 2);
        long byOperations = PAGES_AT_A_LEVEL * (rootLevel + 2L) * operations + LOOSEST / 2 * content;
        long byTree = windows * (LOOSEST * treePages + loosest * content);
        return Math.min(byOperations, byTree) + SLACK;
    }
}

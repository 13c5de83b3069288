package io.treering.internal.tree;

/// What a merge has done.
///
/// @param rootReference [reference][io.treering.internal.format.PageReference] to the new root, 0 for an empty tree;
///     the old one if nothing changed
/// @param rootLevel the root's level, 0 for a leaf or an empty tree
/// @param entriesInserted puts of keys that were not there
/// @param entriesReplaced puts of keys that were
/// @param entriesDeleted deletes of keys that were there
/// @param leafPages leaves written
/// @param branchPages branches written
/// @param freedPages old leaves and branches replaced, overflow runs apart
public record MergeResult(
        long rootReference,
        int rootLevel,
        long entriesInserted,
        long entriesReplaced,
        long entriesDeleted,
        long leafPages,
        long branchPages,
        long freedPages) {
    /// By how much the tree's entry count grew.
    public long entryCountDelta() {
        return entriesInserted - entriesDeleted;
    }
}

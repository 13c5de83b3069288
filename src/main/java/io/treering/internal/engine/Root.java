package io.treering.internal.engine;

import io.treering.internal.bytes.HeadRange;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.MergeResult;

/// One version of the tree: everything below it is immutable.
///
/// @param reference page id and checksum of the root page, 0 for an empty tree
/// @param level the root page's level, 0 for a leaf
/// @param generation no page below is younger; pages that a reader meets must not be younger either
/// @param heads the heads of all keys lie within it; empty for an empty tree
record Root(long reference, int level, long generation, HeadRange heads) {
    Root {
        heads = reference == PageReference.NONE ? HeadRange.EMPTY : heads;
    }

    /// What a merge has made of this version.
    ///
    /// @param merged the heads of the keys that came to it
    Root after(MergeResult result, long newGeneration, HeadRange merged) {
        return new Root(result.rootReference(), result.rootLevel(), newGeneration, heads.with(merged));
    }
}

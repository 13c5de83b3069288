package io.treering.internal.engine;

/// One version of the tree: everything below it is immutable.
///
/// @param reference page id and checksum of the root page, 0 for an empty tree
/// @param level the root page's level, 0 for a leaf
/// @param generation no page below is younger; pages that a reader meets must not be younger either
record Root(long reference, int level, long generation) {}

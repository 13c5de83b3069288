package io.treering.internal.format;

import io.treering.internal.bytes.HeadRange;
import java.util.List;
import java.util.UUID;

/// What a commit says about the whole store: the contents of a meta block. See [MetaPage] for its form on disk.
///
/// @param storeId random, given at creation
/// @param pageSize bytes of a page, fixed at creation
/// @param clean whether the store was closed cleanly: the log holds nothing that is not in the tree
/// @param commit 1, 2, 3, …: the valid block with the greatest number is the newest
/// @param generation generation of the root
/// @param nextGeneration every generation that was ever handed out is below it
/// @param sequence all writes up to it are in the tree
/// @param rootPage the root's page id, 0 for the empty tree
/// @param rootLevel the root's level, 0 for a leaf or the empty tree
/// @param rootCrc the root's checksum, 0 for the empty tree
/// @param heads the heads of all keys lie within it; empty for the empty tree
/// @param entries number of keys in the tree
/// @param livePages pages that the root reaches, overflow runs included
/// @param filePages pages of the device
/// @param walEpoch the log's epoch
/// @param walHead the log position from which a replay starts
/// @param walFirstPage the log's first page, 0 where there is no log
/// @param walPages pages of the log
/// @param summaries the free-space summary pages in order
public record Meta(
        UUID storeId,
        int pageSize,
        boolean clean,
        long commit,
        long generation,
        long nextGeneration,
        long sequence,
        int rootPage,
        int rootLevel,
        int rootCrc,
        HeadRange heads,
        long entries,
        long livePages,
        int filePages,
        long walEpoch,
        long walHead,
        int walFirstPage,
        int walPages,
        List<SlotReference> summaries) {
    public Meta {
        summaries = List.copyOf(summaries);
    }

    public boolean isEmptyTree() {
        return rootPage == 0;
    }

    /// A builder that starts with nothing but what is fixed at creation.
    public static MetaBuilder builder(UUID storeId, int pageSize) {
        return new MetaBuilder(storeId, pageSize);
    }

    /// A builder that starts with these contents.
    public MetaBuilder toBuilder() {
        return new MetaBuilder(storeId, pageSize)
                .clean(clean)
                .commit(commit)
                .generations(generation, nextGeneration)
                .sequence(sequence)
                .root(rootPage, rootLevel, rootCrc)
                .heads(heads)
                .entries(entries)
                .livePages(livePages)
                .filePages(filePages)
                .wal(walEpoch, walHead)
                .walRegion(walFirstPage, walPages)
                .summaries(summaries);
    }
}

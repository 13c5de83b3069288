package io.treering.internal.tree;

import java.lang.foreign.MemorySegment;

/// Where a merge gets old pages from and hands new ones to.
///
/// Used by one thread, for one merge at a time. Any method may throw what the device throws; the merge is then given up
/// as it stands, and whoever owns the store takes back what was allocated, fetched and freed.
public interface PageStore {
    /// Scratch and staging: native memory private to the merge. The same segment for the whole merge.
    MemorySegment memory();

    int pageSize();

    /// An entry of up to so many bytes (four for its header, key and value) keeps its value in the leaf.
    int inlineLimit();

    /// The generation of this merge, which is the birth of its pages.
    long generation();

    /// A private copy of an old page, verified: checksum, structure, id and level are what the reference promised.
    ///
    /// Valid, at the same offset in [#memory], until [#release]. A merge holds on to the pages of a few neighbouring
    /// leaves, and for every level above to two or three branches.
    ///
    /// @param page the page's id
    /// @param crc the checksum that the referring page holds
    /// @param level the level at which the page must be, 0 for a leaf
    /// @return offset of the copy in [#memory]
    long fetch(int page, int crc, int level);

    /// Gives a fetched copy back.
    ///
    /// @param offset what [#fetch] returned
    void release(long offset);

    /// A hint: `references[from, to)` will be fetched soon, in that order.
    ///
    /// @return how many of them, from the first on, the store has taken note of
    int prefetch(long[] references, int from, int to);

    /// Starts a page. It has unspecified content, and is complete with [#emit].
    ///
    /// @return offset of the empty page in [#memory]
    long stage();

    /// The id of the page that was started last.
    int stagedPage();

    /// Takes the staged page, complete with its checksum, to be written. Its memory is the store's from now on.
    ///
    /// @param replacedPage the old page whose place in the cache the new one takes, or -1
    void emit(int replacedPage);

    /// An old page that the new root no longer reaches.
    ///
    /// @param birth the page's, from its header
    void free(int page, long birth);

    /// Writes a value that does not fit into a leaf to a run of its own.
    ///
    /// @return [reference][io.treering.internal.format.PageReference] to the run
    long writeOverflow(
            MemorySegment keyMemory,
            long keyOffset,
            int keyLength,
            MemorySegment valueMemory,
            long valueOffset,
            int valueLength);

    /// An old run that the new root no longer reaches.
    ///
    /// @param pages how many pages it takes
    void freeOverflow(int firstPage, int pages);
}

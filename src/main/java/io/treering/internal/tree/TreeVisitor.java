package io.treering.internal.tree;

/// What [TreeWalk] tells as it goes.
public interface TreeVisitor {
    /// Pages `[page, page + pages)` are reachable.
    ///
    /// The visitor marks them; that is what keeps a walk from running in circles.
    ///
    /// @return false if any of them was reached before, or cannot be a page of a tree: the walk reports damage and does
    ///     not look at them
    boolean reached(int page, int pages);

    /// An overflow run, reached just now, that belongs to `key[0, keyLength)`. Reads and checks it, if it is to be
    /// checked, and throws [io.treering.internal.format.PageAnomaly] or [io.treering.IoFailureException] for damage,
    /// which the walk reports.
    void overflow(int page, int crc, int pages, long valueLength, byte[] key, int keyLength);

    /// Something is not as it must be. The walk goes on with what lies beside it.
    void damaged(int page, String expected, String found);
}

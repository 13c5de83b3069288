package io.treering.internal.tree;

import java.lang.foreign.MemorySegment;

/// Pages as an optimistic reader sees them.
///
/// The order of every read: [#acquire] the page's residency word, read `frames()[base, base + pageSize)` plainly,
/// bounding every offset and length before use, then ask whether the table still [#holds] the word. Only then was what
/// was read one page's content; otherwise the reader starts again with this page.
public interface PageSource {
    /// The memory of all frames. The same segment for the life of the source.
    MemorySegment frames();

    int pageSize();

    /// The residency word of a page, which is loaded first if it is absent.
    ///
    /// Blocks while the page is being loaded. Throws [PageAnomaly] where the page's content is not what `crc` says, or
    /// the page cannot be read at all at the moment; the exceptions of the device and of the cache pass through.
    ///
    /// @param page the page's id
    /// @param crc the checksum that the referring page holds
    long acquire(int page, int crc);

    /// Offset in [#frames] of the frame that a word names.
    long base(long word);

    /// A load-load fence, then: whether the table still says `word`, the cooling bit apart.
    boolean holds(int page, long word);

    /// Pins the frame that `word` names, so that it keeps its content until [#unpin].
    ///
    /// @return false, with nothing pinned, if the word went stale
    boolean pin(int page, long word);

    void unpin(long word);

    /// A hint: start to load those of `references[from, to)` that are absent, many in flight.
    void prefetch(long[] references, int from, int to);
}

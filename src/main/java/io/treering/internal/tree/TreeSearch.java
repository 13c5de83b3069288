package io.treering.internal.tree;

import io.treering.internal.format.BranchPage;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Optimistic descent: from a root to the leaf that holds a key, and to the entry in it.
///
/// Nothing is locked, pinned, written or allocated. What a page says is used only after the table still held the
/// page's word behind the reading of it; before that it may be torn, so the searches bound all they use. A page that
/// was really there, but is not what its parent took it for, is a [PageAnomaly]: used again since the view was taken,
/// or damaged.
///
/// A page is read again for as long as its word changes; each change is the progress of someone else.
public final class TreeSearch {
    /// [#find]: the page changed meanwhile; acquire it again.
    public static final long STALE = -2;

    private TreeSearch() {}

    /// The reference of the leaf that holds `key[0, length)`, if any does.
    ///
    /// @param rootReference the root as a [PageReference], never [PageReference#NONE]
    /// @param rootLevel 0 if the root is a leaf
    /// @param generation that of the view: pages born later are not its own
    public static long leafFor(
            PageSource pages, long rootReference, int rootLevel, long generation, byte[] key, int length) {
        checkLevel(rootReference, rootLevel);
        long reference = rootReference;
        for (int level = rootLevel; level > 0; level--) {
            reference = childFor(pages, reference, level, generation, key, length);
        }
        return reference;
    }

    /// As [#leafFor] for many keys at once, level by level: the pages of the next level that are absent are read at the
    /// same time, and lines of those that are there.
    ///
    /// @param which the keys that are looked for, indices into `keys`
    /// @param references becomes the references of their leaves, in the same order
    public static void leavesFor(
            PageSource pages,
            long rootReference,
            int rootLevel,
            long generation,
            byte[][] keys,
            int[] which,
            long[] references,
            int count) {
        checkLevel(rootReference, rootLevel);
        Arrays.fill(references, 0, count, rootReference);
        for (int level = rootLevel; level > 0; level--) {
            for (int i = 0; i < count; i++) {
                byte[] key = keys[which[i]];
                references[i] = childFor(pages, references[i], level, generation, key, key.length);
            }
            pages.prefetch(references, 0, count);
        }
    }

    private static long childFor(PageSource pages, long reference, int level, long generation, byte[] key, int length) {
        int page = PageReference.page(reference);
        int crc = PageReference.crc(reference);
        MemorySegment frames = pages.frames();
        while (true) {
            long word = pages.acquire(page, crc);
            long base = pages.base(word);
            long child = 0;
            PageAnomaly anomaly = null;
            if (PageHeader.isExpected(frames, base, PageHeader.BRANCH, level, page, generation)) {
                try {
                    int count = PageHeader.count(frames, base);
                    int index = BranchPage.search(frames, base, pages.pageSize(), count, key, length);
                    child = BranchPage.child(frames, base, count, index);
                } catch (PageAnomaly torn) {
                    anomaly = torn;
                }
            } else {
                anomaly = unexpected(frames, base, PageHeader.BRANCH, level, page, generation);
            }
            if (pages.holds(page, word)) {
                if (anomaly != null) {
                    throw anomaly;
                }
                return child;
            }
        }
    }

    /// Finds a key in an acquired leaf.
    ///
    /// Whatever is found, or not found, counts only if the source still holds `word` after the value was copied. An
    /// anomaly has been checked already.
    ///
    /// @param word the leaf's word, from [PageSource#acquire]
    /// @return [LeafPage#find]'s answer, or [#STALE]
    public static long find(
            PageSource pages, int page, long word, long generation, byte[] key, int length, byte fingerprint) {
        MemorySegment frames = pages.frames();
        long base = pages.base(word);
        PageAnomaly anomaly;
        if (PageHeader.isExpected(frames, base, PageHeader.LEAF, 0, page, generation)) {
            try {
                return LeafPage.find(frames, base, pages.pageSize(), key, length, fingerprint);
            } catch (PageAnomaly torn) {
                anomaly = torn;
            }
        } else {
            anomaly = unexpected(frames, base, PageHeader.LEAF, 0, page, generation);
        }
        if (pages.holds(page, word)) {
            throw anomaly;
        }
        return STALE;
    }

    static void checkLevel(long rootReference, int rootLevel) {
        if (rootLevel < 0 || rootLevel > PageHeader.MAXIMUM_LEVEL) {
            throw new PageAnomaly(
                    PageReference.page(rootReference),
                    "a root at level 0 to " + PageHeader.MAXIMUM_LEVEL,
                    "level " + rootLevel);
        }
    }

    /// Says what is wrong with a page for which [PageHeader#isExpected] is false.
    static PageAnomaly unexpected(MemorySegment frames, long base, int type, int level, int page, long generation) {
        return new PageAnomaly(
                page,
                describe(type, level, page) + ", born at or before generation " + generation,
                describe(PageHeader.type(frames, base), PageHeader.level(frames, base), PageHeader.pageId(frames, base))
                        + ", born at " + PageHeader.birth(frames, base));
    }

    static PageAnomaly outOfRange(int page, int found, int limit) {
        return new PageAnomaly(page, "an offset or index below " + limit, Integer.toString(found));
    }

    private static String describe(int type, int level, int page) {
        return "type " + type + " at level " + level + " with id " + page;
    }
}

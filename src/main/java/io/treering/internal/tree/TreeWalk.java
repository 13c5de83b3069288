package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.IoFailureException;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.format.BranchPage;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.OverflowRun;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import io.treering.internal.format.TreePage;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Visits every page of a tree once, checks it, counts, and reports damage instead of throwing it.
///
/// Each page is checked by itself ([TreePage#validate], checksums included) and against its parent: level, birth not
/// later than the parent's (whoever rewrites a page rewrites its parent), and all keys between the fences that the
/// parent's separators set. Since keys ascend within a page and fences are inherited downwards, that is the order of
/// the whole tree.
///
/// Runs under a registered view and takes no stack: one open branch a level, levels fall by one, and a page that was
/// reached before is not entered, so any references, circular ones included, end. Memory is that of one branch a level,
/// decoded. One use.
public final class TreeWalk {
    private static final int AHEAD = 32;

    private final PageSource pages;
    private final MemorySegment frames;
    private final int pageSize;
    private final TreeVisitor visitor;
    private final byte[] key;
    private final @Nullable Branch[] open = new @Nullable Branch[PageHeader.MAXIMUM_LEVEL + 1];

    private long entries;
    private long leaves;
    private long branches;
    private long overflowRuns;
    private long overflowPages;
    private long overflowBytes;

    /// A branch whose children are being visited. A fence is the first key that may stand there, or must not any more;
    /// null where there is none.
    private static final class Branch {
        final long birth;
        final long[] children;
        final byte[] @Nullable [] fences;
        int next;

        Branch(long birth, int count, byte @Nullable [] low, byte @Nullable [] high) {
            this.birth = birth;
            this.children = new long[count];
            this.fences = new byte[count + 1][];
            fences[0] = low;
            fences[count] = high;
        }
    }

    public TreeWalk(PageSource pages, TreeVisitor visitor) {
        this.pages = pages;
        this.frames = pages.frames();
        this.pageSize = pages.pageSize();
        this.visitor = visitor;
        this.key = new byte[LeafPage.maximumKeyBytes(pageSize)];
    }

    /// Walks the tree under a root.
    ///
    /// @param rootReference [PageReference#NONE] for the empty tree
    /// @param generation that of the root: no page is born later
    /// @param heads the heads of all keys lie within it
    public void run(long rootReference, int rootLevel, long generation, HeadRange heads) {
        if (rootReference == PageReference.NONE) {
            return;
        }
        if (rootLevel < 0 || rootLevel > PageHeader.MAXIMUM_LEVEL) {
            visitor.damaged(
                    PageReference.page(rootReference),
                    "a root at level 0 to " + PageHeader.MAXIMUM_LEVEL,
                    "level " + rootLevel);
            return;
        }
        visit(rootReference, rootLevel, generation, leastKey(heads.least()), keyAbove(heads.greatest()));
        int level = Math.max(1, rootLevel);
        while (level <= rootLevel) {
            Branch branch = open[level];
            if (branch == null || branch.next == branch.children.length) {
                open[level] = null;
                level++;
                continue;
            }
            int child = branch.next++;
            if (child % AHEAD == 0) {
                pages.prefetch(branch.children, child, Math.min(branch.children.length, child + AHEAD));
            }
            visit(branch.children[child], level - 1, branch.birth, branch.fences[child], branch.fences[child + 1]);
            level = Math.max(1, level - 1);
        }
    }

    /// The least of the keys with a head: the shortest one.
    private static byte[] leastKey(long head) {
        byte[] key = new byte[Long.BYTES - Long.numberOfTrailingZeros(head) / Byte.SIZE];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (head >>> (Long.SIZE - Byte.SIZE * (i + 1)));
        }
        return key;
    }

    private static byte @Nullable [] keyAbove(long head) {
        return head == -1 ? null : leastKey(head + 1);
    }

    public long entries() {
        return entries;
    }

    public long leaves() {
        return leaves;
    }

    public long branches() {
        return branches;
    }

    public long overflowRuns() {
        return overflowRuns;
    }

    public long overflowPages() {
        return overflowPages;
    }

    /// Bytes of the values that lie in overflow runs.
    public long overflowBytes() {
        return overflowBytes;
    }

    /// All pages that the tree reaches.
    public long reachablePages() {
        return leaves + branches + overflowPages;
    }

    private void visit(long reference, int level, long generation, byte @Nullable [] low, byte @Nullable [] high) {
        int page = PageReference.page(reference);
        if (page <= 0 || !visitor.reached(page, 1)) {
            visitor.damaged(page, "a page of the tree, reached once", "reached again, or no such page");
            return;
        }
        try {
            int crc = PageReference.crc(reference);
            long word = pages.acquire(page, crc);
            while (!pages.pin(page, word)) {
                word = pages.acquire(page, crc);
            }
            try {
                look(pages.base(word), page, crc, level, generation, low, high);
            } finally {
                pages.unpin(word);
            }
        } catch (PageAnomaly e) {
            visitor.damaged(e.page(), e.expected(), e.found());
        } catch (IoFailureException e) {
            visitor.damaged(page, "a page that can be read", String.valueOf(e.getMessage()));
        }
    }

    private void look(
            long base, int page, int crc, int level, long generation, byte @Nullable [] low, byte @Nullable [] high) {
        TreePage.validate(frames, base, pageSize, page, crc);
        int type = level == 0 ? PageHeader.LEAF : PageHeader.BRANCH;
        if (!PageHeader.isExpected(frames, base, type, level, page, generation)) {
            throw TreeSearch.unexpected(frames, base, type, level, page, generation);
        }
        if (level == 0) {
            lookAtLeaf(base, page, low, high);
        } else {
            lookAtBranch(base, page, level, low, high);
        }
    }

    private void lookAtBranch(long base, int page, int level, byte @Nullable [] low, byte @Nullable [] high) {
        int count = PageHeader.count(frames, base);
        Branch branch = new Branch(PageHeader.birth(frames, base), count, low, high);
        for (int i = 0; i < count; i++) {
            branch.children[i] = BranchPage.child(frames, base, count, i);
            if (i > 0) {
                // Separator 0 is never searched for: the fence of child 0 is the page's own.
                int length = BranchPage.separator(frames, base, i, key);
                branch.fences[i] = Arrays.copyOf(key, length);
                checkFences(page, "separator", length, low, high);
            }
        }
        branches++;
        open[level] = branch;
    }

    private void lookAtLeaf(long base, int page, byte @Nullable [] low, byte @Nullable [] high) {
        int count = PageHeader.count(frames, base);
        int prefixLength = PageHeader.prefixLength(frames, base);
        MemorySegment.copy(frames, JAVA_BYTE, base + LeafPage.prefixOffset(count), key, 0, prefixLength);
        entries += count;
        leaves++;
        for (int i = 0; i < count; i++) {
            long entry = base + LeafPage.slot(frames, base, count, i);
            int suffixLength = LeafPage.suffixLength(frames, entry);
            long suffix = entry + LeafPage.ENTRY_HEADER_BYTES;
            boolean overflow = LeafPage.isOverflow(frames, entry);
            if (i == 0 || i == count - 1 || overflow) {
                MemorySegment.copy(frames, JAVA_BYTE, suffix, key, prefixLength, suffixLength);
                checkFences(page, "key", prefixLength + suffixLength, low, high);
            }
            if (overflow) {
                lookAtRun(suffix + suffixLength, prefixLength + suffixLength);
            }
        }
    }

    private void lookAtRun(long reference, int keyLength) {
        int first = OverflowReference.page(frames, reference);
        int crc = OverflowReference.crc(frames, reference);
        long valueLength = OverflowReference.valueLength(frames, reference);
        int run = OverflowRun.pages(keyLength, valueLength, pageSize);
        if (!visitor.reached(first, run)) {
            visitor.damaged(first, "a run of " + run + " pages, reached once", "reached again, or no such pages");
            return;
        }
        overflowRuns++;
        overflowPages += run;
        overflowBytes += valueLength;
        try {
            visitor.overflow(first, crc, run, valueLength, key, keyLength);
        } catch (PageAnomaly e) {
            visitor.damaged(e.page(), e.expected(), e.found());
        } catch (IoFailureException e) {
            visitor.damaged(first, "a run that can be read", String.valueOf(e.getMessage()));
        }
    }

    /// The key at hand stands in `[low, high)`.
    private void checkFences(int page, String what, int length, byte @Nullable [] low, byte @Nullable [] high) {
        if (low != null && Arrays.compareUnsigned(key, 0, length, low, 0, low.length) < 0) {
            visitor.damaged(page, what + " not below the fence " + describe(low, low.length), describe(key, length));
        }
        if (high != null && Arrays.compareUnsigned(key, 0, length, high, 0, high.length) >= 0) {
            visitor.damaged(page, what + " below the fence " + describe(high, high.length), describe(key, length));
        }
    }

    private static String describe(byte[] key, int length) {
        return java.util.HexFormat.of().formatHex(key, 0, Math.min(length, 64)) + (length > 64 ? "..." : "");
    }
}

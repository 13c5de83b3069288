package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.BranchPage;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A place in the tree that moves in both directions.
///
/// Lives under a registered view: the pages of its tree are not used again, they only come into the cache and leave it.
/// So the path from the root is kept as references and indices, which stay true; branches are read optimistically when
/// the path moves, and the current leaf is pinned, so that a step along it, and whoever looks at the entry, needs no
/// check of residency.
///
/// A key is seen in one piece: where the page's prefix is empty, in the page; otherwise in the key buffer, which
/// receives the prefix once a leaf and the suffix once an entry, if anyone asks.
///
/// What fails once stays failed: after an exception every move throws the same again. One thread at a time.
public final class TreeCursor implements AutoCloseable {
    private static final int LAST = -1;

    /// Up to this length a loop over eight bytes beats a bulk copy.
    private static final int SHORT_COPY = 48;

    private enum State {
        BEFORE_FIRST,
        ON_ENTRY,
        AFTER_LAST,
        FAILED,
        CLOSED
    }

    private final PageSource pages;
    private final MemorySegment frames;
    private final MemorySegment keyBuffer;
    private final int pageSize;
    private final LeafSiblings siblings;

    /// The key that a step from leaf to leaf starts from.
    private final byte[] edge;

    private long generation;
    private int rootLevel;

    /// By level: the page on the path, which of its children the path takes, and of how many.
    private final long[] references = new long[PageHeader.MAXIMUM_LEVEL + 1];

    private final int[] indices = new int[PageHeader.MAXIMUM_LEVEL + 1];
    private final int[] counts = new int[PageHeader.MAXIMUM_LEVEL + 1];

    private State state = State.BEFORE_FIRST;
    private @Nullable Throwable failure;

    // The pinned leaf.
    private boolean pinned;
    private long word;
    private long leaf;
    private int count;
    private int prefixLength;
    private int longestSuffix;
    private int entries;

    // The entry within it.
    private int index;
    private long entry;
    private int header;
    private int assembled = -1;

    /// @param keyBuffer native, of [#keyBufferBytes] at least, this cursor's own
    public TreeCursor(PageSource pages, MemorySegment keyBuffer, long rootReference, int rootLevel, long generation) {
        assert keyBuffer.byteSize() >= keyBufferBytes(pages.pageSize());
        this.pages = pages;
        this.frames = pages.frames();
        this.keyBuffer = keyBuffer;
        this.pageSize = pages.pageSize();
        this.siblings = new LeafSiblings(pages);
        this.edge = new byte[LeafPage.maximumKeyBytes(pageSize)];
        moveTo(rootReference, rootLevel, generation);
    }

    /// The bytes of a key buffer: a key, and the rest of the last eight bytes of a copy.
    public static int keyBufferBytes(int pageSize) {
        return LeafPage.maximumKeyBytes(pageSize) + Long.BYTES;
    }

    /// Moves to another tree, before its first entry.
    ///
    /// @param rootReference [PageReference#NONE] for the empty tree
    public void moveTo(long rootReference, int rootLevel, long generation) {
        ensureUsable();
        TreeSearch.checkLevel(rootReference, rootLevel);
        leaveLeaf();
        siblings.forget();
        this.rootLevel = rootLevel;
        this.generation = generation;
        references[rootLevel] = rootReference;
        state = State.BEFORE_FIRST;
    }

    /// Lets a cursor that has failed be positioned again; until then it throws that failure. Stands before the first.
    public void recover() {
        if (state == State.FAILED) {
            failure = null;
            siblings.forget();
            state = State.BEFORE_FIRST;
        }
    }

    /// The id of the page at a level of the path to the current entry, 0 for its leaf.
    public int pageAt(int level) {
        return PageReference.page(references[level]);
    }

    public boolean isValid() {
        return state == State.ON_ENTRY;
    }

    /// Moves to the first entry; false if there is none.
    public boolean first() {
        return startAt(true);
    }

    /// Moves to the last entry; false if there is none.
    public boolean last() {
        return startAt(false);
    }

    private boolean startAt(boolean low) {
        ensureUsable();
        if (isEmpty()) {
            return missed(low);
        }
        try {
            siblings.forget();
            for (int level = rootLevel; level > 0; level--) {
                references[level - 1] = child(level, low ? 0 : LAST);
            }
            enterLeaf();
            enterEntry(low ? 0 : count - 1);
            return true;
        } catch (RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    /// Moves to the first entry whose key is `>= key[0, length)`; without one, behind the last.
    public boolean seek(byte[] key, int length) {
        ensureUsable();
        if (isEmpty()) {
            return missed(false);
        }
        try {
            int found = descend(key, length);
            int at = found < 0 ? -found - 1 : found;
            if (at == count) {
                return stepLeaf(true, key, length);
            }
            enterEntry(at);
            return true;
        } catch (RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    /// Moves to the last entry whose key is `<= key[0, length)`; without one, before the first.
    public boolean seekForPrev(byte[] key, int length) {
        ensureUsable();
        if (isEmpty()) {
            return missed(true);
        }
        try {
            int found = descend(key, length);
            int at = found < 0 ? -found - 2 : found;
            if (at < 0) {
                return stepLeaf(false, key, length);
            }
            enterEntry(at);
            return true;
        } catch (RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    /// Moves to the next entry. From before the first: to the first; behind the last it stays.
    public boolean next() {
        if (state == State.ON_ENTRY && index + 1 < count) {
            return enterEntry(index + 1);
        }
        return leave(true);
    }

    /// Moves to the previous entry. From behind the last: to the last; before the first it stays.
    public boolean previous() {
        if (state == State.ON_ENTRY && index > 0) {
            return enterEntry(index - 1);
        }
        return leave(false);
    }

    /// The step that does not stay within a leaf.
    private boolean leave(boolean forward) {
        ensureUsable();
        if (state != State.ON_ENTRY) {
            boolean outside = state == (forward ? State.AFTER_LAST : State.BEFORE_FIRST);
            return !outside && startAt(forward);
        }
        try {
            return stepLeaf(forward, edge, keyInto(edge));
        } catch (RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    /// Length of the current entry's key.
    public int keyLength() {
        assert isValid();
        return prefixLength + (header & LeafPage.SUFFIX_LENGTH_MASK);
    }

    /// Where the current entry's key lies in one piece, at [#keyOffset], until the cursor moves.
    public MemorySegment keyMemory() {
        assert isValid();
        return prefixLength == 0 ? frames : keyBuffer;
    }

    /// The key's offset in [#keyMemory].
    public long keyOffset() {
        assert isValid();
        if (prefixLength == 0) {
            return entry + LeafPage.ENTRY_HEADER_BYTES;
        }
        if (assembled != index) {
            assemble();
        }
        return 0;
    }

    /// Copies the current entry's key to the beginning of `into` and returns its length.
    public int keyInto(byte[] into) {
        assert isValid();
        int suffixLength = header & LeafPage.SUFFIX_LENGTH_MASK;
        long prefix = leaf + LeafPage.prefixOffset(count);
        MemorySegment.copy(frames, JAVA_BYTE, prefix, into, 0, prefixLength);
        MemorySegment.copy(frames, JAVA_BYTE, entry + LeafPage.ENTRY_HEADER_BYTES, into, prefixLength, suffixLength);
        return prefixLength + suffixLength;
    }

    /// Whether the value is an [io.treering.internal.format.OverflowReference].
    public boolean isOverflow() {
        assert isValid();
        return (header & LeafPage.OVERFLOW) != 0;
    }

    /// Offset in the frames of the value, or of its overflow reference, until the cursor moves.
    public long valueOffset() {
        assert isValid();
        return entry + LeafPage.ENTRY_HEADER_BYTES + (header & LeafPage.SUFFIX_LENGTH_MASK);
    }

    /// Bytes at [#valueOffset].
    public int valueLength() {
        assert isValid();
        return header >>> 16;
    }

    @Override
    public void close() {
        leaveLeaf();
        state = State.CLOSED;
    }

    private boolean isEmpty() {
        return references[rootLevel] == PageReference.NONE;
    }

    private boolean missed(boolean beforeFirst) {
        leaveLeaf();
        state = beforeFirst ? State.BEFORE_FIRST : State.AFTER_LAST;
        return false;
    }

    /// Descends to the leaf that would hold the key, and looks it up there.
    private int descend(byte[] key, int length) {
        siblings.forget();
        for (int level = rootLevel; level > 0; level--) {
            references[level - 1] = childFor(level, key, length);
        }
        enterLeaf();
        return LeafPage.lowerBound(frames, leaf, pageSize, key, length);
    }

    /// Moves to the nearest entry of the leaf beside the current one.
    ///
    /// @param from a key that the entry must lie beyond: within a leaf the order was checked when it was read, from
    ///     leaf to leaf it is not
    private boolean stepLeaf(boolean forward, byte[] from, int fromLength) {
        int level = 1;
        while (level <= rootLevel && (forward ? indices[level] + 1 >= counts[level] : indices[level] == 0)) {
            level++;
        }
        if (level > rootLevel) {
            return missed(!forward);
        }
        int wanted = forward ? indices[level] + 1 : indices[level] - 1;
        for (; level > 1; level--) {
            references[level - 1] = child(level, wanted);
            wanted = forward ? 0 : LAST;
        }
        if (wanted == LAST) {
            child(1, LAST);
            wanted = indices[1];
        }
        references[0] = siblings.step(references[1], wanted, forward, generation);
        indices[1] = wanted;
        counts[1] = siblings.count();
        enterLeaf();
        enterEntry(forward ? 0 : count - 1);
        int order = KeyOrder.compare(from, 0, fromLength, keyMemory(), keyOffset(), keyLength());
        if (forward ? order >= 0 : order <= 0) {
            throw new PageAnomaly(pageAt(0), "keys in the order of the leaves", "keys of another place");
        }
        return true;
    }

    /// Takes the path from the branch at `level` to a child of it; under a registered view what it says stays true.
    private long child(int level, int wanted) {
        int page = PageReference.page(references[level]);
        int crc = PageReference.crc(references[level]);
        while (true) {
            long branchWord = pages.acquire(page, crc);
            long base = pages.base(branchWord);
            boolean expected = PageHeader.isExpected(frames, base, PageHeader.BRANCH, level, page, generation);
            int children = PageHeader.count(frames, base);
            int taken = wanted == LAST ? children - 1 : wanted;
            boolean inside = taken >= 0 && taken < children && children <= pageSize / BranchPage.INDEX_BYTES;
            long child = inside ? BranchPage.child(frames, base, children, taken) : PageReference.NONE;
            if (pages.holds(page, branchWord)) {
                if (!expected) {
                    throw TreeSearch.unexpected(frames, base, PageHeader.BRANCH, level, page, generation);
                }
                if (!inside) {
                    throw TreeSearch.outOfRange(page, taken, children);
                }
                indices[level] = taken;
                counts[level] = children;
                return child;
            }
        }
    }

    /// As [#child], for the child that would hold the key.
    private long childFor(int level, byte[] key, int length) {
        int page = PageReference.page(references[level]);
        int crc = PageReference.crc(references[level]);
        while (true) {
            long branchWord = pages.acquire(page, crc);
            long base = pages.base(branchWord);
            long child = PageReference.NONE;
            PageAnomaly anomaly = null;
            if (PageHeader.isExpected(frames, base, PageHeader.BRANCH, level, page, generation)) {
                try {
                    int children = PageHeader.count(frames, base);
                    int taken = BranchPage.search(frames, base, pageSize, children, key, length);
                    child = BranchPage.child(frames, base, children, taken);
                    indices[level] = taken;
                    counts[level] = children;
                } catch (PageAnomaly torn) {
                    anomaly = torn;
                }
            } else {
                anomaly = TreeSearch.unexpected(frames, base, PageHeader.BRANCH, level, page, generation);
            }
            if (pages.holds(page, branchWord)) {
                if (anomaly != null) {
                    throw anomaly;
                }
                return child;
            }
        }
    }

    private void enterLeaf() {
        leaveLeaf();
        int page = PageReference.page(references[0]);
        int crc = PageReference.crc(references[0]);
        long acquired = pages.acquire(page, crc);
        while (!pages.pin(page, acquired)) {
            acquired = pages.acquire(page, crc);
        }
        word = acquired;
        pinned = true;
        leaf = pages.base(acquired);
        if (!PageHeader.isExpected(frames, leaf, PageHeader.LEAF, 0, page, generation)) {
            throw TreeSearch.unexpected(frames, leaf, PageHeader.LEAF, 0, page, generation);
        }
        count = PageHeader.count(frames, leaf);
        prefixLength = PageHeader.prefixLength(frames, leaf);
        entries = LeafPage.entriesOffset(count, prefixLength);
        longestSuffix = LeafPage.maximumKeyBytes(pageSize) - prefixLength;
        if (count == 0 || entries > pageSize - PageHeader.TRAILER_BYTES || longestSuffix < 0) {
            throw TreeSearch.outOfRange(page, entries, pageSize);
        }
        MemorySegment.copy(frames, leaf + LeafPage.prefixOffset(count), keyBuffer, 0, prefixLength);
        assembled = -1;
    }

    private void leaveLeaf() {
        if (pinned) {
            pinned = false;
            pages.unpin(word);
        }
    }

    private boolean enterEntry(int at) {
        int offset = LeafPage.slot(frames, leaf, count, at);
        int limit = pageSize - PageHeader.TRAILER_BYTES;
        int fields = offset <= limit - LeafPage.ENTRY_HEADER_BYTES ? Bytes.i32(frames, leaf + offset) : -1;
        int suffixLength = fields & LeafPage.SUFFIX_LENGTH_MASK;
        int end = offset + LeafPage.ENTRY_HEADER_BYTES + suffixLength + (fields >>> 16);
        if (offset < entries || suffixLength > longestSuffix || end > limit) {
            PageAnomaly anomaly = TreeSearch.outOfRange(PageReference.page(references[0]), offset, limit);
            fail(anomaly);
            throw anomaly;
        }
        index = at;
        entry = leaf + offset;
        header = fields;
        state = State.ON_ENTRY;
        return true;
    }

    private void assemble() {
        int suffixLength = header & LeafPage.SUFFIX_LENGTH_MASK;
        long suffix = entry + LeafPage.ENTRY_HEADER_BYTES;
        if (suffixLength > SHORT_COPY) {
            MemorySegment.copy(frames, suffix, keyBuffer, prefixLength, suffixLength);
        } else {
            // Up to seven bytes too many: the page's trailer and the buffer's end leave room for them.
            for (int i = 0; i < suffixLength; i += Long.BYTES) {
                Bytes.putI64(keyBuffer, prefixLength + i, Bytes.i64(frames, suffix + i));
            }
        }
        assembled = index;
    }

    private void ensureUsable() {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        if (state == State.CLOSED) {
            throw new IllegalStateException("The cursor is closed");
        }
    }

    private void fail(Throwable cause) {
        leaveLeaf();
        state = State.FAILED;
        failure = cause;
    }
}

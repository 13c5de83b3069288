package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.BranchPage;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.OverflowRun;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// A slow, plain walk over a whole tree on the heap, written from the layouts alone: shares no code with the merge.
///
/// Checks levels, fences, order, prefixes, that each page is reached once, and collects what the tree holds.
final class TreeInspection {
    /// A page as the walk met it. `used` is content in bytes, header and trailer apart.
    record Page(int id, int level, int count, int used, int prefix, byte[] firstKey, byte[] lastKey, int wholeBytes) {}

    final TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
    final Set<Integer> pages = new HashSet<>();
    final Set<Integer> runs = new HashSet<>();

    /// Of each level, from left to right; 0 has the leaves.
    final List<List<Page>> levels = new ArrayList<>();

    private final HeapPageStore store;
    private final int pageSize;

    TreeInspection(HeapPageStore store, long rootReference, int rootLevel) {
        this.store = store;
        this.pageSize = store.pageSize();
        for (int level = 0; level <= rootLevel; level++) {
            levels.add(new ArrayList<>());
        }
        if (rootReference != 0) {
            visit(rootReference, rootLevel, new byte[0], null);
        } else {
            assertEquals(0, rootLevel);
        }
    }

    private void visit(long reference, int level, byte[] low, byte[] high) {
        int id = PageReference.page(reference);
        byte[] bytes = store.pages.get(id);
        assertNotNull(bytes, "page " + id + " is reachable and not there");
        assertTrue(pages.add(id), "page " + id + " is reachable twice");
        ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(PageReference.crc(reference), page.getInt(PageHeader.CRC));
        assertEquals(level == 0 ? PageHeader.LEAF : PageHeader.BRANCH, page.get(PageHeader.TYPE));
        assertEquals(level, page.get(PageHeader.LEVEL));
        if (level == 0) {
            leaf(id, page, low, high);
        } else {
            branch(id, level, page, low, high);
        }
    }

    private void leaf(int id, ByteBuffer page, byte[] low, byte[] high) {
        int count = page.getShort(PageHeader.COUNT);
        assertTrue(count > 0, "an empty leaf");
        byte[] prefix = slice(page, LeafPage.prefixOffset(count), page.getShort(PageHeader.PREFIX_LENGTH));
        byte[] first = null;
        byte[] last = null;
        int wholeBytes = 0;
        for (int i = 0; i < count; i++) {
            int entry = page.getShort(LeafPage.slotsOffset(count) + 2 * i) & 0xffff;
            int suffixAndFlags = page.getShort(entry);
            int suffixLength = suffixAndFlags & LeafPage.SUFFIX_LENGTH_MASK;
            int valueLength = page.getShort(entry + 2) & 0xffff;
            byte[] key = join(prefix, slice(page, entry + 4, suffixLength));
            byte[] value = slice(page, entry + 4 + suffixLength, valueLength);
            wholeBytes += 4 + key.length + valueLength;
            if ((suffixAndFlags & LeafPage.OVERFLOW) != 0) {
                value = run(key, value);
            } else {
                assertTrue(4 + key.length + valueLength <= store.inlineLimit(), "too large for a leaf");
            }
            assertTrue(Arrays.compareUnsigned(key, low) >= 0, "below the low fence");
            assertTrue(high == null || Arrays.compareUnsigned(key, high) < 0, "not below the high fence");
            assertTrue(entries.isEmpty() || Arrays.compareUnsigned(entries.lastKey(), key) < 0, "order");
            entries.put(key, value);
            first = first == null ? key : first;
            last = key;
        }
        assertEquals(shared(first, last), prefix.length, "the prefix is all that first and last key share");
        int used = (page.getShort(PageHeader.ENTRIES_END) & 0xffff) - PageHeader.BYTES;
        levels.get(0).add(new Page(id, 0, count, used, prefix.length, first, last, wholeBytes));
    }

    private byte[] run(byte[] key, byte[] reference) {
        ByteBuffer buffer = ByteBuffer.wrap(reference).order(ByteOrder.LITTLE_ENDIAN);
        int first = buffer.getInt(OverflowReference.PAGE_ID);
        HeapPageStore.Run run = store.runs.get(first);
        assertNotNull(run, "run " + first + " is reachable and not there");
        assertTrue(runs.add(first), "run " + first + " is reachable twice");
        assertArrayEquals(key, run.key());
        assertEquals(run.crc(), buffer.getInt(OverflowReference.CRC));
        assertEquals(run.value().length, buffer.getLong(OverflowReference.VALUE_LENGTH));
        assertEquals(run.pages(), OverflowRun.pages(key.length, run.value().length, pageSize));
        return run.value();
    }

    private void branch(int id, int level, ByteBuffer page, byte[] low, byte[] high) {
        int count = page.getShort(PageHeader.COUNT);
        assertTrue(count > 0, "an empty branch");
        MemorySegment memory = MemorySegment.ofArray(page.array());
        byte[] buffer = new byte[LeafPage.maximumKeyBytes(pageSize)];
        byte[][] separators = new byte[count + 1][];
        int wholeBytes = 0;
        for (int i = 0; i < count; i++) {
            separators[i] = Arrays.copyOf(buffer, BranchPage.separator(memory, 0, i, buffer));
            wholeBytes += separators[i].length;
        }
        separators[count] = high;
        assertArrayEquals(low, separators[0], "separator 0 is the low fence");
        int prefix = page.getShort(PageHeader.PREFIX_LENGTH);
        assertEquals(shared(low, separators[count - 1]), prefix, "the prefix is all that the separators share");
        int used = (page.getShort(PageHeader.ENTRIES_END) & 0xffff) - PageHeader.BYTES;
        levels.get(level).add(new Page(id, level, count, used, prefix, low, separators[count - 1], wholeBytes));
        for (int i = 0; i < count; i++) {
            visit(BranchPage.child(memory, 0, count, i), level - 1, separators[i], separators[i + 1]);
        }
    }

    /// Content bytes of a page as a share of what a page can hold, over all pages of a level.
    double fill(int level) {
        return levels.get(level).stream().mapToInt(Page::used).average().orElse(0)
                / (pageSize - PageHeader.BYTES - PageHeader.TRAILER_BYTES);
    }

    void assertHolds(TreeMap<byte[], byte[]> expected) {
        assertEquals(expected.size(), entries.size());
        var theirs = expected.entrySet().iterator();
        for (var entry : entries.entrySet()) {
            var wanted = theirs.next();
            assertArrayEquals(wanted.getKey(), entry.getKey());
            assertArrayEquals(wanted.getValue(), entry.getValue());
        }
    }

    void assertOwnsEverything() {
        assertEquals(store.pages.keySet(), pages, "pages there and pages reachable");
        assertEquals(store.runs.keySet(), runs, "runs there and runs reachable");
    }

    private static int shared(byte[] left, byte[] right) {
        int mismatch = Arrays.mismatch(left, right);
        return mismatch < 0 ? left.length : mismatch;
    }

    private static byte[] slice(ByteBuffer page, int from, int length) {
        return Arrays.copyOfRange(page.array(), from, from + length);
    }

    private static byte[] join(byte[] left, byte[] right) {
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }
}

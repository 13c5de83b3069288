package io.treering.internal.engine;

import io.treering.internal.bytes.CacheLines;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.PageSource;
import io.treering.internal.tree.TreeSearch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Gets of many keys as of one view: each step for all of them before the next one. So what a key waits for, a page
/// from the device or a line from memory, is on its way for the others too.
///
/// Lives under a registered view, for one call, on one thread.
final class MultiGet {
    /// Keys that go through the tree together.
    private static final int TOGETHER = 64;

    private final PageSource pages;
    private final PointReader points;
    private final View view;
    private final long sequence;

    /// Longer keys cannot be in the store.
    private final int longestKey;

    // Of the keys that are on their way through the tree: which they are, their hashes, and how far they have come.
    private final int[] indices;
    private final long[] hashes;
    private final long[] leaves;
    private final long[] words;
    private final int[] entries;

    private final byte[][] keys;

    MultiGet(PageSource pages, PointReader points, View view, long sequence, int longestKey, byte[][] keys) {
        this.pages = pages;
        this.points = points;
        this.view = view;
        this.sequence = sequence;
        this.longestKey = longestKey;
        this.keys = keys;
        int most = Math.min(TOGETHER, keys.length);
        this.indices = new int[most];
        this.hashes = new long[most];
        this.leaves = new long[most];
        this.words = new long[most];
        this.entries = new int[most];
    }

    /// The values in the order of the keys: null where there is none, [PointReader]'s markers where there is no answer.
    byte[] @Nullable [] get() {
        byte[] @Nullable [] values = new byte[keys.length][];
        for (int from = 0; from < values.length; from += TOGETHER) {
            int to = Math.min(values.length, from + TOGETHER);
            try {
                getTogether(values, from, to);
            } catch (PageAnomaly _) {
                // Whatever it was, single gets meet it again, and say so.
                Arrays.fill(values, from, to, PointReader.RETRY_VALUE);
            }
        }
        return values;
    }

    private void getTogether(byte[] @Nullable [] values, int from, int to) {
        int count = askBuffers(values, from, to);
        TreeSearch.leavesFor(pages, view.rootReference, view.rootLevel, view.generation, keys, indices, leaves, count);
        for (int j = 0; j < count; j++) {
            words[j] = pages.acquire(PageReference.page(leaves[j]), PageReference.crc(leaves[j]));
            entries[j] = LeafPage.guess(
                    pages.frames(), pages.base(words[j]), pages.pageSize(), KeyHash.fingerprint(hashes[j]));
        }
        long touched = 0;
        for (int j = 0; j < count; j++) {
            touched += LeafPage.touch(pages.frames(), pages.base(words[j]), entries[j]);
        }
        CacheLines.keep(touched);
        for (int j = 0; j < count; j++) {
            byte[] key = keys[indices[j]];
            byte fingerprint = KeyHash.fingerprint(hashes[j]);
            values[indices[j]] = orNull(points.getFromLeaf(view, leaves[j], words[j], key, fingerprint));
        }
    }

    /// Answers what the buffers or nobody can.
    ///
    /// @return how many keys the tree must be asked for
    private int askBuffers(byte[] @Nullable [] values, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            byte[] key = keys[i];
            if (key.length <= longestKey) {
                long head = KeyOrder.head(key, 0, key.length);
                long hash = KeyHash.hash(key, key.length);
                byte[] buffered = points.getFromBuffers(view, sequence, key, head, hash);
                if (buffered != null) {
                    values[i] = orNull(buffered);
                } else if (view.treeMayHold(head)) {
                    indices[count] = i;
                    hashes[count++] = hash;
                }
            }
        }
        return count;
    }

    private static byte @Nullable [] orNull(byte[] value) {
        return PointReader.isAbsent(value) ? null : value;
    }
}

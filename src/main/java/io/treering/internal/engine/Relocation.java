package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.MergeSource;
import io.treering.internal.tree.PageSource;
import io.treering.internal.tree.TreeCursor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Finds what lies too far up in the file, a bounded piece of the key space at a time, and states it as operations of a
/// merge that rewrites it further down: a touch for a leaf (which takes the branches above it along), a put of a new
/// reference for an overflow run.
///
/// So a file that has become a third air shrinks while the store is in use, and each step costs no more than a small
/// flush. Runs above 64 MiB stay where they are.
///
/// By the flusher only.
final class Relocation {
    private static final int LEAVES_A_STEP = 512;

    /// As many operations as a step comes to at the most.
    static final int MOST_OPERATIONS = 128;

    private static final long RUN_BYTES_A_STEP = 8 << 20;
    private static final long LARGEST_RUN = 64 << 20;

    private final PageSource pages;
    private final OverflowRuns overflow;
    private final MemorySegment keyBuffer;

    /// The operations' keys, each with room for a reference behind it.
    private final MemorySegment operations;

    private final int operationBytes;
    private final byte[] key;

    /// Where the next step goes on; empty at the start of a pass.
    private byte[] position = new byte[0];

    private boolean movedInPass;

    Relocation(PageSource pages, OverflowRuns overflow, MemoryAllocator allocator, int longestKey) {
        this.pages = pages;
        this.overflow = overflow;
        this.key = new byte[longestKey];
        this.operationBytes = longestKey + OverflowReference.BYTES;
        this.keyBuffer = allocator.allocate(TreeCursor.keyBufferBytes(pages.pageSize()));
        this.operations = allocator.allocate((long) MOST_OPERATIONS * operationBytes);
    }

    /// What a step found.
    ///
    /// @param source the operations of the merge
    /// @param passEnded whether the end of the key space was reached
    record Step(Operations source, boolean passEnded) {}

    /// Looks through the next piece of the tree. Runs are moved on the way, within the merge that has begun.
    ///
    /// @param end what lies at or behind this page is to move
    /// @param most operations, up to [#MOST_OPERATIONS]
    Step find(Root root, int end, int most, MergePages merge) {
        Operations found = new Operations(most);
        if (root.reference() == PageReference.NONE) {
            return new Step(found, true);
        }
        try (TreeCursor cursor = new TreeCursor(pages, keyBuffer, root.reference(), root.level(), root.generation())) {
            boolean valid = cursor.seek(position, position.length);
            int leaves = 0;
            int leaf = -1;
            long runBytes = 0;
            while (valid) {
                boolean newLeaf = cursor.pageAt(0) != leaf;
                if (newLeaf && (++leaves > LEAVES_A_STEP || found.isFull() || runBytes > RUN_BYTES_A_STEP)) {
                    position = Arrays.copyOf(key, cursor.keyInto(key));
                    break;
                }
                if (cursor.isOverflow()) {
                    long moved = moveRun(cursor, end, merge, found);
                    runBytes += moved;
                    newLeaf &= moved == 0;
                }
                if (newLeaf && isHigh(cursor, root.level(), end)) {
                    found.add(key, cursor.keyInto(key), MergeSource.TOUCH);
                }
                leaf = cursor.pageAt(0);
                valid = cursor.next();
            }
            boolean ended = !valid;
            if (ended) {
                position = new byte[0];
            }
            movedInPass |= found.count > 0;
            return new Step(found, ended);
        }
    }

    /// Whether the pass that has just ended moved anything; the next one begins.
    boolean endPass() {
        boolean moved = movedInPass;
        movedInPass = false;
        return moved;
    }

    /// Pages have come to other places, before the position too: this pass goes on, and is not the last.
    void treeChanged() {
        movedInPass = true;
    }

    private static boolean isHigh(TreeCursor cursor, int rootLevel, int end) {
        for (int level = 0; level <= rootLevel; level++) {
            if (cursor.pageAt(level) >= end) {
                return true;
            }
        }
        return false;
    }

    /// @return bytes of the pages moved, 0 if the run stays
    private long moveRun(TreeCursor cursor, int end, MergePages merge, Operations found) {
        MemorySegment frames = pages.frames();
        long reference = OverflowReference.reference(frames, cursor.valueOffset());
        long length = OverflowReference.valueLength(frames, cursor.valueOffset());
        int keyLength = cursor.keyLength();
        int first = PageReference.page(reference);
        int runPages = overflow.pages(keyLength, length);
        if (first + runPages <= end || length > LARGEST_RUN || found.isFull()) {
            return 0;
        }
        int copied = cursor.keyInto(key);
        try (OverflowRuns.LoadedValue value = overflow.load(reference, keyLength, length)) {
            long moved = merge.moveOverflow(first, key, copied, new ValueBytes.OfSegment(value.segment()));
            if (moved == PageReference.NONE) {
                return 0;
            }
            found.addRun(key, copied, moved, length);
            // Not the value's: beside a long key it may be empty.
            return (long) runPages * pages.pageSize();
        }
    }

    /// The operations of one step, ascending as they were found.
    final class Operations implements MergeSource {
        private final int[] keyLengths;
        private final int[] kinds;
        private final byte[] fingerprints;
        private int count;
        private int at = -1;

        private Operations(int most) {
            keyLengths = new int[most];
            kinds = new int[most];
            fingerprints = new byte[most];
        }

        boolean isEmpty() {
            return count == 0;
        }

        boolean isFull() {
            return count == kinds.length;
        }

        void add(byte[] from, int length, int kind) {
            long offset = (long) count * operationBytes;
            MemorySegment.copy(from, 0, operations, JAVA_BYTE, offset, length);
            keyLengths[count] = length;
            kinds[count] = kind;
            fingerprints[count++] = KeyHash.fingerprint(KeyHash.hash(from, length));
        }

        void addRun(byte[] from, int length, long reference, long valueLength) {
            OverflowReference.write(operations, (long) count * operationBytes + length, reference, valueLength);
            add(from, length, MergeSource.PUT_OVERFLOW);
        }

        @Override
        public boolean advance() {
            at++;
            return at < count;
        }

        @Override
        public MemorySegment memory() {
            return operations;
        }

        @Override
        public long keyOffset() {
            return (long) at * operationBytes;
        }

        @Override
        public int keyLength() {
            return keyLengths[at];
        }

        @Override
        public byte fingerprint() {
            return fingerprints[at];
        }

        @Override
        public int kind() {
            return kinds[at];
        }

        @Override
        public long valueOffset() {
            return keyOffset() + keyLengths[at];
        }

        @Override
        public int valueLength() {
            return kinds[at] == MergeSource.PUT_OVERFLOW ? OverflowReference.BYTES : 0;
        }
    }
}

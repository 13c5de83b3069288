package io.treering.internal.tree;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.OverflowRun;
import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;

/// Merges operations with the entries of one old leaf after the other, into runs.
///
/// The leaf is cut only where something changes: deletes of keys that are not there leave no trace, and a leaf in which
/// nothing changed was never taken apart.
final class LeafMerge {
    private final PageStore store;
    private final MemorySegment memory;
    private final LeafBuilder builder;
    private final EntryRuns runs;
    private final OperationWindow operations;
    private MemorySegment source = MemorySegment.NULL;
    private final int pageSize;
    private final int inlineLimit;

    // The leaf at hand.
    private long page;
    private int pageId;
    private int count;
    private int prefixLength;
    private long prefix;
    private long prefixHead;
    private long prefixMask;
    private long slots;
    private long heads;

    /// The first entry that is not yet in a run.
    private int kept;

    /// All entries before this one are below the operation at hand.
    private int at;

    /// Whether the entry at [#at] has the key of the operation at hand.
    private boolean found;

    long inserted;
    long replaced;
    long deleted;

    LeafMerge(PageStore store, LeafBuilder builder, OperationWindow operations) {
        this.store = store;
        this.memory = store.memory();
        this.builder = builder;
        this.runs = builder.runs;
        this.operations = operations;
        this.pageSize = store.pageSize();
        this.inlineLimit = store.inlineLimit();
    }

    /// Starts a merge.
    void begin() {
        source = operations.memory;
        inserted = 0;
        replaced = 0;
        deleted = 0;
    }

    /// Begins with an old leaf.
    void open(long leaf) {
        page = leaf;
        pageId = PageHeader.pageId(memory, leaf);
        count = PageHeader.count(memory, leaf);
        prefixLength = PageHeader.prefixLength(memory, leaf);
        prefix = leaf + LeafPage.prefixOffset(count);
        prefixHead = KeyOrder.head(memory, prefix, prefixLength);
        prefixMask = prefixLength >= Long.BYTES ? -1 : ~(-1L >>> (8 * prefixLength));
        slots = leaf + LeafPage.slotsOffset(count);
        heads = leaf + LeafPage.headsOffset(count);
        kept = 0;
        at = 0;
    }

    /// Begins without a leaf: the tree is empty.
    void openEmpty() {
        pageId = -1;
        count = 0;
        prefixLength = 0;
        kept = 0;
        at = 0;
    }

    /// Whether an operation would change the leaf at hand, or wants it written anew. Once one would, [#apply] takes
    /// it and all that follow.
    boolean changes(long operation) {
        int index = OperationWindow.index(operation);
        if (operations.kinds[index] == MergeSource.DELETE) {
            seek(index);
            return found;
        }
        return operations.kinds[index] != MergeSource.TOUCH || count > 0;
    }

    /// Applies operations `[from, to)`, which ascend and belong to the leaf at hand.
    void apply(long from, long to) {
        for (long operation = from; operation < to; operation++) {
            int index = OperationWindow.index(operation);
            switch (operations.kinds[index]) {
                case MergeSource.PUT, MergeSource.PUT_OVERFLOW -> put(index);
                case MergeSource.DELETE -> delete(index);
                default -> {
                    assert operations.kinds[index] == MergeSource.TOUCH : "unknown kind of operation";
                }
            }
        }
    }

    /// Adds what is left of the leaf at hand.
    void finish() {
        builder.addOld(page, kept, count);
    }

    private void put(int operation) {
        seek(operation);
        builder.addOld(page, kept, at);
        kept = at;
        int predecessor = -1;
        if (found) {
            releaseOverflow(at, operation);
            predecessor = pageId;
            kept = ++at;
            replaced++;
        } else {
            inserted++;
        }
        add(operation, predecessor);
    }

    private void add(int operation, int predecessor) {
        long key = operations.keyOffsets[operation];
        int keyLength = operations.keyLengths[operation];
        int valueLength = operations.valueLengths[operation];
        boolean inRun = operations.kinds[operation] == MergeSource.PUT_OVERFLOW;
        int size = LeafPage.ENTRY_HEADER_BYTES + keyLength + valueLength;
        byte fingerprint = operations.fingerprints[operation];
        if (inRun || size <= inlineLimit) {
            int run = runs.addPut(EntryRuns.INLINE, key, keyLength, predecessor, fingerprint, size);
            runs.flags[run] = inRun ? LeafPage.OVERFLOW : 0;
            runs.valueLengths[run] = valueLength;
        } else {
            long reference = store.writeOverflow(source, key, keyLength, source, key + keyLength, valueLength);
            size = LeafPage.ENTRY_HEADER_BYTES + keyLength + OverflowReference.BYTES;
            int run = runs.addPut(EntryRuns.SPILLED, key, keyLength, predecessor, fingerprint, size);
            runs.references[run] = reference;
            runs.valueLengths[run] = valueLength;
        }
    }

    private void delete(int operation) {
        seek(operation);
        if (found) {
            releaseOverflow(at, -1);
            builder.addOld(page, kept, at);
            kept = ++at;
            deleted++;
        }
    }

    /// Frees the run of the entry at `index`, if it has one that the put which replaces it does not refer to as well.
    private void releaseOverflow(int index, int operation) {
        long entry = page + Bytes.u16(memory, slots + (long) LeafPage.SLOT_BYTES * index);
        if (!LeafPage.isOverflow(memory, entry)) {
            return;
        }
        int suffixLength = LeafPage.suffixLength(memory, entry);
        long reference = entry + LeafPage.ENTRY_HEADER_BYTES + suffixLength;
        int run = OverflowReference.page(memory, reference);
        if (operation >= 0 && operations.kinds[operation] == MergeSource.PUT_OVERFLOW) {
            long value = operations.keyOffsets[operation] + operations.keyLengths[operation];
            if (OverflowReference.page(source, value) == run) {
                return;
            }
        }
        long valueLength = OverflowReference.valueLength(memory, reference);
        // The run's birth is in its header, on the device: the store does without it.
        store.freeOverflow(run, OverflowRun.pages(prefixLength + suffixLength, valueLength, pageSize));
    }

    /// Moves [#at] to the first entry, from there on, that is not below an operation's key.
    private void seek(int operation) {
        found = false;
        if (at == count) {
            return;
        }
        long key = operations.keyOffsets[operation];
        int keyLength = operations.keyLengths[operation];
        long head = operations.heads[operation];
        if (prefixLength > 0) {
            int order = compareWithPrefix(key, keyLength, head);
            if (order != 0) {
                at = order < 0 ? at : count;
                return;
            }
            head = KeyOrder.head(source, key + prefixLength, keyLength - prefixLength);
        }
        at = firstAtLeast(head);
        while (at < count && Bytes.head(memory, heads + (long) LeafPage.HEAD_BYTES * at) == head) {
            long entry = page + Bytes.u16(memory, slots + (long) LeafPage.SLOT_BYTES * at);
            int order = KeyOrder.compare(
                    source,
                    key + prefixLength,
                    keyLength - prefixLength,
                    memory,
                    entry + LeafPage.ENTRY_HEADER_BYTES,
                    LeafPage.suffixLength(memory, entry));
            if (order <= 0) {
                found = order == 0;
                return;
            }
            at++;
        }
    }

    /// Compares as much of a key as the prefix is long with the prefix.
    private int compareWithPrefix(long key, int keyLength, long head) {
        if (prefixLength <= Math.min(keyLength, Long.BYTES)) {
            // Most often; the key's bytes are not needed.
            return Long.compareUnsigned(head & prefixMask, prefixHead);
        }
        return KeyOrder.compare(source, key, Math.min(keyLength, prefixLength), memory, prefix, prefixLength);
    }

    /// The first entry from [#at] on whose head is not below `head`: a search without branches that depend on the keys.
    private int firstAtLeast(long head) {
        long sought = head + Long.MIN_VALUE;
        int base = at;
        int length = count - at;
        while (length > 1) {
            int half = length >>> 1;
            long probe = Bytes.head(memory, heads + (long) LeafPage.HEAD_BYTES * (base + half - 1));
            base = probe + Long.MIN_VALUE < sought ? base + half : base;
            length -= half;
        }
        long last = Bytes.head(memory, heads + (long) LeafPage.HEAD_BYTES * base);
        return last + Long.MIN_VALUE < sought ? base + 1 : base;
    }
}

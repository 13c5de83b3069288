package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;

/// A tree under test and the map that it must equal, checked in full after every merge.
final class MergeRig {
    final HeapPageStore store;
    final TreeMerge merge;
    final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    long root;
    int level;
    long entryCount;
    TreeInspection tree;

    MergeRig(int pageSize, int inlineLimit) {
        store = new HeapPageStore(pageSize, inlineLimit);
        merge = new TreeMerge(store);
    }

    /// @param operations ascending by key
    MergeResult apply(Collection<Operation> operations) {
        ListedOperations source = new ListedOperations(operations, store);
        store.beginMerge();
        MergeResult result = merge.merge(root, level, source);
        long inserted = 0;
        long replaced = 0;
        long deleted = 0;
        for (Operation operation : operations) {
            switch (operation.kind()) {
                case MergeSource.PUT, MergeSource.PUT_OVERFLOW -> {
                    if (model.put(operation.key(), operation.value()) == null) {
                        inserted++;
                    } else {
                        replaced++;
                    }
                }
                case MergeSource.DELETE -> deleted += model.remove(operation.key()) == null ? 0 : 1;
                default -> {}
            }
        }
        assertEquals(inserted, result.entriesInserted());
        assertEquals(replaced, result.entriesReplaced());
        assertEquals(deleted, result.entriesDeleted());
        assertEquals(store.freedPages(), result.freedPages());
        assertEquals(store.emittedPages().size(), result.leafPages() + result.branchPages());
        root = result.rootReference();
        level = result.rootLevel();
        entryCount += result.entryCountDelta();
        store.endMerge();
        check();
        return result;
    }

    void check() {
        tree = new TreeInspection(store, root, level);
        tree.assertHolds(model);
        tree.assertOwnsEverything();
        assertEquals(model.size(), entryCount);
    }
}

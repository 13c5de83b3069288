package io.treering.internal.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.HeadRange;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.format.KeySets;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/// The reading half over what the merging half wrote.
class MergedTreeTest {
    private static final int PAGE_SIZE = 4096;

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void whatWasMergedIsFoundScannedAndWalked(@ForAll long seed) {
        Random random = new Random(seed);
        MergeRig rig = new MergeRig(PAGE_SIZE, 200 + random.nextInt(LeafPage.inlineLimit(PAGE_SIZE) - 200));
        int merges = 1 + random.nextInt(6);
        for (int i = 0; i < merges; i++) {
            rig.apply(randomOperations(random, rig));
        }
        try (FakePages pages = new FakePages(PAGE_SIZE, rig.store.pages.size() + 1);
                Arena arena = Arena.ofConfined()) {
            rig.store.pages.forEach(pages::write);
            checkWalk(pages, rig);
            MemorySegment keyBuffer = arena.allocate(TreeCursor.keyBufferBytes(PAGE_SIZE));
            TreeCursor cursor = new TreeCursor(pages, keyBuffer, rig.root, rig.level, Long.MAX_VALUE);
            byte[] key = new byte[LeafPage.maximumKeyBytes(PAGE_SIZE)];
            for (Map.Entry<byte[], byte[]> entry : rig.model.entrySet()) {
                assertTrue(cursor.next());
                assertArrayEquals(entry.getKey(), Arrays.copyOf(key, cursor.keyInto(key)));
                assertEquals(entry.getValue().length, valueLength(pages, cursor));
            }
            assertFalse(cursor.next());
            for (Map.Entry<byte[], byte[]> entry : rig.model.entrySet()) {
                checkGet(pages, rig, entry.getKey(), entry.getValue());
            }
            pages.checkNothingIsPinned();
        }
    }

    private static void checkWalk(FakePages pages, MergeRig rig) {
        List<String> damage = new ArrayList<>();
        TreeWalk walk = new TreeWalk(pages, new TreeVisitor() {
            @Override
            public boolean reached(int page, int count) {
                return true;
            }

            @Override
            public void overflow(int page, int crc, int count, long valueLength, byte[] key, int keyLength) {
                HeapPageStore.Run run = rig.store.runs.get(page);
                assertArrayEquals(run.key(), Arrays.copyOf(key, keyLength));
                assertEquals(run.crc(), crc);
                assertEquals(run.pages(), count);
            }

            @Override
            public void damaged(int page, String expected, String found) {
                damage.add("page " + page + ": expected " + expected + ", found " + found);
            }
        });
        walk.run(rig.root, rig.level, Long.MAX_VALUE, HeadRange.ALL);
        assertEquals(List.of(), damage);
        assertEquals(rig.model.size(), walk.entries());
        assertEquals(rig.store.pages.size(), walk.leaves() + walk.branches());
        assertEquals(rig.store.runs.size(), walk.overflowRuns());
    }

    private static long valueLength(FakePages pages, TreeCursor cursor) {
        return cursor.isOverflow()
                ? OverflowReference.valueLength(pages.frames(), cursor.valueOffset())
                : cursor.valueLength();
    }

    private static void checkGet(FakePages pages, MergeRig rig, byte[] key, byte[] value) {
        long leaf = TreeSearch.leafFor(pages, rig.root, rig.level, Long.MAX_VALUE, key, key.length);
        long word = pages.acquire(PageReference.page(leaf), PageReference.crc(leaf));
        byte fingerprint = KeyHash.fingerprint(KeyHash.hash(key, key.length));
        long found =
                TreeSearch.find(pages, PageReference.page(leaf), word, Long.MAX_VALUE, key, key.length, fingerprint);
        assertTrue(found >= 0);
        if (!LeafPage.isOverflow(found)) {
            assertArrayEquals(
                    value,
                    pages.frames()
                            .asSlice(pages.base(word) + LeafPage.valueOffset(found), LeafPage.valueLength(found))
                            .toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static List<Operation> randomOperations(Random random, MergeRig rig) {
        Map<byte[], Operation> operations = new TreeMap<>(Arrays::compareUnsigned);
        for (byte[] key : KeySets.random(random, 1 + random.nextInt(600))) {
            operations.put(key, Operation.put(key, KeySets.bytes(random, random.nextInt(300), 256)));
        }
        for (byte[] key : rig.model.keySet()) {
            if (random.nextInt(3) == 0) {
                operations.put(key, Operation.delete(key));
            }
        }
        return new ArrayList<>(operations.values());
    }
}

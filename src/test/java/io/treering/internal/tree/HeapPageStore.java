package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.OverflowRun;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import io.treering.internal.format.TreePage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/// A page store on the heap that takes nothing for granted: copies that were released and pages that were only started
/// are full of rubbish, every emitted page is validated, nothing is freed twice, or with the wrong birth, or while the
/// same merge had made it.
final class HeapPageStore implements PageStore {
    static final byte RUBBISH = (byte) 0xa7;

    record Run(int pages, byte[] key, byte[] value, int crc) {}

    private static final int SLOTS = TreeMerge.MOST_COPIES;

    final Map<Integer, byte[]> pages = new HashMap<>();
    final Map<Integer, Run> runs = new HashMap<>();
    private final Map<Integer, byte[]> pagesBefore = new HashMap<>();
    private final Map<Integer, Run> runsBefore = new HashMap<>();
    private final Set<Integer> freed = new HashSet<>();
    private final Set<Integer> freedRuns = new HashSet<>();
    private final Set<Integer> emitted = new HashSet<>();
    private final Set<Integer> prefetched = new HashSet<>();

    /// Those of them that no fetch has come for yet: each holds a place of the few that reads ahead have.
    private final Set<Integer> awaited = new HashSet<>();

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment memory;
    private final int pageSize;
    private final int inlineLimit;
    private final ArrayDeque<Long> freeSlots = new ArrayDeque<>();
    private final Set<Long> fetched = new HashSet<>();
    private long staged = -1;
    private int stagedPage;
    private int nextPage = 100;
    private long generation;

    int mostFetched;
    int fetches;
    int fetchesWithoutPrefetch;

    /// Fails the call with this number, counted from 0: -1 for none.
    long failAt = -1;

    long calls;

    HeapPageStore(int pageSize, int inlineLimit) {
        this.pageSize = pageSize;
        this.inlineLimit = inlineLimit;
        this.memory = arena.allocate((long) pageSize * SLOTS, 4096);
        for (long slot = 0; slot < SLOTS; slot++) {
            freeSlots.add(slot * pageSize);
        }
        memory.fill(RUBBISH);
    }

    void beginMerge() {
        generation++;
        pagesBefore.clear();
        pagesBefore.putAll(pages);
        runsBefore.clear();
        runsBefore.putAll(runs);
        freed.clear();
        freedRuns.clear();
        emitted.clear();
        prefetched.clear();
        awaited.clear();
        mostFetched = 0;
        fetches = 0;
        fetchesWithoutPrefetch = 0;
        calls = 0;
    }

    /// What was freed is gone now.
    void endMerge() {
        assertEquals(-1, staged, "a page was started and not completed");
        assertTrue(fetched.isEmpty(), "pages fetched and not released");
        assertEquals(Set.of(), awaited, "pages asked for and never fetched");
        pages.keySet().removeAll(freed);
        runs.keySet().removeAll(freedRuns);
    }

    /// Everything is as before the merge.
    void abortMerge() {
        pages.clear();
        pages.putAll(pagesBefore);
        runs.clear();
        runs.putAll(runsBefore);
        staged = -1;
        freeSlots.addAll(fetched);
        fetched.clear();
        freeSlots.clear();
        for (long slot = 0; slot < SLOTS; slot++) {
            freeSlots.add(slot * pageSize);
        }
    }

    int freedPages() {
        return freed.size();
    }

    Set<Integer> emittedPages() {
        return emitted;
    }

    private void called() {
        if (calls++ == failAt) {
            throw new InjectedFailure();
        }
    }

    static final class InjectedFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public int inlineLimit() {
        return inlineLimit;
    }

    @Override
    public long generation() {
        return generation;
    }

    @Override
    public long fetch(int page, int crc, int level) {
        called();
        byte[] bytes = pagesBefore.get(page);
        assertNotNull(bytes, "fetch of a page that the old tree does not have: " + page);
        assertTrue(!freed.contains(page), "fetch of a page that was freed: " + page);
        fetches++;
        awaited.remove(page);
        if (!prefetched.contains(page)) {
            fetchesWithoutPrefetch++;
        }
        long slot = freeSlots.remove();
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, slot, pageSize);
        TreePage.validate(memory, slot, pageSize, page, crc);
        assertEquals(level, PageHeader.level(memory, slot));
        fetched.add(slot);
        mostFetched = Math.max(mostFetched, fetched.size());
        return slot;
    }

    @Override
    public void release(long offset) {
        assertTrue(fetched.remove(offset), "release of what was not fetched");
        memory.asSlice(offset, pageSize).fill(RUBBISH);
        freeSlots.add(offset);
    }

    @Override
    public int prefetch(long[] references, int from, int to) {
        called();
        for (int i = from; i < to; i++) {
            assertTrue(prefetched.add(PageReference.page(references[i])), "prefetched twice");
            awaited.add(PageReference.page(references[i]));
        }
        return to - from;
    }

    @Override
    public long stage() {
        called();
        assertEquals(-1, staged, "one page at a time");
        staged = freeSlots.remove();
        stagedPage = nextPage++;
        memory.asSlice(staged, pageSize).fill(RUBBISH);
        return staged;
    }

    @Override
    public int stagedPage() {
        assertTrue(staged >= 0);
        return stagedPage;
    }

    @Override
    public void emit(int replacedPage) {
        called();
        TreePage.validate(memory, staged, pageSize, stagedPage, PageHeader.crc(memory, staged));
        assertEquals(generation, PageHeader.birth(memory, staged));
        assertTrue(replacedPage == -1 || pagesBefore.containsKey(replacedPage), "predecessor " + replacedPage);
        byte[] bytes = new byte[pageSize];
        MemorySegment.copy(memory, JAVA_BYTE, staged, bytes, 0, pageSize);
        assertNull(pages.put(stagedPage, bytes));
        emitted.add(stagedPage);
        freeSlots.add(staged);
        memory.asSlice(staged, pageSize).fill(RUBBISH);
        staged = -1;
    }

    @Override
    public void free(int page, long birth) {
        called();
        byte[] bytes = pagesBefore.get(page);
        assertNotNull(bytes, "free of a page that the old tree does not have: " + page);
        assertEquals(birth, PageHeader.birth(MemorySegment.ofArray(bytes), 0));
        assertTrue(freed.add(page), "freed twice: " + page);
    }

    @Override
    public long writeOverflow(
            MemorySegment keyMemory,
            long keyOffset,
            int keyLength,
            MemorySegment valueMemory,
            long valueOffset,
            int valueLength) {
        called();
        byte[] key = new byte[keyLength];
        MemorySegment.copy(keyMemory, JAVA_BYTE, keyOffset, key, 0, keyLength);
        byte[] value = new byte[valueLength];
        MemorySegment.copy(valueMemory, JAVA_BYTE, valueOffset, value, 0, valueLength);
        return addRun(key, value);
    }

    /// Writes a run as the engine does for a large value, before any merge knows of it.
    long addRun(byte[] key, byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value);
        int run = OverflowRun.pages(key.length, value.length, pageSize);
        int first = nextPage;
        nextPage += run;
        runs.put(first, new Run(run, key, value, (int) crc.getValue()));
        return PageReference.of(first, (int) crc.getValue());
    }

    long reference(int page) {
        return PageReference.of(page, PageHeader.crc(MemorySegment.ofArray(pages.get(page)), 0));
    }

    /// Writes a branch that no merge wrote, and returns a reference to it.
    long addBranch(int level, BranchItems items) {
        int id = nextPage++;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment page = scratch.allocate(pageSize);
            int capacity = pageSize - PageHeader.BYTES - PageHeader.TRAILER_BYTES;
            // With more than one child, the first separator is empty, or the test has to say more.
            int prefix = items.count() == 1 ? items.lengths[items.first] : 0;
            BranchWriter.write(page, 0, level, items, items.first, items.end, prefix, id, generation, capacity);
            PageHeader.seal(page, 0, pageSize);
            pages.put(id, page.toArray(JAVA_BYTE));
        }
        return reference(id);
    }

    @Override
    public void freeOverflow(int firstPage, int pageCount) {
        called();
        Run run = runsBefore.get(firstPage);
        assertNotNull(run, "free of a run that the old tree does not have: " + firstPage);
        assertEquals(run.pages, pageCount);
        assertTrue(freedRuns.add(firstPage), "run freed twice: " + firstPage);
    }
}

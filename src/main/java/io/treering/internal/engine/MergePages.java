package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.cache.PageCache;
import io.treering.internal.cache.PageValidator;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import io.treering.internal.freelist.MergeSpace;
import io.treering.internal.freelist.SpaceMap;
import io.treering.internal.tree.PageStore;
import io.treering.internal.tree.TreeMerge;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The pages of one merge: private copies of old ones, and new ones on their way to the device.
///
/// New pages are built in *slabs* of 256 KiB, laid out as they will lie in the file, and each contiguous piece is
/// written by one operation while the merge goes on in the next slab. A slab is used again when its writes have
/// completed; only then do its pages become readable. Nothing here takes frames of the page cache away, so a merge and
/// pinned pages cannot wait for each other.
///
/// Used by the flusher only, for one merge at a time.
final class MergePages implements PageStore {
    private static final int SLAB_BYTES = 256 << 10;
    private static final int SLABS = 12;

    private static final int COPIES = TreeMerge.MOST_COPIES;

    private final BlockDevice device;
    private final PageCache cache;
    private final PageValidator validator;
    private final Space space;
    private final OverflowRuns overflow;
    private final MemorySegment memory;
    private final int pageSize;
    private final int inlineLimit;

    private final int[] freeCopies;
    private int freeCopyCount;
    private final MergeReads ahead;

    private final Slab[] slabs = new Slab[SLABS];
    private final int slabPages;
    private int slab;

    /// The extent that pages are being placed in: the next page and one past the last.
    private int extentNext;

    private int extentEnd;

    private @Nullable MergeSpace merge;
    private long generation;
    private boolean low;
    private long leaveFree;
    private int[] born = new int[1024];
    private int bornCount;

    MergePages(
            BlockDevice device,
            PageCache cache,
            PageValidator validator,
            Space space,
            OverflowRuns overflow,
            MemoryAllocator allocator,
            int pageSize,
            int inlineLimit) {
        this.device = device;
        this.cache = cache;
        this.validator = validator;
        this.space = space;
        this.overflow = overflow;
        this.pageSize = pageSize;
        this.inlineLimit = inlineLimit;
        this.slabPages = SLAB_BYTES / pageSize;
        long copyBytes = (long) COPIES * pageSize;
        long slabBytes = (long) SLABS * SLAB_BYTES;
        this.memory = allocator.allocate(copyBytes + slabBytes + MergeReads.bytes(pageSize));
        this.freeCopies = new int[COPIES];
        resetCopies();
        for (int i = 0; i < SLABS; i++) {
            slabs[i] = new Slab(copyBytes + (long) i * SLAB_BYTES);
        }
        this.ahead = new MergeReads(device, memory, copyBytes + slabBytes, pageSize);
        device.registerBuffer(memory);
    }

    /// A part of the staging memory with the pages in it and the writes that carry them away.
    private final class Slab {
        final long base;
        final int[] pageIds = new int[slabPages];
        final boolean[] resident = new boolean[slabPages];
        final List<IoOperation> writes = new ArrayList<>();
        int used;

        /// Index of the first page that no write carries yet.
        int unwritten;

        Slab(long base) {
            this.base = base;
        }

        long offset(int index) {
            return base + (long) index * pageSize;
        }

        void writeOut() {
            if (unwritten < used) {
                long from = offset(unwritten);
                MemorySegment piece = memory.asSlice(from, offset(used) - from);
                writes.add(device.submitWrite((long) pageIds[unwritten] * pageSize, piece));
                unwritten = used;
            }
        }

        /// Waits for the writes; then the pages may be read by everybody.
        void complete() {
            writeOut();
            for (IoOperation write : writes) {
                write.await();
            }
            for (int i = 0; i < used; i++) {
                cache.settle(pageIds[i], memory, offset(i), resident[i]);
            }
            clear();
        }

        /// The pages will not be needed after all.
        void disown() {
            for (int i = 0; i < used; i++) {
                cache.disown(pageIds[i]);
            }
            clear();
        }

        /// Takes a page in that was allocated just now.
        void add(int page, boolean comesIn) {
            if (bornCount == born.length) {
                born = Arrays.copyOf(born, 2 * bornCount);
            }
            born[bornCount++] = page;
            cache.own(page);
            pageIds[used] = page;
            resident[used] = comesIn;
            used++;
        }

        void clear() {
            writes.clear();
            used = 0;
            unwritten = 0;
        }
    }

    /// Starts a merge; its pages will be born in that generation.
    void begin(long newGeneration) {
        begin(newGeneration, false);
    }

    /// Starts a merge whose pages lie as far down in the file as there is room, each by itself if need be.
    ///
    /// @param forPages what the merge itself may need, so that it is not taken by runs
    void beginLow(long newGeneration, long forPages) {
        leaveFree = forPages;
        begin(newGeneration, true);
    }

    private void begin(long newGeneration, boolean asLowAsPossible) {
        low = asLowAsPossible;
        generation = newGeneration;
        merge = space.beginMerge(newGeneration, !asLowAsPossible);
        bornCount = 0;
    }

    /// Completes the merge: every page has been written, and the space map knows its root as the newest.
    void finish() {
        for (int i = 1; i <= SLABS; i++) {
            slabs[(slab + i) % SLABS].complete();
        }
        releaseExtent();
        ahead.drop();
        space.change(merge()::complete);
        merge = null;
    }

    private MergeSpace merge() {
        return Objects.requireNonNull(merge, "no merge has begun");
    }

    /// Gives up the merge: its pages are free again. Never throws for what the merge itself met.
    void abandon() {
        ahead.drop();
        for (Slab each : slabs) {
            for (IoOperation write : each.writes) {
                awaitQuietly(write);
            }
            each.disown();
        }
        for (int i = 0; i < bornCount; i++) {
            cache.drop(born[i]);
        }
        releaseExtent();
        space.change(merge()::abandon);
        merge = null;
        resetCopies();
    }

    private static void awaitQuietly(IoOperation operation) {
        try {
            operation.await();
        } catch (RuntimeException | Error _) {
            // The merge is being given up for its first failure, which is reported; this one changes nothing.
            return;
        }
    }

    private void resetCopies() {
        freeCopyCount = freeCopies.length;
        for (int i = 0; i < freeCopies.length; i++) {
            freeCopies[i] = freeCopies.length - 1 - i;
        }
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
        long offset = fetchAny(page, crc);
        int type = level == 0 ? PageHeader.LEAF : PageHeader.BRANCH;
        if (!PageHeader.isExpected(memory, offset, type, level, page, generation)) {
            throw new PageAnomaly(
                    page,
                    "a page of level " + level + ", born in generation " + generation + " or before",
                    "one of level " + PageHeader.level(memory, offset) + ", born in generation "
                            + PageHeader.birth(memory, offset));
        }
        return offset;
    }

    private long fetchAny(int page, int crc) {
        if (!cache.covers(page)) {
            throw new PageAnomaly(page, "a page of the store", "one that is none");
        }
        long offset = (long) takeCopy() * pageSize;
        if (ahead.fetch(page, offset)) {
            validator.validate(memory, offset, page, crc);
        } else if (!cache.copyIfResident(page, crc, memory, offset)) {
            device.read((long) page * pageSize, memory.asSlice(offset, pageSize));
            validator.validate(memory, offset, page, crc);
        }
        return offset;
    }

    private int takeCopy() {
        if (freeCopyCount == 0) {
            throw new IllegalStateException("A merge holds all " + freeCopies.length + " page copies");
        }
        return freeCopies[--freeCopyCount];
    }

    @Override
    public void release(long offset) {
        freeCopies[freeCopyCount++] = (int) (offset / pageSize);
    }

    @Override
    public int prefetch(long[] references, int from, int to) {
        return ahead.ask(references, from, to, page -> cache.covers(page) && !cache.isResident(page));
    }

    @Override
    public long stage() {
        if (slabs[slab].used == slabPages) {
            nextSlab();
        }
        if (extentNext == extentEnd) {
            slabs[slab].writeOut();
            long extent = low ? space.allocateLowest(merge()) : space.allocateExtent(merge(), slabPages);
            extentNext = SpaceMap.extentStart(extent);
            extentEnd = extentNext + SpaceMap.extentPages(extent);
        }
        return slabs[slab].offset(slabs[slab].used);
    }

    private void nextSlab() {
        slabs[slab].writeOut();
        slab = (slab + 1) % SLABS;
        slabs[slab].complete();
    }

    @Override
    public int stagedPage() {
        return extentNext;
    }

    @Override
    public void emit(int replacedPage) {
        int page = extentNext++;
        slabs[slab].add(page, replacedPage >= 0 ? cache.isResident(replacedPage) : cache.hasFreeFrames());
    }

    private void releaseExtent() {
        int first = extentNext;
        int count = extentEnd - extentNext;
        extentNext = 0;
        extentEnd = 0;
        if (count > 0) {
            space.change(() -> merge().unused(first, count));
        }
    }

    @Override
    public void free(int page, long birth) {
        space.change(() -> merge().free(page, 1, birth));
    }

    @Override
    public void freeOverflow(int firstPage, int pageCount) {
        space.change(() -> merge().freeRun(firstPage, pageCount));
    }

    /// Moves a run as far down in the file as there is room, and frees the old one.
    ///
    /// @param value the run's value
    /// @return the new run's reference, or [PageReference#NONE] if there is no lower place
    long moveOverflow(int oldFirst, byte[] key, int keyLength, ValueBytes value) {
        int count = overflow.pages(keyLength, value.length());
        int first = space.allocateLowRun(merge(), count, leaveFree);
        if (first < 0 || first >= oldFirst) {
            if (first >= 0) {
                space.change(() -> merge().unused(first, count));
            }
            return PageReference.NONE;
        }
        return overflow.write(first, generation, key, keyLength, value);
    }

    /// A run that was written when its value was put comes into the tree.
    void adoptOverflow(int firstPage, int pageCount) {
        space.change(() -> merge().adopt(firstPage, pageCount));
    }

    /// A run that was written when its value was put never comes into the tree.
    void discardOverflow(int firstPage, int pageCount) {
        space.change(() -> merge().discard(firstPage, pageCount, 0));
    }

    /// Lays the run out in the slab, where it travels with the pages around it but by a write of its own.
    @Override
    public long writeOverflow(
            MemorySegment keyMemory,
            long keyOffset,
            int keyLength,
            MemorySegment valueMemory,
            long valueOffset,
            int valueLength) {
        assert valueOffset == keyOffset + keyLength : "a value follows its key";
        int count = overflow.pages(keyLength, valueLength);
        if (slabs[slab].used + count > slabPages) {
            nextSlab();
        }
        int firstPage = space.allocateRun(merge(), count);
        Slab into = slabs[slab];
        into.writeOut();
        long offset = into.offset(into.used);
        long reference =
                overflow.layOut(memory, offset, firstPage, generation, keyMemory, keyOffset, keyLength, valueLength);
        for (int i = 0; i < count; i++) {
            into.add(firstPage + i, false);
        }
        into.writeOut();
        return reference;
    }
}

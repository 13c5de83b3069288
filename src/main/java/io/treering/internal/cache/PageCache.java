package io.treering.internal.cache;

import static io.treering.internal.cache.ResidencyWord.ABSENT;
import static io.treering.internal.cache.ResidencyWord.COOLING;
import static io.treering.internal.cache.ResidencyWord.EVICTING;
import static io.treering.internal.cache.ResidencyWord.LOADING;
import static io.treering.internal.cache.ResidencyWord.OWNED;
import static io.treering.internal.cache.ResidencyWord.RESIDENT;
import static io.treering.internal.cache.ResidencyWord.STATE_MASK;
import static io.treering.internal.cache.ResidencyWord.frame;
import static io.treering.internal.cache.ResidencyWord.next;
import static io.treering.internal.cache.ResidencyWord.same;
import static io.treering.internal.cache.ResidencyWord.state;

import io.treering.ClosedException;
import io.treering.device.BlockDevice;
import io.treering.internal.bytes.MemoryAllocator;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import io.treering.internal.tree.PageSource;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// Pages of a device in memory: a fixed number of frames, found through a table from page ids to [ResidencyWord]s.
///
/// # Overview
///
/// Readers are optimistic. They load a page's word, read the frame, and load the word again: if it is the same, the
/// frame was not given to another page in between. A read of a resident page writes nothing shared, but for one
/// compare-and-set when it meets a page that the clock marked as cooling. Whoever takes a frame away from its page
/// changes the word first, and refills the frame only behind a fence.
///
/// Absent pages come in through the [PageLoader]; frames are given and taken by [Frames]. A merge owns the pages that
/// it writes, and what it writes never passes through here: [#settle] copies it in at the end.
///
/// # Rules
///
/// * (C1) A frame belongs to exactly one of: the stack of free frames, a load, a resident or evicting page, the last
///   pin of an orphan, a thread that is moving it from one of these to another.
/// * (C2) Pin, then look at the word again; change the word, then look at the pins. Of a reader and an evictor that
///   meet, at least one sees the other.
/// * (C3) A load is counted before the closed flag is looked at, and the flag is set before the count is looked at: so
///   no device writes to a frame once [#close] has returned. The same goes for pins and [CacheStats#pinnedFrames].
///
/// Any thread may call the methods for reading, [#stats] and [#close]; those for writing belong to whom the page was
/// allocated for: a merge, or a thread that puts a large value.
public final class PageCache implements PageSource, AutoCloseable {
    /// How often [#copyIfResident] tries again when the page moves.
    private static final int COPY_ATTEMPTS = 4;

    /// A run comes in if it takes no more than one part in so many of the frames.
    private static final int RUN_SHARE = 16;

    private final MemorySegment memory;
    private final int pageShift;
    private final Waiter waiter;
    private final TranslationTable table;
    private final Frames frames;
    private final PageLoader loader;

    /// A cache of `memory.byteSize() / pageSize` pages, with a table that covers none yet.
    ///
    /// @param device where the pages are: page `p` at position `p * pageSize`
    /// @param memory the frames: native memory of a shared arena, whole pages
    /// @param pageSize bytes of a page
    /// @param tableMemory where the translation table gets its chunks from
    /// @param validator judges every page that was read from the device
    /// @param waiter how to wait for other threads
    public PageCache(
            BlockDevice device,
            MemorySegment memory,
            int pageSize,
            MemoryAllocator tableMemory,
            PageValidator validator,
            Waiter waiter) {
        long count = memory.byteSize() / pageSize;
        if (Integer.bitCount(pageSize) != 1 || count * pageSize != memory.byteSize()) {
            throw new IllegalArgumentException(memory.byteSize() + " bytes are not whole pages of " + pageSize);
        }
        if (count < 1 || count > ResidencyWord.MAXIMUM_FRAMES) {
            throw new IllegalArgumentException(
                    "a cache has 1 to " + ResidencyWord.MAXIMUM_FRAMES + " frames, not " + count);
        }
        this.memory = memory;
        this.waiter = waiter;
        pageShift = Integer.numberOfTrailingZeros(pageSize);
        table = new TranslationTable(tableMemory);
        frames = new Frames((int) count, table);
        loader = new PageLoader(device, memory, pageShift, table, frames, validator, waiter);
    }

    // ---- reading: any thread ----------------------------------------------------------------------------------------

    @Override
    public MemorySegment frames() {
        return memory;
    }

    @Override
    public int pageSize() {
        return 1 << pageShift;
    }

    @Override
    public long base(long word) {
        return (word >>> ResidencyWord.FRAME_SHIFT) << pageShift;
    }

    @Override
    public long acquire(int page, int crc) {
        long word = table.getOrAbsent(page);
        return (word & (STATE_MASK | COOLING)) == RESIDENT ? word : acquireSlowly(page, crc);
    }

    @Override
    public boolean holds(int page, long word) {
        VarHandle.loadLoadFence();
        return same(table.getOpaque(page), word);
    }

    @Override
    public boolean pin(int page, long word) {
        frames.pin(frame(word));
        if (same(table.getVolatile(page), word) && !loader.isClosed()) { // (C2), (C3)
            return true;
        }
        unpin(word);
        if (loader.isClosed()) {
            throw new ClosedException("the page cache");
        }
        return false;
    }

    @Override
    public void unpin(long word) {
        frames.unpin(frame(word));
    }

    @Override
    public void prefetch(long[] references, int from, int to) {
        loader.prefetch(references, from, to);
    }

    /// Copies bytes of a run, if all its pages that hold them are resident. The caller keeps the run from being freed.
    ///
    /// @param from where in the run the bytes begin
    /// @return false if they must be read from the device: then `into` holds garbage
    public boolean copyRun(int firstPage, long from, long bytes, MemorySegment into, long intoOffset) {
        long end = from + bytes;
        for (long at = from; at < end; ) {
            int page = firstPage + (int) (at >>> pageShift);
            long word = covers(page) ? table.getAcquire(page) : ResidencyWord.ABSENT;
            if (state(word) != ResidencyWord.RUN) {
                return false;
            }
            word = warm(page, word);
            long within = at & (pageSize() - 1);
            long count = Math.min(pageSize() - within, end - at);
            MemorySegment.copy(memory, base(word) + within, into, intoOffset + at - from, count);
            if (!holds(page, word)) {
                return false;
            }
            at += count;
        }
        return true;
    }

    /// Begins to take a run into the cache, or what looks like it: a run that would fill more than a sixteenth of the
    /// cache stays out.
    public RunLoad loadRun(int firstPage, int pages) {
        return new RunLoad(loader, table, frames, memory, pageShift, firstPage, pages, takesIn(firstPage, pages));
    }

    /// Whether the first page of a run is resident, as all of them may be.
    public boolean mayHoldRun(int firstPage, int pages) {
        return takesIn(firstPage, pages) && state(table.getAcquire(firstPage)) == ResidencyWord.RUN;
    }

    private boolean takesIn(int firstPage, int pages) {
        return pages <= frames.count() / RUN_SHARE && covers(firstPage) && covers(firstPage + pages - 1);
    }

    private long acquireSlowly(int page, int crc) {
        while (true) {
            if (!covers(page)) {
                throw loader.outside(page);
            }
            long word = table.getAcquire(page);
            long state = state(word);
            long resident = PageLoader.NONE;
            if (state == RESIDENT) {
                resident = warm(page, word);
            } else if (state == ABSENT) {
                resident = loader.load(page, crc, word);
            } else if (state == LOADING) {
                resident = loader.awaitLoad(page, crc, word);
            } else if (state == EVICTING) {
                waiter.await(() -> table.getAcquire(page) != word);
            } else {
                throw new PageAnomaly(page, "a page of this view", "a page " + ResidencyWord.name(word));
            }
            if (resident != PageLoader.NONE) {
                return resident;
            }
        }
    }

    /// Takes the cooling bit off. If that fails the word has changed: another reader did it, or this one will notice.
    private long warm(int page, long word) {
        if (ResidencyWord.isCooling(word)) {
            table.compareAndSet(page, word, word & ~COOLING);
        }
        return word & ~COOLING;
    }

    // ---- writing: whom the page was allocated for -------------------------------------------------------------------

    /// Lets the table cover the ids below `pages`: before such an id can reach a reader.
    public void ensureTable(int pages) {
        if (pages > table.pages()) {
            table.resize(pages);
        }
    }

    /// Lets the table cover no id from `pages` on: before the device is cut off there. A reader that is late finds an
    /// anomaly, not a failure of the device. All those pages were dropped before.
    public void shrinkTable(int pages) {
        if (pages < table.pages()) {
            table.resize(pages);
        }
    }

    /// Takes a page over, in whatever state it is, for it was allocated and will be written: until [#settle] or
    /// [#disown] nobody can load it. Never waits: a frame that is pinned is freed with its last pin, a load that is
    /// under way will find that it lost.
    public void own(int page) {
        leave(page, OWNED);
    }

    /// Ends the ownership of a page whose write has completed.
    ///
    /// @param source memory that holds what was written
    /// @param offset where in it
    /// @param makeResident whether to keep a copy in a frame, if one is to be had without waiting
    public void settle(int page, MemorySegment source, long offset, boolean makeResident) {
        long owned = table.getAcquire(page);
        assert state(owned) == OWNED : "page " + page + " is " + ResidencyWord.name(owned);
        int frame = makeResident ? loader.claimNow() : -1;
        long settled = next(owned, Math.max(frame, 0), frame < 0 ? ABSENT : RESIDENT);
        if (frame >= 0) {
            MemorySegment.copy(source, offset, memory, base(settled), pageSize());
            frames.fill(frame, page);
        }
        boolean done = table.compareAndSet(page, owned, settled);
        assert done : "page " + page + " changed hands while it was owned";
    }

    /// Ends the ownership of a page that was allocated in vain.
    public void disown(int page) {
        long owned = table.getAcquire(page);
        assert state(owned) == OWNED : "page " + page + " is " + ResidencyWord.name(owned);
        boolean done = table.compareAndSet(page, owned, next(owned, 0, ABSENT));
        assert done : "page " + page + " changed hands while it was owned";
    }

    /// [#own] for all pages of a run.
    public void ownRun(int firstPage, int pages) {
        for (int i = 0; i < pages; i++) {
            own(firstPage + i);
        }
    }

    /// [#disown] for all pages of a run: it has been written, or was in vain.
    public void disownRun(int firstPage, int pages) {
        for (int i = 0; i < pages; i++) {
            disown(firstPage + i);
        }
    }

    /// Forgets a page that no view needs any more. Never waits, as [#own].
    public void drop(int page) {
        assert state(table.getAcquire(page)) != OWNED : "page " + page + " is owned: disown it";
        if (state(table.getAcquire(page)) != ABSENT) {
            leave(page, ABSENT);
        }
    }

    /// Moves a page to a state without a frame. The frame of a LOADING or EVICTING page stays with the thread that set
    /// that word: it will fail to go on from there, and give the frame back.
    private void leave(int page, long state) {
        while (true) {
            long word = table.getAcquire(page);
            if (table.compareAndSet(page, word, next(word, 0, state))) {
                if (ResidencyWord.isInFrame(word)) {
                    frames.giveUp(frame(word));
                }
                return;
            }
        }
    }

    /// Whether there is a page with that id, which may come from bytes that nobody has judged.
    public boolean covers(int page) {
        return page >= 0 && page < table.pages();
    }

    /// Whether a page could be read without a load.
    public boolean isResident(int page) {
        return state(table.getAcquire(page)) == RESIDENT;
    }

    /// Whether a page can come in without another one going out.
    public boolean hasFreeFrames() {
        return frames.hasFree();
    }

    /// Copies a page if it is resident, without warming it: a merge's visit says nothing about readers.
    ///
    /// @param crc the page's CRC32C as its parent has it
    /// @return false if the page is not resident, or another page than `crc` says: then `into` holds garbage
    public boolean copyIfResident(int page, int crc, MemorySegment into, long offset) {
        for (int attempt = 0; attempt < COPY_ATTEMPTS; attempt++) {
            long word = table.getAcquire(page);
            if (state(word) != RESIDENT) {
                return false;
            }
            MemorySegment.copy(memory, base(word), into, offset, pageSize());
            if (holds(page, word)) {
                return PageHeader.crc(into, offset) == crc;
            }
        }
        return false;
    }

    // ---- all of it --------------------------------------------------------------------------------------------------

    /// What the cache holds at the moment: looks at every frame.
    public CacheStats stats() {
        return frames.stats(loader.loads(), loader.misses());
    }

    /// Bytes of the Java heap that grow with the number of frames.
    public long heapBytes() {
        return frames.heapBytes();
    }

    /// Refuses further loads and pins, and returns once the device writes to no frame any more. What is resident can
    /// still be read. Before the frames' memory is freed, the caller waits until [CacheStats#pinnedFrames] is zero.
    @Override
    public void close() {
        loader.close();
    }
}

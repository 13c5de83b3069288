package io.treering.internal.cache;

import static io.treering.internal.cache.ResidencyWord.ABSENT;
import static io.treering.internal.cache.ResidencyWord.COOLING;
import static io.treering.internal.cache.ResidencyWord.LOADING;
import static io.treering.internal.cache.ResidencyWord.RESIDENT;
import static io.treering.internal.cache.ResidencyWord.frame;
import static io.treering.internal.cache.ResidencyWord.next;
import static io.treering.internal.cache.ResidencyWord.state;

import io.treering.CacheExhaustedException;
import io.treering.ClosedException;
import io.treering.IoFailureException;
import io.treering.TreeringException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.CacheLines;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.format.PageAnomaly;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Brings absent pages into frames: for a reader that waits, or ahead of one.
///
/// A load goes through three steps: claim a frame; set the page's word from ABSENT to LOADING by compare-and-set, which
/// makes this load the only one of the page; read, validate, and publish by compare-and-set from exactly that LOADING
/// word. If the first compare-and-set fails another load was first; if the second fails a merge has taken the page over
/// meanwhile, and what was read may be half overwritten: it is never seen. However a load ends, its word does not stay,
/// and its frame is the page's or free.
///
/// Nobody waits while holding a frame, but for the device. So a cache of very few frames comes to no deadlock.
final class PageLoader {
    /// No word: those of resident pages are never zero.
    static final long NONE = 0;

    /// Loads started ahead and not completed: at most so many, and a quarter of the frames.
    private static final int MAXIMUM_READ_AHEAD = 64;

    /// How often in a row all frames must be found pinned before a reader gives up: some 10 ms.
    private static final int PATIENCE = 256;

    private final BlockDevice device;
    private final MemorySegment memory;
    private final int pageShift;
    private final TranslationTable table;
    private final Frames frames;
    private final PageValidator validator;
    private final Waiter waiter;
    private final ReadAhead readAhead;

    /// Loads under way, from before they claim a frame until it is published or given back.
    private final AtomicInteger loads = new AtomicInteger();

    private final LongAdder misses = new LongAdder();
    private volatile boolean closed;

    PageLoader(
            BlockDevice device,
            MemorySegment memory,
            int pageShift,
            TranslationTable table,
            Frames frames,
            PageValidator validator,
            Waiter waiter) {
        this.device = device;
        this.memory = memory;
        this.pageShift = pageShift;
        this.table = table;
        this.frames = frames;
        this.validator = validator;
        this.waiter = waiter;
        readAhead = new ReadAhead(Math.min(MAXIMUM_READ_AHEAD, frames.count() / 4));
    }

    boolean isClosed() {
        return closed;
    }

    int loads() {
        return loads.get();
    }

    long misses() {
        return misses.sum();
    }

    PageAnomaly outside(int page) {
        return new PageAnomaly(page, "a page below " + table.pages(), "page id " + Integer.toUnsignedString(page));
    }

    // ---- for a reader that waits ------------------------------------------------------------------------------------

    /// Loads an absent page on this thread.
    ///
    /// @return the page's word, or NONE if somebody else changed it first
    long load(int page, int crc, long absent) {
        beginLoad();
        try {
            // Before anybody waits for the load: counting may take memory that is not there.
            misses.increment();
            int frame = claimPatiently();
            long loading = next(absent, frame, LOADING);
            if (!table.compareAndSet(page, absent, loading)) {
                frames.release(frame);
                return NONE;
            }
            return complete(page, crc, loading, null);
        } finally {
            endLoad();
        }
    }

    /// Waits for a load that another thread started, or completes it if no thread works on it.
    ///
    /// @return the page's word, or NONE if the caller has to look at the table again
    long awaitLoad(int page, int crc, long loading) {
        ReadAhead.Load load = readAhead.take(loading, page);
        if (load == null) {
            waiter.await(() -> table.getAcquire(page) != loading || readAhead.has(loading, page));
            return NONE;
        }
        try {
            return complete(load);
        } catch (PageAnomaly anomaly) {
            // Whoever started the load may have held another, older reference than this reader does.
            if (load.crc() == crc) {
                throw anomaly;
            }
            return NONE;
        }
    }

    private long complete(ReadAhead.Load load) {
        try {
            return complete(load.page(), load.crc(), load.word(), load.operation());
        } finally {
            endLoad();
        }
    }

    /// The last step of a load: reads the page into the frame of its LOADING word, judges and publishes it.
    ///
    /// A page that a reader asked for starts out cooling, so that pages which are read once make room before those that
    /// are read again. One that was loaded ahead starts warm: its reader is still to come.
    ///
    /// @param started the read, if it was started ahead
    /// @return the page's word, or NONE if a merge took the page away meanwhile
    private long complete(int page, int crc, long loading, @Nullable IoOperation started) {
        boolean published = false;
        try {
            if (started == null) {
                device.read(position(page), slice(loading));
            } else {
                started.await();
            }
            validator.validate(memory, base(loading), page, crc);
            frames.fill(frame(loading), page);
            long resident = next(loading, frame(loading), RESIDENT);
            published = table.compareAndSet(page, loading, started == null ? resident | COOLING : resident);
            return published ? resident : NONE;
        } catch (IoFailureException failure) {
            throw page < table.pages() ? failure : outside(page); // cut off together with the end of the store
        } finally {
            if (!published) {
                abandon(page, loading);
            }
        }
    }

    private void abandon(int page, long loading) {
        table.compareAndSet(page, loading, next(loading, 0, ABSENT));
        frames.release(frame(loading));
    }

    /// A frame, if need be after waiting for one.
    private int claimPatiently() {
        int frame = claimNow();
        if (frame >= 0) {
            return frame;
        }
        Claim claim = new Claim();
        while (true) {
            waiter.await(claim);
            if (claim.frame >= 0) {
                return claim.frame;
            }
            ReadAhead.Load load = readAhead.takeAny(false);
            if (load != null) {
                completeForNobody(load);
            } else if (claim.exhausted >= PATIENCE) {
                throw new CacheExhaustedException(
                        "all " + frames.count() + " frames of the page cache are pinned: close cursors or scans, "
                                + "or give the cache more memory");
            }
        }
    }

    /// Waits until there is a frame, or a load whose frame could be had by completing it, or no hope.
    private final class Claim implements BooleanSupplier {
        private int frame = -1;
        private int exhausted;

        @Override
        public boolean getAsBoolean() {
            if (frames.areAllPinned()) {
                return ++exhausted >= PATIENCE;
            }
            exhausted = 0;
            frame = claimNow();
            return frame >= 0 || readAhead.hasAny();
        }
    }

    // ---- ahead of a reader ------------------------------------------------------------------------------------------

    /// Starts to load those of `references[from, to)` that are absent, until there is no more room, and has the
    /// processor fetch the beginnings of those that are resident: many at once, where their reader would wait for each.
    void prefetch(long[] references, int from, int to) {
        completeFinished();
        long touched = 0;
        for (int i = from; i < to; i++) {
            int page = (int) references[i];
            int crc = (int) (references[i] >>> 32);
            if (page >= 0 && page < table.pages()) {
                long word = table.getAcquire(page);
                if (state(word) == RESIDENT) {
                    touched += touch(base(word));
                } else if (state(word) == ABSENT && !startLoad(page, crc, word)) {
                    break;
                }
            }
        }
        CacheLines.keep(touched);
    }

    private long touch(long base) {
        return Bytes.i64(memory, base) + Bytes.i64(memory, base + CacheLines.BYTES);
    }

    /// @return false if there is no room for this load, nor for another one
    private boolean startLoad(int page, int crc, long absent) {
        int slot = readAhead.reserve();
        if (slot < 0) {
            return false;
        }
        ReadAhead.Load load = null;
        try {
            beginLoad();
            try {
                int frame = claimNow();
                if (frame < 0) {
                    return false;
                }
                long loading = next(absent, frame, LOADING);
                if (!table.compareAndSet(page, absent, loading)) {
                    frames.release(frame);
                    return true;
                }
                load = startRead(page, crc, loading);
                return load != null;
            } finally {
                if (load == null) {
                    endLoad();
                }
            }
        } finally {
            readAhead.fill(slot, load);
        }
    }

    /// @return null if the device refuses: whoever needs the page will hear why
    private ReadAhead.@Nullable Load startRead(int page, int crc, long loading) {
        IoOperation operation = null;
        ReadAhead.Load load = null;
        try {
            misses.increment();
            operation = device.submitRead(position(page), slice(loading));
            load = new ReadAhead.Load(page, crc, loading, operation);
            return load;
        } catch (TreeringException refused) {
            return null;
        } finally {
            if (load == null) {
                giveUp(operation, page, loading);
            }
        }
    }

    /// The frame is the device's until the operation is over.
    private void giveUp(@Nullable IoOperation operation, int page, long loading) {
        try {
            if (operation != null) {
                operation.await();
            }
        } finally {
            abandon(page, loading);
        }
    }

    /// Completes what was loaded ahead and is there by now.
    private void completeFinished() {
        for (ReadAhead.Load load = readAhead.takeAny(true); load != null; load = readAhead.takeAny(true)) {
            completeForNobody(load);
        }
    }

    /// Completes a load for the sake of its frame. If it fails, whoever wants the page will load it again and hear why.
    private void completeForNobody(ReadAhead.Load load) {
        try {
            complete(load);
        } catch (TreeringException | PageAnomaly unasked) {
            assert table.getAcquire(load.page()) != load.word() : "a failed load stayed";
        }
    }

    // ---- both -------------------------------------------------------------------------------------------------------

    /// A frame, if there is one without waiting, else -1.
    int claimNow() {
        if (!frames.hasFree()) {
            completeFinished();
        }
        return frames.claim();
    }

    /// Refuses further loads, and returns once the device writes to no frame any more.
    void close() {
        closed = true;
        while (loads.get() != 0) { // (C3)
            ReadAhead.Load load = readAhead.takeAny(false);
            if (load != null) {
                completeForNobody(load);
            } else {
                waiter.await(() -> loads.get() == 0 || readAhead.hasAny());
            }
        }
    }

    void countMisses(int pages) {
        misses.add(pages);
    }

    void beginLoad() {
        loads.getAndIncrement();
        if (closed) { // (C3)
            endLoad();
            throw new ClosedException("the page cache");
        }
    }

    void endLoad() {
        loads.getAndDecrement();
    }

    private long position(int page) {
        return (long) page << pageShift;
    }

    private long base(long word) {
        return (long) frame(word) << pageShift;
    }

    private MemorySegment slice(long word) {
        return memory.asSlice(base(word), 1L << pageShift);
    }
}

package io.treering.internal.cache;

import static io.treering.internal.cache.ResidencyWord.ABSENT;
import static io.treering.internal.cache.ResidencyWord.COOLING;
import static io.treering.internal.cache.ResidencyWord.RUN;
import static io.treering.internal.cache.ResidencyWord.next;
import static io.treering.internal.cache.ResidencyWord.state;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The pages of an overflow run on their way into the cache, each in a frame of its own: filled piece by piece while
/// the run is read, shown once all of it was found right, given up otherwise.
///
/// Who loads a run keeps it from being freed, so no merge takes its pages over meanwhile. Several may load the same
/// run: they bring the same bytes, and of each page the first one stays.
///
/// By the thread that began it. While it waits for the device it holds frames, as every load does.
public final class RunLoad implements AutoCloseable {
    private static final int NONE = -1;

    private final PageLoader loader;
    private final TranslationTable table;
    private final Frames frames;
    private final MemorySegment memory;
    private final int pageShift;
    private final int firstPage;

    /// For each page of the run a frame that belongs to this load, or none. Empty if the run does not come in at all.
    private final int[] claimed;

    RunLoad(
            PageLoader loader,
            TranslationTable table,
            Frames frames,
            MemorySegment memory,
            int pageShift,
            int firstPage,
            int pages,
            boolean comesIn) {
        this.loader = loader;
        this.table = table;
        this.frames = frames;
        this.memory = memory;
        this.pageShift = pageShift;
        this.firstPage = firstPage;
        claimed = new int[comesIn ? pages : 0];
        Arrays.fill(claimed, NONE);
        // Before anybody waits for the load: counting may take memory that is not there.
        loader.countMisses(pages);
        loader.beginLoad();
    }

    /// Copies whole pages of the run into frames, as far as there are any to be had without waiting.
    ///
    /// @param at where in the run the piece begins
    /// @param bytes how many of the piece's bytes count, from its beginning on
    public void fill(long at, MemorySegment piece, long bytes) {
        int pageSize = 1 << pageShift;
        for (long offset = 0; offset < bytes && claimed.length > 0; offset += pageSize) {
            int index = (int) ((at + offset) >>> pageShift);
            if (state(table.getAcquire(firstPage + index)) != ABSENT) {
                continue;
            }
            int frame = loader.claimNow();
            if (frame < 0) {
                return;
            }
            claimed[index] = frame;
            MemorySegment.copy(piece, offset, memory, (long) frame << pageShift, pageSize);
        }
    }

    /// All of the run is what it should be: whoever reads it may find it here. Its pages start out cooling, as all do
    /// that were asked for once.
    public void show() {
        for (int i = 0; i < claimed.length; i++) {
            if (claimed[i] != NONE && show(firstPage + i, claimed[i])) {
                claimed[i] = NONE;
            }
        }
    }

    private boolean show(int page, int frame) {
        long absent = table.getAcquire(page);
        if (state(absent) != ABSENT) {
            return false;
        }
        frames.fill(frame, page);
        return table.compareAndSet(page, absent, next(absent, frame, RUN) | COOLING);
    }

    /// Gives back what was not shown.
    @Override
    public void close() {
        for (int frame : claimed) {
            if (frame != NONE) {
                frames.release(frame);
            }
        }
        loader.endLoad();
    }
}

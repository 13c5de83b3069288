package io.treering.internal.engine;

import io.treering.TreeringException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.PageSource;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The pages of a tree as they are on the device, past the cache: what is in memory says nothing about them, and
/// whoever walks through all of them would drive everything else out.
///
/// For one thread, under a registered view, so that no page is written to meanwhile. A page that was acquired is there
/// until the next one is, or so many are asked for ahead; nothing of that has to be checked or pinned.
final class DevicePages implements PageSource, AutoCloseable {
    private static final int AHEAD = 32;

    /// Where pages are read that were not asked for ahead.
    private static final int AT_HAND = AHEAD;

    private final BlockDevice device;
    private final int pageSize;
    private final CountedMemory.Loan memory;
    private final int[] pages = new int[AHEAD];
    private final @Nullable IoOperation[] reads = new @Nullable IoOperation[AHEAD];
    private int next;

    DevicePages(BlockDevice device, int pageSize, CountedMemory memory) {
        this.device = device;
        this.pageSize = pageSize;
        this.memory = memory.borrow((AHEAD + 1L) * pageSize);
    }

    @Override
    public MemorySegment frames() {
        return memory.memory();
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    /// @return the number of a place in [#frames]
    @Override
    public long acquire(int page, int crc) {
        for (int i = 0; i < AHEAD; i++) {
            IoOperation read = reads[i];
            if (read != null && pages[i] == page && hasSucceeded(read)) {
                return i;
            }
        }
        if (!isOnDevice(page)) {
            throw new PageAnomaly(page, "a page of the device", "one behind its end");
        }
        device.read((long) page * pageSize, place(AT_HAND));
        return AT_HAND;
    }

    /// If not, one of its pages could not be read, and not necessarily this one.
    private static boolean hasSucceeded(IoOperation read) {
        try {
            read.await();
            return true;
        } catch (RuntimeException _) {
            return false;
        }
    }

    private boolean isOnDevice(int page) {
        return page >= 0 && (page + 1L) * pageSize <= device.size();
    }

    private MemorySegment place(int number) {
        return frames().asSlice((long) number * pageSize, pageSize);
    }

    @Override
    public long base(long word) {
        return word * pageSize;
    }

    @Override
    public boolean holds(int page, long word) {
        return true;
    }

    @Override
    public boolean pin(int page, long word) {
        return true;
    }

    @Override
    public void unpin(long word) {
        // Nothing else takes the place meanwhile.
    }

    /// Pages that follow one another, as a merge has written them, are read at once.
    @Override
    public void prefetch(long[] references, int from, int to) {
        int stop = Math.min(to, from + AHEAD);
        for (int i = from; i < stop; ) {
            int first = PageReference.page(references[i]);
            int count = 1;
            while (i + count < stop
                    && next + count < AHEAD
                    && PageReference.page(references[i + count]) == first + count) {
                count++;
            }
            submit(first, count);
            i += count;
        }
    }

    private void submit(int first, int count) {
        int place = next;
        next = (next + count) % AHEAD;
        for (int i = place; i < place + count; i++) {
            end(i);
        }
        if (!isOnDevice(first) || !isOnDevice(first + count - 1)) {
            return;
        }
        IoOperation read;
        try {
            MemorySegment into = frames().asSlice((long) place * pageSize, (long) count * pageSize);
            read = device.submitRead((long) first * pageSize, into);
        } catch (TreeringException _) {
            // Whoever comes for one of the pages reads it then, and hears why.
            return;
        }
        for (int i = 0; i < count; i++) {
            pages[place + i] = first + i;
            reads[place + i] = read;
        }
    }

    /// What was read there is not needed any more. Until the read is over its memory is the device's.
    private void end(int place) {
        IoOperation read = reads[place];
        if (read != null) {
            try {
                read.await();
            } catch (RuntimeException unasked) {
                assert read.isDone() : "a read that failed goes on";
            }
            reads[place] = null;
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < AHEAD; i++) {
            end(i);
        }
        memory.close();
    }
}

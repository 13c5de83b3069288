package io.treering.internal.cache;

import io.treering.device.IoOperation;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The loads that were started ahead of their reader and that nobody has completed yet: a few slots.
///
/// No thread belongs to a load in here. Its page is LOADING and its frame taken, until some thread *takes* the load
/// out and completes it: the one that wants the page, one that needs a frame, one that starts further loads, or the
/// one that closes the cache. Taking is one compare-and-set, so exactly one thread completes each.
final class ReadAhead {
    /// A read into the frame that `word`, the page's LOADING word, names.
    record Load(int page, int crc, long word, IoOperation operation) {
        boolean isOf(long otherWord, int otherPage) {
            return word == otherWord && page == otherPage;
        }
    }

    private static final int NO_PAGE = -1;

    /// Keeps a slot for a load that is about to be started.
    private static final Load RESERVED = new Load(NO_PAGE, 0, 0, IoOperation.completed());

    private final AtomicReferenceArray<@Nullable Load> slots;

    ReadAhead(int slots) {
        this.slots = new AtomicReferenceArray<>(slots);
    }

    /// A slot for a load, or -1 if there is none left.
    int reserve() {
        for (int slot = 0; slot < slots.length(); slot++) {
            if (slots.get(slot) == null && slots.compareAndSet(slot, null, RESERVED)) {
                return slot;
            }
        }
        return -1;
    }

    /// Fills a reserved slot, or gives it back: from here on any thread may take the load.
    void fill(int slot, @Nullable Load load) {
        slots.set(slot, load);
    }

    /// Takes the load that set `word`, if it can be had.
    @Nullable
    Load take(long word, int page) {
        for (int slot = 0; slot < slots.length(); slot++) {
            Load load = loadIn(slot);
            if (load != null && load.isOf(word, page) && slots.compareAndSet(slot, load, null)) {
                return load;
            }
        }
        return null;
    }

    /// Whether [#take] would find the load.
    boolean has(long word, int page) {
        for (int slot = 0; slot < slots.length(); slot++) {
            Load load = loadIn(slot);
            if (load != null && load.isOf(word, page)) {
                return true;
            }
        }
        return false;
    }

    /// Takes any load, or any whose read is done.
    @Nullable
    Load takeAny(boolean doneOnly) {
        for (int slot = 0; slot < slots.length(); slot++) {
            Load load = loadIn(slot);
            if (load != null && (!doneOnly || load.operation().isDone()) && slots.compareAndSet(slot, load, null)) {
                return load;
            }
        }
        return null;
    }

    /// Whether [#takeAny] would find a load, done or not.
    boolean hasAny() {
        for (int slot = 0; slot < slots.length(); slot++) {
            if (loadIn(slot) != null) {
                return true;
            }
        }
        return false;
    }

    /// The load in a slot, or null if the slot is empty or only reserved.
    private @Nullable Load loadIn(int slot) {
        Load load = slots.get(slot);
        return load == null || load.page() == NO_PAGE ? null : load;
    }
}

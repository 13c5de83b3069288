package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.CorruptionException;
import io.treering.Scan;
import io.treering.SliceReader;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.PageSource;
import io.treering.internal.tree.TreeSearch;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Every read of a partition or a snapshot, with what to do when the quick way does not do.
///
/// The quick way is [PointReader] on a view that nothing protects. It can come back without an answer: the buffers
/// moved on, a page was reused, the value is a run of which not all is in the cache. Then the read is repeated under a
/// registered view, whose pages cannot be reused; what is wrong there is damage.
///
/// Methods take the snapshot's registration, or null for the present.
final class ReadPath {
    private final Lifecycle lifecycle;
    private final String deviceName;
    private final Views views;
    private final PageSource pages;
    private final PointReader points;
    private final OverflowRuns overflow;
    private final IoBuffers ioBuffers;
    private final Abandoned abandoned;

    /// Longer keys cannot be in the store.
    private final int longestKey;

    ReadPath(
            Lifecycle lifecycle,
            String deviceName,
            Views views,
            PageSource pages,
            OverflowRuns overflow,
            IoBuffers ioBuffers,
            Abandoned abandoned,
            int longestKey) {
        this.lifecycle = lifecycle;
        this.deviceName = deviceName;
        this.views = views;
        this.pages = pages;
        this.points = new PointReader(views, pages, overflow);
        this.overflow = overflow;
        this.ioBuffers = ioBuffers;
        this.abandoned = abandoned;
        this.longestKey = longestKey;
    }

    void ensureOpen() {
        lifecycle.ensureOpen();
    }

    Abandoned abandoned() {
        return abandoned;
    }

    RuntimeException translate(IllegalStateException failure) {
        return lifecycle.translate(failure);
    }

    CorruptionException damage(PageAnomaly anomaly) {
        return new CorruptionException(deviceName, anomaly.page(), anomaly.expected(), anomaly.found());
    }

    // ---- point gets ---------------------------------------------------------------------------------------------

    byte @Nullable [] get(@Nullable Registration snapshot, byte[] key) {
        Objects.requireNonNull(key, "key");
        lifecycle.ensureOpen();
        if (key.length > longestKey) {
            return null;
        }
        byte[] value;
        try {
            View view = snapshot == null ? views.current() : snapshot.view();
            long sequence = snapshot == null ? view.active().visible() : snapshot.sequence;
            value = points.get(view, sequence, key);
        } catch (PageAnomaly _) {
            value = PointReader.RETRY_VALUE;
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
        if (PointReader.isAbsent(value)) {
            return null;
        }
        return PointReader.isUnanswered(value) ? getRegistered(snapshot, key) : value;
    }

    private byte @Nullable [] getRegistered(@Nullable Registration snapshot, byte[] key) {
        return locateRegistered(snapshot, key, key.length, (memory, offset, length, reference, keyLength) -> {
            byte[] value = new byte[Math.toIntExact(length)];
            if (reference == PageReference.NONE) {
                MemorySegment.copy(memory, JAVA_BYTE, offset, value, 0, value.length);
            } else {
                overflow.read(reference, keyLength, length, MemorySegment.ofArray(value), 0, length);
            }
            return value;
        });
    }

    int get(@Nullable Registration snapshot, byte[] key, byte[] into) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(into, "into");
        return get(snapshot, key, key.length, into, null, 0, into.length);
    }

    int get(
            @Nullable Registration snapshot,
            MemorySegment key,
            long keyOffset,
            long keyLength,
            MemorySegment into,
            long intoOffset,
            long intoLength) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(into, "into");
        Objects.checkFromIndexSize(keyOffset, keyLength, key.byteSize());
        Objects.checkFromIndexSize(intoOffset, intoLength, into.byteSize());
        lifecycle.ensureOpen();
        if (keyLength > longestKey) {
            return PointReader.ABSENT;
        }
        byte[] scratch = Keys.scratch(key, keyOffset, (int) keyLength);
        int capacity = (int) Math.min(intoLength, Integer.MAX_VALUE);
        return get(snapshot, scratch, (int) keyLength, null, into, intoOffset, capacity);
    }

    private int get(
            @Nullable Registration snapshot,
            byte[] key,
            int length,
            byte @Nullable [] into,
            @Nullable MemorySegment intoSegment,
            long intoOffset,
            int capacity) {
        lifecycle.ensureOpen();
        if (length > longestKey) {
            return PointReader.ABSENT;
        }
        int result;
        try {
            View view = snapshot == null ? views.current() : snapshot.view();
            long sequence = snapshot == null ? view.active().visible() : snapshot.sequence;
            result = points.get(view, sequence, key, length, into, intoSegment, intoOffset, capacity);
        } catch (PageAnomaly _) {
            result = PointReader.RETRY;
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
        return result >= PointReader.ABSENT
                ? result
                : getRegistered(snapshot, key, length, into, intoSegment, intoOffset, capacity);
    }

    private int getRegistered(
            @Nullable Registration snapshot,
            byte[] key,
            int keyBytes,
            byte @Nullable [] into,
            @Nullable MemorySegment intoSegment,
            long intoOffset,
            int capacity) {
        MemorySegment target =
                into != null ? MemorySegment.ofArray(into) : intoSegment == null ? MemorySegment.NULL : intoSegment;
        Integer length =
                locateRegistered(snapshot, key, keyBytes, (memory, offset, valueLength, reference, keyLength) -> {
                    if (reference == PageReference.NONE) {
                        MemorySegment.copy(memory, offset, target, intoOffset, Math.min(valueLength, capacity));
                    } else if (capacity > 0) {
                        overflow.read(reference, keyLength, valueLength, target, intoOffset, capacity);
                    }
                    return Math.toIntExact(valueLength);
                });
        return length == null ? PointReader.ABSENT : length;
    }

    boolean contains(@Nullable Registration snapshot, byte[] key) {
        Objects.requireNonNull(key, "key");
        return get(snapshot, key, key.length, null, null, 0, 0) >= 0;
    }

    boolean contains(@Nullable Registration snapshot, MemorySegment key) {
        Objects.requireNonNull(key, "key");
        return get(snapshot, key, 0, key.byteSize(), MemorySegment.NULL, 0, 0) >= 0;
    }

    // ---- reads under a registered view ----------------------------------------------------------------------------

    /// Sees a value that was found, where it is. An overflow run is given by its reference; else that is 0.
    private interface Found<R extends @Nullable Object, X extends Exception> {
        R accept(MemorySegment memory, long offset, long length, long reference, int keyLength) throws X;
    }

    /// Finds a key under a registered view. In a buffer the value is seen as a copy, in the tree pinned.
    private <R extends @Nullable Object, X extends Exception> @Nullable R locateRegistered(
            @Nullable Registration snapshot, byte[] key, int keyLength, Found<R, X> found) throws X {
        lifecycle.enter();
        try {
            while (true) {
                try (Registration held = register(snapshot, false)) {
                    Located located = locate(held, key, keyLength);
                    if (located != null) {
                        try (located) {
                            return located.isAbsent() ? null : accept(located, keyLength, found);
                        }
                    }
                }
            }
        } catch (PageAnomaly anomaly) {
            throw damage(anomaly);
        } finally {
            lifecycle.leave();
        }
    }

    private static <R extends @Nullable Object, X extends Exception> R accept(
            Located located, int keyLength, Found<R, X> found) throws X {
        if (located.overflow) {
            long reference = OverflowReference.reference(located.memory, located.offset);
            long length = OverflowReference.valueLength(located.memory, located.offset);
            if (!OverflowReference.isLength(length)) {
                throw new PageAnomaly(PageReference.page(reference), "a value of at most 1 GiB", length + " bytes");
            }
            return found.accept(MemorySegment.NULL, 0, length, reference, keyLength);
        }
        return found.accept(located.memory, located.offset, located.length, PageReference.NONE, keyLength);
    }

    private Registration register(@Nullable Registration snapshot, boolean movesAtOnce) {
        return snapshot == null ? views.register(movesAtOnce) : views.register(snapshot, movesAtOnce);
    }

    /// @return null if a buffer of the view was recycled
    private @Nullable Located locate(Registration held, byte[] key, int length) {
        View view = held.view();
        long head = KeyOrder.head(key, 0, length);
        long hash = KeyHash.hash(key, length);
        for (var buffer : view.buffers) {
            if (buffer.mayHold(head)) {
                long entry = buffer.find(key, length, hash, held.sequence);
                Located copy = entry == 0 ? null : copyOf(buffer, entry);
                boolean counts = buffer.isCurrent();
                if (copy != null && counts) {
                    return copy;
                }
                if (copy != null) {
                    copy.close();
                }
                if (!counts) {
                    return null;
                }
            }
        }
        return view.treeMayHold(head) ? locateInTree(view, key, length, KeyHash.fingerprint(hash)) : Located.absent();
    }

    private Located copyOf(WriteBuffer buffer, long entry) {
        long shape = buffer.shape(entry);
        int kind = BufferEntry.kind(shape);
        if (kind == BufferEntry.DELETE) {
            return Located.absent();
        }
        // The length of a buffer that began another life may be anything; the caller finds that out right behind.
        int length = Math.min(BufferEntry.valueLength(shape), IoBuffers.BYTES);
        MemorySegment copy = ioBuffers.take();
        MemorySegment.copy(buffer.memory(), buffer.valueOffset(entry, shape), copy, 0, length);
        return new Located(copy, 0, length, kind == BufferEntry.PUT_OVERFLOW, () -> ioBuffers.giveBack(copy));
    }

    private Located locateInTree(View view, byte[] key, int length, byte fingerprint) {
        long leaf = TreeSearch.leafFor(pages, view.rootReference, view.rootLevel, view.generation, key, length);
        int page = PageReference.page(leaf);
        while (true) {
            long word = pages.acquire(page, PageReference.crc(leaf));
            if (!pages.pin(page, word)) {
                continue;
            }
            boolean keep = false;
            try {
                long hit = TreeSearch.find(pages, page, word, view.generation, key, length, fingerprint);
                if (hit == LeafPage.ABSENT) {
                    return Located.absent();
                }
                if (hit != TreeSearch.STALE) {
                    keep = true;
                    return new Located(
                            pages.frames(),
                            pages.base(word) + LeafPage.valueOffset(hit),
                            LeafPage.valueLength(hit),
                            LeafPage.isOverflow(hit),
                            () -> pages.unpin(word));
                }
            } finally {
                if (!keep) {
                    pages.unpin(word);
                }
            }
        }
    }

    /// Zero-copy read. Pins, or loads a run, before the user's code runs; lets go behind it.
    <R extends @Nullable Object, X extends Exception> @Nullable R read(
            @Nullable Registration snapshot, byte[] key, SliceReader<? extends R, X> reader) throws X {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(reader, "reader");
        if (key.length > longestKey) {
            lifecycle.ensureOpen();
            return null;
        }
        return this.<R, X>locateRegistered(
                snapshot, key, key.length, (memory, offset, length, reference, keyLength) -> {
                    if (reference == PageReference.NONE) {
                        return show(memory, offset, (int) length, reader);
                    }
                    try (OverflowRuns.LoadedValue value = overflow.load(reference, keyLength, length)) {
                        return show(value.memory(), value.offset(), (int) length, reader);
                    }
                });
    }

    private <R extends @Nullable Object, X extends Exception> R show(
            MemorySegment memory, long offset, int length, SliceReader<? extends R, X> reader) throws X {
        FrameSlice slice = new FrameSlice(lifecycle);
        slice.moveTo(memory, offset, length);
        boolean outermost = lifecycle.enterCallback();
        try {
            return reader.read(slice);
        } finally {
            slice.clear();
            lifecycle.leaveCallback(outermost);
        }
    }

    // ---- many keys, ranges ------------------------------------------------------------------------------------------

    List<byte @Nullable []> multiGet(@Nullable Registration snapshot, List<byte[]> keys) {
        Objects.requireNonNull(keys, "keys");
        byte[][] asked = keys.toArray(new byte[0][]);
        for (byte[] key : asked) {
            Objects.requireNonNull(key, "a key");
        }
        lifecycle.enter();
        try (Registration held = register(snapshot, true)) {
            View view = held.view();
            byte[] @Nullable [] found = new MultiGet(pages, points, view, held.sequence, longestKey, asked).get();
            List<byte @Nullable []> values = new ArrayList<>(found.length);
            for (int i = 0; i < found.length; i++) {
                byte[] value = found[i];
                values.add(value != null && PointReader.isUnanswered(value) ? getRegistered(held, asked[i]) : value);
            }
            return values;
        } finally {
            lifecycle.leave();
        }
    }

    Scan scan(@Nullable Registration snapshot, byte @Nullable [] from, byte @Nullable [] to, boolean reversed) {
        return new EngineScan(this, openCursor(snapshot), from, to, reversed);
    }

    MergedCursor openCursor(@Nullable Registration snapshot) {
        return openCursor(snapshot, new FrameSlice(lifecycle), new FrameSlice(lifecycle));
    }

    /// A cursor that shows its entries by slices that there are already.
    MergedCursor openCursor(@Nullable Registration snapshot, FrameSlice key, FrameSlice value) {
        lifecycle.enter();
        try {
            Registration held = register(snapshot, false);
            try {
                return new MergedCursor(pages, overflow, ioBuffers, held, key, value);
            } catch (RuntimeException | Error e) {
                held.close();
                throw e;
            }
        } finally {
            lifecycle.leave();
        }
    }

    /// The current value of a cursor, read now if it is a run.
    FrameSlice valueOf(MergedCursor cursor) {
        lifecycle.ensureOpen();
        if (!cursor.valueIsElsewhere()) {
            return cursor.value();
        }
        lifecycle.enter();
        try {
            return cursor.value();
        } catch (PageAnomaly anomaly) {
            throw damage(anomaly);
        } finally {
            lifecycle.leave();
        }
    }
}

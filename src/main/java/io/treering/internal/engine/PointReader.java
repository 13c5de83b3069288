package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.PageSource;
import io.treering.internal.tree.TreeSearch;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The point get: buffers newest first, then one path down the tree, on the calling thread, without a lock, without a
/// write to anything shared, without allocation.
///
/// Nothing that is read is trusted before it has been checked: a buffer's memory may have begun another life, a frame
/// may hold another page, a page id may have been given to another page. In the first two cases the read is repeated
/// here; in the last, and where the bytes make no sense at all, a [io.treering.internal.format.PageAnomaly] goes to
/// the caller, who repeats the read under a registered view and only then speaks of damage.
///
/// A page of an overflow run says nothing about itself. What was copied from one counts while the view that led there
/// is the current one: its pages cannot have been given to others.
final class PointReader {
    /// No such key.
    static final int ABSENT = -1;

    /// A buffer of the view was recycled while it was read: start again with a newer view.
    static final int RETRY = -2;

    /// The value is an overflow run, and not to be had without reading: do so under a registered view.
    static final int OVERFLOW = -3;

    static final byte[] ABSENT_VALUE = new byte[0];
    static final byte[] RETRY_VALUE = new byte[0];
    static final byte[] OVERFLOW_VALUE = new byte[0];

    /// Whether a value is the marker that there is none.
    @SuppressWarnings(
            "ReferenceEquality") // Markers are told from empty values by what they are, not by what they hold.
    static boolean isAbsent(byte[] value) {
        return value == ABSENT_VALUE;
    }

    /// Whether a value is one of the markers that say: read again under a registered view.
    @SuppressWarnings("ReferenceEquality")
    static boolean isUnanswered(byte[] value) {
        return value == RETRY_VALUE || value == OVERFLOW_VALUE;
    }

    private final Views views;
    private final PageSource pages;
    private final MemorySegment frames;
    private final OverflowRuns overflow;

    PointReader(Views views, PageSource pages, OverflowRuns overflow) {
        this.views = views;
        this.pages = pages;
        this.frames = pages.frames();
        this.overflow = overflow;
    }

    /// Copies the value, or as much of it as fits, into an array or a segment.
    ///
    /// @return the value's whole length, or one of the codes above
    int get(
            View view,
            long sequence,
            byte[] key,
            int length,
            byte @Nullable [] into,
            @Nullable MemorySegment intoSegment,
            long intoOffset,
            int capacity) {
        long head = KeyOrder.head(key, 0, length);
        long hash = KeyHash.hash(key, length);
        for (WriteBuffer buffer : view.buffers) {
            if (buffer.mayHold(head)) {
                long entry = buffer.find(key, length, hash, sequence);
                if (entry != 0) {
                    long shape = buffer.shape(entry);
                    int valueLength = BufferEntry.valueLength(shape);
                    int kind = BufferEntry.kind(shape);
                    if (kind == BufferEntry.PUT) {
                        int count = Math.min(valueLength, capacity);
                        copy(buffer.memory(), buffer.valueOffset(entry, shape), into, intoSegment, intoOffset, count);
                    }
                    return buffer.isCurrent() ? resultOf(kind, valueLength) : RETRY;
                }
                if (!buffer.isCurrent()) {
                    return RETRY;
                }
            }
        }
        return view.treeMayHold(head)
                ? getFromTree(view, key, length, KeyHash.fingerprint(hash), into, intoSegment, intoOffset, capacity)
                : ABSENT;
    }

    private static int resultOf(int kind, int valueLength) {
        return switch (kind) {
            case BufferEntry.PUT -> valueLength;
            case BufferEntry.DELETE -> ABSENT;
            default -> OVERFLOW;
        };
    }

    private int getFromTree(
            View view,
            byte[] key,
            int length,
            byte fingerprint,
            byte @Nullable [] into,
            @Nullable MemorySegment intoSegment,
            long intoOffset,
            int capacity) {
        long leaf = TreeSearch.leafFor(pages, view.rootReference, view.rootLevel, view.generation, key, length);
        int page = PageReference.page(leaf);
        while (true) {
            long word = pages.acquire(page, PageReference.crc(leaf));
            long hit = TreeSearch.find(pages, page, word, view.generation, key, length, fingerprint);
            if (hit == TreeSearch.STALE) {
                continue;
            }
            int result = ABSENT;
            if (hit != LeafPage.ABSENT) {
                if (LeafPage.isOverflow(hit)) {
                    result = getFromRun(view, word, hit, length, into, intoSegment, intoOffset, capacity);
                } else {
                    result = LeafPage.valueLength(hit);
                    int count = Math.min(result, capacity);
                    copy(frames, pages.base(word) + LeafPage.valueOffset(hit), into, intoSegment, intoOffset, count);
                }
            }
            if (pages.holds(page, word)) {
                return result;
            }
        }
    }

    /// Copies a value out of its run, if that is in the cache.
    ///
    /// @return its whole length, or [#OVERFLOW]
    private int getFromRun(
            View view,
            long word,
            long hit,
            int keyLength,
            byte @Nullable [] into,
            @Nullable MemorySegment intoSegment,
            long intoOffset,
            int capacity) {
        long at = pages.base(word) + LeafPage.valueOffset(hit);
        long run = OverflowReference.reference(frames, at);
        long length = OverflowReference.valueLength(frames, at);
        MemorySegment target = into != null ? MemorySegment.ofArray(into) : intoSegment;
        if (target == null || capacity == 0) {
            return OverflowReference.isLength(length) ? (int) length : OVERFLOW;
        }
        boolean copied = overflow.mayBeCached(run, keyLength, length)
                && overflow.copyCached(run, keyLength, target, intoOffset, Math.min(length, capacity));
        return copied && isCurrent(view) ? (int) length : OVERFLOW;
    }

    /// As the other one, into an array of its own.
    private byte[] getFromRun(View view, long word, long hit, int keyLength) {
        long at = pages.base(word) + LeafPage.valueOffset(hit);
        long run = OverflowReference.reference(frames, at);
        long length = OverflowReference.valueLength(frames, at);
        if (!overflow.mayBeCached(run, keyLength, length)) {
            return OVERFLOW_VALUE;
        }
        byte[] value = new byte[(int) length];
        boolean copied = overflow.copyCached(run, keyLength, MemorySegment.ofArray(value), 0, length);
        return copied && isCurrent(view) ? value : OVERFLOW_VALUE;
    }

    /// Whether nothing that was read before this call can have been another run's: the pages of a tree are used again
    /// no sooner than its view has been replaced.
    private boolean isCurrent(View view) {
        VarHandle.loadLoadFence();
        return views.current() == view;
    }

    private static void copy(
            MemorySegment from,
            long offset,
            byte @Nullable [] into,
            @Nullable MemorySegment intoSegment,
            long intoOffset,
            int count) {
        if (into != null) {
            MemorySegment.copy(from, JAVA_BYTE, offset, into, (int) intoOffset, count);
        } else if (intoSegment != null) {
            MemorySegment.copy(from, offset, intoSegment, intoOffset, count);
        }
    }

    /// The value in an array of its own, or one of the marker arrays above.
    byte[] get(View view, long sequence, byte[] key) {
        long head = KeyOrder.head(key, 0, key.length);
        long hash = KeyHash.hash(key, key.length);
        byte[] buffered = getFromBuffers(view, sequence, key, head, hash);
        if (buffered != null) {
            return buffered;
        }
        return view.treeMayHold(head) ? getFromTree(view, key, KeyHash.fingerprint(hash)) : ABSENT_VALUE;
    }

    /// The value or a marker, or null where the buffers know nothing of the key.
    byte @Nullable [] getFromBuffers(View view, long sequence, byte[] key, long head, long hash) {
        for (WriteBuffer buffer : view.buffers) {
            if (buffer.mayHold(head)) {
                long entry = buffer.find(key, key.length, hash, sequence);
                if (entry != 0) {
                    return getFromBuffer(buffer, entry);
                }
                if (!buffer.isCurrent()) {
                    return RETRY_VALUE;
                }
            }
        }
        return null;
    }

    private byte[] getFromTree(View view, byte[] key, byte fingerprint) {
        long leaf = TreeSearch.leafFor(pages, view.rootReference, view.rootLevel, view.generation, key, key.length);
        long word = pages.acquire(PageReference.page(leaf), PageReference.crc(leaf));
        return getFromLeaf(view, leaf, word, key, fingerprint);
    }

    /// The value in an array of its own, or a marker.
    ///
    /// @param acquired the leaf's word, from [PageSource#acquire]
    byte[] getFromLeaf(View view, long leaf, long acquired, byte[] key, byte fingerprint) {
        int page = PageReference.page(leaf);
        long word = acquired;
        while (true) {
            long hit = TreeSearch.find(pages, page, word, view.generation, key, key.length, fingerprint);
            if (hit != TreeSearch.STALE) {
                byte[] result = hit == LeafPage.ABSENT ? ABSENT_VALUE : valueAt(view, word, hit, key.length);
                if (pages.holds(page, word)) {
                    return result;
                }
            }
            word = pages.acquire(page, PageReference.crc(leaf));
        }
    }

    private byte[] valueAt(View view, long word, long hit, int keyLength) {
        return LeafPage.isOverflow(hit)
                ? getFromRun(view, word, hit, keyLength)
                : copyOf(frames, pages.base(word) + LeafPage.valueOffset(hit), LeafPage.valueLength(hit));
    }

    private static byte[] getFromBuffer(WriteBuffer buffer, long entry) {
        long shape = buffer.shape(entry);
        byte[] result = switch (BufferEntry.kind(shape)) {
            case BufferEntry.PUT ->
                copyOf(buffer.memory(), buffer.valueOffset(entry, shape), BufferEntry.valueLength(shape));
            case BufferEntry.DELETE -> ABSENT_VALUE;
            default -> OVERFLOW_VALUE;
        };
        return buffer.isCurrent() ? result : RETRY_VALUE;
    }

    private static byte[] copyOf(MemorySegment from, long offset, int length) {
        byte[] copy = new byte[length];
        MemorySegment.copy(from, JAVA_BYTE, offset, copy, 0, length);
        return copy;
    }
}

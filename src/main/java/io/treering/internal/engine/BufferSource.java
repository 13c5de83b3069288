package io.treering.internal.engine;

import io.treering.internal.buffer.BufferCursor;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.SortedEntries;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.tree.MergeSource;
import java.lang.foreign.MemorySegment;

/// The entries of a frozen buffer within a window of sequences, as operations of a merge.
///
/// Tells [MergePages] about overflow runs that were written when their values were put: the newest version's comes into
/// the tree; those of versions that the window supersedes are freed, because nobody will ever reach them.
final class BufferSource implements MergeSource {
    /// So many entries are fetched together: as many as a processor's core can wait for at a time, and a few more.
    private static final int TOUCHED = 16;

    private final WriteBuffer buffer;
    private final MemorySegment memory;
    private final BufferCursor cursor;
    private final long after;
    private final MergePages pages;
    private final OverflowRuns overflow;
    private boolean started;
    private long entry;
    private int keyLength;
    private int valueLength;
    private int kind;
    private long done;
    private int touched;

    /// @param after the window is above this sequence
    BufferSource(SortedEntries window, long after, MergePages pages, OverflowRuns overflow) {
        this.buffer = window.buffer();
        this.memory = buffer.memory();
        this.cursor = window.cursor();
        this.after = after;
        this.pages = pages;
        this.overflow = overflow;
    }

    @Override
    public boolean advance() {
        if (touched-- == 0) {
            cursor.touchAhead(TOUCHED);
            touched = TOUCHED - 1;
        }
        boolean valid = started ? cursor.next() : cursor.first();
        started = true;
        if (!valid) {
            return false;
        }
        entry = cursor.entry();
        long shape = buffer.shape(entry);
        keyLength = BufferEntry.keyLength(shape);
        valueLength = BufferEntry.valueLength(shape);
        kind = BufferEntry.kind(shape);
        done++;
        if (kind == BufferEntry.PUT_OVERFLOW) {
            pages.adoptOverflow(runStart(entry), runPages(entry));
        }
        if (buffer.holdsReferences()) {
            freeSuperseded();
        }
        return true;
    }

    private void freeSuperseded() {
        for (long older = buffer.older(entry);
                older != 0 && buffer.sequence(older) > after;
                older = buffer.older(older)) {
            if (buffer.kind(older) == BufferEntry.PUT_OVERFLOW) {
                pages.discardOverflow(runStart(older), runPages(older));
            }
        }
    }

    private int runStart(long of) {
        return OverflowReference.page(memory, buffer.valueOffset(of));
    }

    private int runPages(long of) {
        return overflow.pages(buffer.keyLength(of), OverflowReference.valueLength(memory, buffer.valueOffset(of)));
    }

    /// Operations handed out so far.
    long done() {
        return done;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long keyOffset() {
        return buffer.keyOffset(entry);
    }

    @Override
    public int keyLength() {
        return keyLength;
    }

    @Override
    public byte fingerprint() {
        return buffer.fingerprint(entry);
    }

    @Override
    public int kind() {
        return kind;
    }

    @Override
    public long valueOffset() {
        return buffer.keyOffset(entry) + keyLength;
    }

    @Override
    public int valueLength() {
        return valueLength;
    }
}

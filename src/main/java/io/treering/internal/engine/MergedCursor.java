package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.buffer.BufferCursor;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.tree.PageSource;
import io.treering.internal.tree.TreeCursor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// All entries of a held view in order, in both directions: the newest version of each key among buffers and tree,
/// deletes left out.
///
/// **What is copied.** An entry of the tree is shown where it lies, in a pinned frame. An entry of a buffer is copied,
/// because the buffer's memory begins another life as soon as it has been merged; after copying, every buffer is asked
/// whether it is still the one that was opened. If one is not, the registration has been rebased: the cursor adopts the
/// new view and seeks from the last key that it showed, of which it keeps a copy while it reads buffers.
final class MergedCursor implements AutoCloseable {
    private static final int NONE = -1;

    private final PageSource pages;
    private final OverflowRuns overflow;
    private final IoBuffers ioBuffers;
    private final Registration registration;

    private WriteBuffer[] buffers = new WriteBuffer[0];
    private BufferCursor[] bufferCursors = new BufferCursor[0];
    private final TreeCursor tree;

    private final FrameSlice key;
    private final FrameSlice value;

    /// Index of the source of the current entry; `buffers.length` is the tree, [#NONE] no entry.
    private int source = NONE;

    /// Whether the sources stand at or behind the current key (true), or at or before it.
    private boolean forward = true;

    /// The last key shown, kept only while there are buffers to lose.
    private byte[] lastKey = new byte[64];

    private int lastKeyLength = NONE;

    /// Takes its place while a key is sought from which [#resume] goes on.
    private byte[] spareKey = new byte[64];

    /// The tree cursor's key buffer, and behind it a copy of the current entry where it came from a buffer.
    private final MemorySegment workspace;

    private final MemorySegment copies;

    /// Where the current value is a run: its reference, loaded when it is asked for.
    private long overflowReference;

    private long overflowLength = NONE;
    private OverflowRuns.@Nullable LoadedValue overflowValue;

    MergedCursor(
            PageSource pages,
            OverflowRuns overflow,
            IoBuffers ioBuffers,
            Registration registration,
            FrameSlice key,
            FrameSlice value) {
        this.key = key;
        this.value = value;
        this.pages = pages;
        this.overflow = overflow;
        this.ioBuffers = ioBuffers;
        this.registration = registration;
        this.workspace = ioBuffers.take();
        try {
            int keyBytes = TreeCursor.keyBufferBytes(pages.pageSize());
            this.copies = workspace.asSlice(keyBytes);
            View view = registration.view();
            this.tree = new TreeCursor(
                    pages, workspace.asSlice(0, keyBytes), view.rootReference, view.rootLevel, view.generation);
            openBuffers(view);
        } catch (RuntimeException | Error e) {
            ioBuffers.giveBack(workspace);
            throw e;
        }
    }

    /// Each buffer is looked at once: the active one may get its first entry meanwhile.
    private void openBuffers(View view) {
        WriteBuffer[] opened = new WriteBuffer[view.buffers.length];
        BufferCursor[] cursors = new BufferCursor[opened.length];
        int n = 0;
        for (WriteBuffer buffer : view.buffers) {
            if (buffer.holdsAnyUpTo(registration.sequence)) {
                opened[n] = buffer;
                cursors[n++] = buffer.ordered(registration.sequence).cursor();
            }
        }
        buffers = Arrays.copyOf(opened, n);
        bufferCursors = Arrays.copyOf(cursors, n);
    }

    boolean isValid() {
        return source != NONE;
    }

    FrameSlice key() {
        return key;
    }

    /// Where [#value] shows the current value.
    FrameSlice valueSlice() {
        return value;
    }

    /// Whether [#value] has to read an overflow run first.
    boolean valueIsElsewhere() {
        return overflowLength != NONE;
    }

    /// Leaves the current entry; only positioning leads back.
    void clear() {
        leaveEntry();
    }

    /// As [#clear], after a movement has failed: a positioning may be tried again.
    void recover() {
        leaveEntry();
        tree.recover();
    }

    /// The current value; an overflow run is read now.
    FrameSlice value() {
        if (overflowLength != NONE) {
            OverflowRuns.LoadedValue loaded = overflow.load(overflowReference, key.length(), overflowLength);
            overflowValue = loaded;
            overflowLength = NONE;
            value.moveTo(loaded.memory(), loaded.offset(), (int) loaded.length());
        }
        return value;
    }

    boolean first() {
        forward = true;
        return position(null, 0, true);
    }

    boolean last() {
        forward = false;
        return position(null, 0, true);
    }

    /// To the first key at or above the given one.
    boolean seek(byte[] target, int length) {
        forward = true;
        return position(target, length, true);
    }

    /// To the last key at or below the given one.
    boolean seekForPrev(byte[] target, int length) {
        forward = false;
        return position(target, length, true);
    }

    /// To the last key below the given one.
    boolean seekBelow(byte[] target, int length) {
        forward = false;
        return position(target, length, false);
    }

    /// Positions all sources in the present direction, at `target` or from the end where it is null, and picks.
    private boolean position(byte @Nullable [] target, int length, boolean inclusive) {
        leaveEntry();
        if (registration.mustMove()) {
            moveOn();
        }
        while (true) {
            for (BufferCursor cursor : bufferCursors) {
                positionBuffer(cursor, target, length, inclusive);
            }
            positionTree(target, length, inclusive);
            if (pick()) {
                return source != NONE;
            }
            moveOn();
        }
    }

    private void positionBuffer(BufferCursor cursor, byte @Nullable [] target, int length, boolean inclusive) {
        if (target == null) {
            boolean _ = forward ? cursor.first() : cursor.last();
            return;
        }
        boolean valid = forward ? cursor.seek(target, length) : cursor.seekForPrev(target, length);
        if (valid && !inclusive && compareBuffer(cursor, target, length) == 0) {
            boolean _ = forward ? cursor.next() : cursor.previous();
        }
    }

    private void positionTree(byte @Nullable [] target, int length, boolean inclusive) {
        if (target == null) {
            boolean _ = forward ? tree.first() : tree.last();
            return;
        }
        boolean valid = forward ? tree.seek(target, length) : tree.seekForPrev(target, length);
        if (valid
                && !inclusive
                && KeyOrder.compare(target, 0, length, tree.keyMemory(), tree.keyOffset(), tree.keyLength()) == 0) {
            boolean _ = forward ? tree.next() : tree.previous();
        }
    }

    private int compareBuffer(BufferCursor cursor, byte[] target, int length) {
        WriteBuffer buffer = cursor.buffer();
        long entry = cursor.entry();
        long shape = buffer.shape(entry);
        return KeyOrder.compare(
                target, 0, length, buffer.memory(), buffer.keyOffset(entry), BufferEntry.keyLength(shape));
    }

    boolean next() {
        return step(true);
    }

    boolean previous() {
        return step(false);
    }

    private boolean step(boolean ahead) {
        if (registration.mustMove()) {
            rememberKey();
            moveOn();
            return resume(ahead);
        }
        if (ahead != forward) {
            rememberKey();
            return resume(ahead);
        }
        if (buffers.length == 0) {
            releaseValue();
            boolean valid = ahead ? tree.next() : tree.previous();
            return showTree(valid);
        }
        rememberKey();
        advanceSources();
        leaveEntry();
        if (pick()) {
            return source != NONE;
        }
        moveOn();
        return resume(ahead);
    }

    /// Past the last key shown, in the given direction.
    private boolean resume(boolean ahead) {
        forward = ahead;
        // Deleted keys that are met on the way are remembered, too, and then the search may have to begin anew.
        byte[] from = lastKey;
        lastKey = spareKey;
        spareKey = from;
        return position(from, lastKeyLength, false);
    }

    private void rememberKey() {
        lastKeyLength = key.length();
        if (lastKey.length < lastKeyLength) {
            lastKey = new byte[2 * lastKeyLength];
        }
        MemorySegment.copy(key.memory(), JAVA_BYTE, key.offset(), lastKey, 0, lastKeyLength);
    }

    /// Moves every source off the current key.
    private void advanceSources() {
        for (BufferCursor cursor : bufferCursors) {
            if (cursor.isValid() && compareBuffer(cursor, lastKey, lastKeyLength) == 0) {
                boolean _ = forward ? cursor.next() : cursor.previous();
            }
        }
        if (tree.isValid()
                && KeyOrder.compare(lastKey, 0, lastKeyLength, tree.keyMemory(), tree.keyOffset(), tree.keyLength())
                        == 0) {
            boolean _ = forward ? tree.next() : tree.previous();
        }
    }

    /// Finds the next key in order among the sources and shows its newest version.
    ///
    /// @return false if a buffer began another life meanwhile, so that nothing that was seen counts
    private boolean pick() {
        while (true) {
            int best = best();
            if (best < 0 || best == buffers.length) {
                if (!buffersAreCurrent()) {
                    return false;
                }
                showTree(best >= 0);
                return true;
            }
            BufferCursor chosen = bufferCursors[best];
            WriteBuffer buffer = buffers[best];
            long entry = chosen.entry();
            long shape = buffer.shape(entry);
            boolean deleted = BufferEntry.kind(shape) == BufferEntry.DELETE;
            copyEntry(buffer, entry, shape);
            if (!buffersAreCurrent()) {
                leaveEntry();
                return false;
            }
            source = best;
            if (!deleted) {
                return true;
            }
            rememberKey();
            advanceSources();
            leaveEntry();
        }
    }

    private boolean buffersAreCurrent() {
        for (WriteBuffer buffer : buffers) {
            if (!buffer.isCurrent()) {
                return false;
            }
        }
        return true;
    }

    /// The source that comes first in the present direction, the newest on a tie; -1 if all are at their end.
    private int best() {
        int best = NONE;
        MemorySegment bestMemory = MemorySegment.NULL;
        long bestOffset = 0;
        int bestLength = 0;
        for (int i = 0; i < bufferCursors.length; i++) {
            BufferCursor cursor = bufferCursors[i];
            if (!cursor.isValid()) {
                continue;
            }
            WriteBuffer buffer = buffers[i];
            long entry = cursor.entry();
            long offset = buffer.keyOffset(entry);
            int length = BufferEntry.keyLength(buffer.shape(entry));
            if (best == NONE || comesBefore(buffer.memory(), offset, length, bestMemory, bestOffset, bestLength)) {
                best = i;
                bestMemory = buffer.memory();
                bestOffset = offset;
                bestLength = length;
            }
        }
        if (tree.isValid()
                && (best == NONE
                        || comesBefore(
                                tree.keyMemory(),
                                tree.keyOffset(),
                                tree.keyLength(),
                                bestMemory,
                                bestOffset,
                                bestLength))) {
            best = buffers.length;
        }
        return best;
    }

    private boolean comesBefore(
            MemorySegment left,
            long leftOffset,
            int leftLength,
            MemorySegment right,
            long rightOffset,
            int rightLength) {
        int order = KeyOrder.compare(left, leftOffset, leftLength, right, rightOffset, rightLength);
        return forward ? order < 0 : order > 0;
    }

    private void copyEntry(WriteBuffer buffer, long entry, long shape) {
        int keyLength = BufferEntry.keyLength(shape);
        int valueLength = BufferEntry.valueLength(shape);
        MemorySegment room = copies;
        // Lengths of a buffer that began another life may be anything; the caller finds that out right behind the copy.
        long bytes = Math.min((long) keyLength + valueLength, room.byteSize());
        MemorySegment.copy(buffer.memory(), buffer.keyOffset(entry), room, 0, bytes);
        key.moveTo(room, 0, keyLength);
        if (BufferEntry.kind(shape) == BufferEntry.PUT_OVERFLOW && valueLength == OverflowReference.BYTES) {
            showOverflow(room, keyLength);
        } else {
            value.moveTo(room, keyLength, valueLength);
        }
    }

    private void showOverflow(MemorySegment memory, long reference) {
        overflowReference = OverflowReference.reference(memory, reference);
        overflowLength = OverflowReference.valueLength(memory, reference);
        value.clear();
    }

    private boolean showTree(boolean valid) {
        if (!valid) {
            leaveEntry();
            return false;
        }
        source = buffers.length;
        key.moveTo(tree.keyMemory(), tree.keyOffset(), tree.keyLength());
        if (tree.isOverflow()) {
            showOverflow(pages.frames(), tree.valueOffset());
        } else {
            value.moveTo(pages.frames(), tree.valueOffset(), tree.valueLength());
        }
        return true;
    }

    private void releaseValue() {
        overflowLength = NONE;
        OverflowRuns.LoadedValue loaded = overflowValue;
        if (loaded != null) {
            overflowValue = null;
            value.clear();
            loaded.close();
        }
    }

    private void leaveEntry() {
        source = NONE;
        key.clear();
        value.clear();
        releaseValue();
    }

    /// Adopts the view that the registration was rebased to.
    private void moveOn() {
        leaveEntry();
        View view = registration.adopt();
        tree.moveTo(view.rootReference, view.rootLevel, view.generation);
        openBuffers(view);
    }

    @Override
    public void close() {
        leaveEntry();
        tree.close();
        ioBuffers.giveBack(workspace);
        registration.close();
    }
}

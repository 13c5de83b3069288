package io.treering.internal.engine;

import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.HeadRange;

/// What a read sees, apart from the sequence that limits it: the buffers, newest first, and below them a tree.
///
/// Immutable; published by one volatile store. The fields of the root are copied in, so that a point get reaches them
/// without another load.
final class View {
    /// Newest first; the active buffer, if this view was ever the current one, is `buffers[0]`.
    final WriteBuffer[] buffers;

    final Root root;
    final long rootReference;
    final int rootLevel;
    final long generation;
    private final long leastHead;
    private final long greatestHead;

    View(WriteBuffer[] buffers, Root root) {
        this.buffers = buffers;
        this.root = root;
        this.rootReference = root.reference();
        this.rootLevel = root.level();
        this.generation = root.generation();
        this.leastHead = root.heads().least();
        this.greatestHead = root.heads().greatest();
    }

    /// False if the tree has no key with that head, as an empty tree has none. Looks at no page.
    boolean treeMayHold(long head) {
        return HeadRange.holds(leastHead, greatestHead, head);
    }

    WriteBuffer active() {
        return buffers[0];
    }

    /// The oldest buffer behind the active one, which is the next to be merged.
    WriteBuffer oldest() {
        return buffers[buffers.length - 1];
    }

    boolean hasFrozen() {
        return buffers.length > 1;
    }

    /// This view with a new active buffer in front.
    View withActive(WriteBuffer buffer) {
        WriteBuffer[] more = new WriteBuffer[buffers.length + 1];
        more[0] = buffer;
        System.arraycopy(buffers, 0, more, 1, buffers.length);
        return new View(more, root);
    }

    boolean holds(WriteBuffer buffer) {
        for (WriteBuffer held : buffers) {
            if (held == buffer) {
                return true;
            }
        }
        return false;
    }

    /// This view without a buffer that was merged into `newRoot`.
    View without(WriteBuffer merged, Root newRoot) {
        WriteBuffer[] fewer = new WriteBuffer[buffers.length - 1];
        int n = 0;
        for (WriteBuffer held : buffers) {
            if (held != merged) {
                fewer[n++] = held;
            }
        }
        return new View(fewer, newRoot);
    }

    /// This view over another root that holds the same entries.
    View over(Root newRoot) {
        return new View(buffers, newRoot);
    }
}

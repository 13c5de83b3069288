package io.treering.internal.engine;

import io.treering.Cursor;
import io.treering.Slice;
import java.lang.foreign.MemorySegment;

/// A place holder.
public final class EngineCursor implements Cursor {
    private EngineCursor() {}

    @Override
    public boolean first() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean last() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean seek(byte[] key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean seek(MemorySegment key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean seekForPrev(byte[] key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean next() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean previous() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean isValid() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void refresh() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Slice key() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Slice value() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("not built yet");
    }
}

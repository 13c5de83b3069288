package io.treering.internal.engine;

import io.treering.Slice;
import java.lang.foreign.MemorySegment;

/// A place holder.
public final class FrameSlice implements Slice {
    private FrameSlice() {}

    @Override
    public int length() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public byte byteAt(int index) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int intAt(int index) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public long longAt(int index) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public byte[] toByteArray() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int copyTo(byte[] into) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int copyTo(MemorySegment into, long offset) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int compareTo(Slice other) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int compareTo(byte[] other) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean contentEquals(byte[] other) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public String toString() {
        throw new UnsupportedOperationException("not built yet");
    }
}

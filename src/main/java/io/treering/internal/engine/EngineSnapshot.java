package io.treering.internal.engine;

import io.treering.Cursor;
import io.treering.KeyRange;
import io.treering.Scan;
import io.treering.SliceReader;
import io.treering.Snapshot;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A place holder.
public final class EngineSnapshot implements Snapshot {
    private EngineSnapshot() {}

    @Override
    public byte @Nullable [] get(byte[] key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int get(byte[] key, byte[] into) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int get(MemorySegment key, MemorySegment into) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int get(
            MemorySegment key, long keyOffset, int keyLength, MemorySegment into, long intoOffset, int intoLength) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public <R extends @Nullable Object, X extends Exception> @Nullable R read(
            byte[] key, SliceReader<? extends R, X> reader) throws X {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean contains(byte[] key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean contains(MemorySegment key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Scan scan() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Scan scan(byte @Nullable [] from, byte @Nullable [] to) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Scan scan(KeyRange range) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Cursor cursor() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public long sequence() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("not built yet");
    }
}

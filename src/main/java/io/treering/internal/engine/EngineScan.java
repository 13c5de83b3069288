package io.treering.internal.engine;

import io.treering.Scan;
import io.treering.Slice;

/// A place holder.
public final class EngineScan implements Scan {
    private EngineScan() {}

    @Override
    public boolean advance() {
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

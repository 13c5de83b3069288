package io.treering.device;

import org.jspecify.annotations.Nullable;

/// An operation that was over before it was returned.
record EndedOperation(@Nullable RuntimeException failure) implements IoOperation {
    static final EndedOperation WELL = new EndedOperation(null);

    @Override
    public boolean isDone() {
        return true;
    }

    @Override
    public void await() {
        if (failure != null) {
            throw failure;
        }
    }
}

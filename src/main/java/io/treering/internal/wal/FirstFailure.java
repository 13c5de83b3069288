package io.treering.internal.wal;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Keeps the first failure: everything afterwards throws it.
final class FirstFailure {
    private final AtomicReference<@Nullable Throwable> cause = new AtomicReference<>();

    void set(Throwable failure) {
        cause.compareAndSet(null, failure);
    }

    boolean isSet() {
        return cause.get() != null;
    }

    void check() {
        switch (cause.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }
}

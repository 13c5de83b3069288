package io.treering.internal.engine;

import io.treering.PoisonedException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Latches the first failure after which the durable state is unknown. Reads go on, writes are refused, and nothing
/// clears it but opening the partition again: a sync that failed is never tried again, because its second success would
/// mean nothing.
final class Poison {
    private final String name;
    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();

    Poison(String name) {
        this.name = name;
    }

    void set(Throwable failure) {
        if (first.compareAndSet(null, failure)) {
            try {
                // Looked up here: loading the JDK's logging is a part of opening that hardly any partition needs.
                System.getLogger("io.treering")
                        .log(System.Logger.Level.ERROR, name + " refuses writes until it is reopened", failure);
            } catch (RuntimeException | Error notLogged) {
                // Writes are refused all the same, with the failure as the cause.
                failure.addSuppressed(notLogged);
            }
        }
    }

    boolean isSet() {
        return first.get() != null;
    }

    @Nullable
    Throwable cause() {
        return first.get();
    }

    void check() {
        if (first.get() != null) {
            throw exception();
        }
    }

    /// What every write is answered with, once there was a failure.
    PoisonedException exception() {
        Throwable failure = Objects.requireNonNull(first.get(), "nothing has failed");
        return new PoisonedException(
                name + " refuses writes until it is reopened, since this failed: " + failure.getMessage(), failure);
    }
}

package io.treering.internal.bytes;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// The one seam through which a thread waits for another: a simulation that runs everything on one thread replaces it.
///
/// A wait is never cut short by an interrupt; the interrupt status is kept.
@FunctionalInterface
public interface Waiter {
    /// Spins for a moment, then parks in growing steps of at most 200 µs.
    Waiter PARKING = Waiter::park;

    /// Returns once `condition` holds.
    void await(BooleanSupplier condition);

    private static void park(BooleanSupplier condition) {
        for (int i = 0; i < 200; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.onSpinWait();
        }
        boolean interrupted = Thread.interrupted();
        try {
            for (long nanos = 5_000; !condition.getAsBoolean(); nanos = Math.min(nanos * 2, 200_000)) {
                LockSupport.parkNanos(nanos);
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

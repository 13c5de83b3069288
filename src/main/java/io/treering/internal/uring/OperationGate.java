package io.treering.internal.uring;

import io.treering.ClosedException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Counts the operations that are inside, and closes once: what comes later is refused, what is inside is waited for.
public final class OperationGate {
    private static final long CLOSED = Long.MIN_VALUE;
    private static final long POLL_NANOS = 1_000_000;

    private final String what;

    /// The count, and [#CLOSED] in the sign.
    private final AtomicLong state = new AtomicLong();

    /// @param what the closed thing's name in messages
    public OperationGate(String what) {
        this.what = what;
    }

    /// Goes in. Must be followed by one [#exit()].
    public void enter() {
        for (long seen = state.get(); ; seen = state.get()) {
            if (seen < 0) {
                throw new ClosedException(what);
            }
            if (state.weakCompareAndSetVolatile(seen, seen + 1)) {
                return;
            }
        }
    }

    /// Goes out.
    public void exit() {
        long left = state.decrementAndGet();
        // From 0, one goes to -1; from the closed gate's 0, to the largest of all.
        assert left != -1 && left != Long.MAX_VALUE : "more exits than entries";
    }

    /// Whether the gate was closed.
    public boolean isClosed() {
        return state.get() < 0;
    }

    /// Closes the gate, and returns true to the first who does so.
    public boolean close() {
        return (state.getAndAccumulate(CLOSED, (seen, closed) -> seen | closed) & CLOSED) == 0;
    }

    /// Waits until everybody is out, whatever interrupts. To be called after [#close()].
    public void awaitEmpty() {
        boolean interrupted = false;
        // Closing is rare and mostly finds nobody inside: polling spares every operation the search for a closer.
        while (state.get() != CLOSED) {
            LockSupport.parkNanos(this, POLL_NANOS);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

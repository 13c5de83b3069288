package io.treering.internal.uring;

import org.jspecify.annotations.Nullable;

/// What threads hand to the event loop.
abstract sealed class RingTask extends PendingOperation permits RingOperation, RingCommand {
    RingTask(@Nullable OperationGate gate) {
        super(gate);
    }

    /// Ends it without having it done.
    abstract void fail(Throwable cause);

    /// See [PendingOperation#signal]; the loop's thread ends first and signals later.
    final void wakeWaiters() {
        signal();
    }
}

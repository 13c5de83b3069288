package io.treering.internal.uring;

import java.util.function.IntSupplier;

/// Something to be done on the loop's thread, apart from I/O: registrations.
final class RingCommand extends RingTask {
    private final IntSupplier work;
    private int result;

    RingCommand(IntSupplier work) {
        super(null);
        this.work = work;
    }

    /// On the loop's thread.
    void run() {
        result = work.getAsInt();
        end(null);
    }

    /// What the work returned. After [#await()].
    int result() {
        return result;
    }

    @Override
    void fail(Throwable cause) {
        end(() -> RingLoop.dead("an event loop's command", cause));
    }
}

package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.testing.Linearizability;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Calls against closing: one that is inside is waited for, one that comes later is refused.
@Tag("lincheck")
final class LifecycleLincheckTest {
    @Test
    void noCallInsideFindsTheMemoryGone() {
        Linearizability.assertSound(Linearizability.modelChecked(1, 300), Calls.class);
    }

    @Test
    void aCloserThatDoesNotWaitIsSeenToBeWrong() {
        Linearizability.assertBroken(Linearizability.modelChecked(20, 300), CallsThatAreNotAwaited.class);
    }

    public static final class Calls {
        private final Lifecycle lifecycle = new Lifecycle("the tested store");
        private volatile boolean gone;

        @Operation
        public String call() {
            return callInside(lifecycle, () -> gone);
        }

        @Operation(blocking = true)
        public boolean close() {
            boolean first = lifecycle.beginClose();
            lifecycle.awaitIdle(condition -> {
                while (!condition.getAsBoolean()) {
                    Thread.onSpinWait();
                }
            });
            gone = true;
            return first;
        }
    }

    private static String callInside(Lifecycle lifecycle, java.util.function.BooleanSupplier gone) {
        try {
            lifecycle.enter();
        } catch (ClosedException e) {
            return "refused";
        }
        try {
            return gone.getAsBoolean() ? "gone" : "answered";
        } finally {
            lifecycle.leave();
        }
    }

    /// Broken on purpose: the memory goes while calls are inside.
    public static final class CallsThatAreNotAwaited {
        private final Lifecycle lifecycle = new Lifecycle("the tested store");
        private volatile boolean gone;

        @Operation
        public String call() {
            return callInside(lifecycle, () -> gone);
        }

        @Operation
        public boolean close() {
            boolean first = lifecycle.beginClose();
            gone = true;
            return first;
        }
    }
}

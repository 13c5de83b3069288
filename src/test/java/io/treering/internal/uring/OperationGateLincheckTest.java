package io.treering.internal.uring;

import io.treering.ClosedException;
import io.treering.testing.Linearizability;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Use against closing: whoever is inside finds the thing whole, and it goes when nobody is inside any more.
@Tag("lincheck")
final class OperationGateLincheckTest {
    @Test
    void nobodyInsideFindsTheThingGone() {
        Linearizability.assertSound(Linearizability.modelChecked(1, 300), Gate.class);
    }

    @Test
    void aGateThatLooksBeforeItCountsIsSeenToBeWrong() {
        Linearizability.assertBroken(Linearizability.modelChecked(20, 300), GateThatLooksFirst.class);
    }

    public static final class Gate {
        private final OperationGate gate = new OperationGate("the tested thing");
        private volatile boolean gone;

        @Operation
        public String use() {
            try {
                gate.enter();
            } catch (ClosedException e) {
                return "refused";
            }
            try {
                return gone ? "gone" : "used";
            } finally {
                gate.exit();
            }
        }

        @Operation(blocking = true)
        public boolean close() {
            boolean first = gate.close();
            gate.awaitEmpty();
            gone = true;
            return first;
        }
    }

    /// Broken on purpose: between the look and the count, the gate may close.
    public static final class GateThatLooksFirst {
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean closed;
        private volatile boolean gone;

        @Operation
        public String use() {
            if (closed) {
                return "refused";
            }
            inside.incrementAndGet();
            try {
                return gone ? "gone" : "used";
            } finally {
                inside.decrementAndGet();
            }
        }

        @Operation(blocking = true)
        public boolean close() {
            boolean first = !closed;
            closed = true;
            while (inside.get() > 0) {
                Thread.onSpinWait();
            }
            gone = true;
            return first;
        }
    }
}

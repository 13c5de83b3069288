package io.treering.internal.uring;

import io.treering.ClosedException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A use against a close that lets the thing go once nobody is inside.
public final class OperationGateStress {
    private static final int REFUSED = 0;
    private static final int WHOLE = 1;
    private static final int GONE = 2;

    private OperationGateStress() {}

    /// The gate of production. What goes is a plain field: the gate has to order it.
    @JCStressTest
    @Outcome(
            id = {"0", "1"},
            expect = Expect.ACCEPTABLE,
            desc = "Refused, or used while it was there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Used when it was gone.")
    @State
    public static class Counted {
        private final OperationGate gate = new OperationGate("the tested thing");
        private boolean gone;

        @Actor
        public void use(I_Result r) {
            try {
                gate.enter();
            } catch (ClosedException e) {
                r.r1 = REFUSED;
                return;
            }
            r.r1 = gone ? GONE : WHOLE;
            gate.exit();
        }

        @Actor
        public void close() {
            gate.close();
            gate.awaitEmpty();
            gone = true;
        }
    }

    /// Broken on purpose: between the look and the count, the gate may close.
    @JCStressTest
    @Outcome(
            id = {"0", "1"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Used when it was gone.")
    @State
    public static class LooksFirstCanary {
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean closed;
        private volatile boolean gone;

        @Actor
        public void use(I_Result r) {
            if (closed) {
                r.r1 = REFUSED;
                return;
            }
            inside.incrementAndGet();
            r.r1 = gone ? GONE : WHOLE;
            inside.decrementAndGet();
        }

        @Actor
        public void close() {
            closed = true;
            while (inside.get() > 0) {
                Thread.onSpinWait();
            }
            gone = true;
        }
    }
}

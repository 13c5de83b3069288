package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.internal.Window;
import io.treering.internal.bytes.Waiter;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A call against a close that frees the memory once no call is inside.
public final class LifecycleStress {
    private static final int REFUSED = 0;
    private static final int WHOLE = 1;
    private static final int GONE = 2;

    private LifecycleStress() {}

    abstract static class Store {
        final Lifecycle lifecycle = new Lifecycle("the tested store");
        boolean gone;

        final int call() {
            try {
                lifecycle.enter();
            } catch (ClosedException e) {
                return REFUSED;
            }
            int found = gone ? GONE : WHOLE;
            lifecycle.leave();
            return found;
        }
    }

    /// As production closes.
    @JCStressTest
    @Outcome(
            id = {"0", "1"},
            expect = Expect.ACCEPTABLE,
            desc = "Refused, or answered from memory that was there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Answered from memory that was gone.")
    @State
    public static class Awaited extends Store {
        @Actor
        public void reader(I_Result r) {
            r.r1 = call();
        }

        @Actor
        public void closer() {
            lifecycle.beginClose();
            lifecycle.awaitIdle(Waiter.PARKING);
            gone = true;
        }
    }

    /// Broken on purpose: the memory goes while calls are inside.
    @JCStressTest
    @Outcome(
            id = {"0", "1"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Answered from memory that was gone.")
    @State
    public static class UnawaitedCanary extends Store {
        @Actor
        public void reader(I_Result r) {
            try {
                lifecycle.enter();
            } catch (ClosedException e) {
                r.r1 = REFUSED;
                return;
            }
            Window.await(() -> gone);
            r.r1 = gone ? GONE : WHOLE;
            lifecycle.leave();
        }

        @Actor
        public void closer() {
            lifecycle.beginClose();
            gone = true;
        }
    }
}

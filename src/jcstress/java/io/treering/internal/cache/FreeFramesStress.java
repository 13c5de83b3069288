package io.treering.internal.cache;

import io.treering.internal.Window;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// A pop against pops and pushes that bring the same frame back to the top: the counter in the head lets the pop fail.
public final class FreeFramesStress {
    private FreeFramesStress() {}

    /// The stack of production.
    @JCStressTest
    @Outcome(id = "0, 2, 1", expect = Expect.ACCEPTABLE, desc = "The single pop comes first.")
    @Outcome(id = "1, 2, 0", expect = Expect.ACCEPTABLE, desc = "It comes between the two pops.")
    @Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "It comes behind both, or last.")
    @Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "It comes behind the push.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A frame has two holders.")
    @State
    public static class Counted {
        private final FreeFrames free = new FreeFrames(3);

        @Actor
        public void pop(III_Result r) {
            r.r1 = free.pop();
        }

        @Actor
        public void popTwoAndReturnOne(III_Result r) {
            int first = free.pop();
            r.r2 = free.pop();
            free.push(first);
            r.r3 = free.pop();
        }
    }

    /// Broken on purpose: the head is the frame alone.
    @JCStressTest
    @Outcome(
            id = {"0, 2, 1", "1, 2, 0", "2, 1, 0", "0, 1, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A frame has two holders.")
    @State
    public static class UncountedCanary {
        private final AtomicLong head = new AtomicLong();
        private final int[] below = {1, 2, -1};
        private volatile boolean returned;

        @Actor
        public void pop(III_Result r) {
            r.r1 = pop(() -> returned);
        }

        @Actor
        public void popTwoAndReturnOne(III_Result r) {
            int first = pop(() -> true);
            r.r2 = pop(() -> true);
            push(first);
            returned = true;
            Window.await(() -> head.get() != first);
            r.r3 = pop(() -> true);
        }

        private int pop(BooleanSupplier other) {
            while (true) {
                long top = head.get();
                if (top < 0) {
                    return -1;
                }
                int next = below[(int) top];
                Window.await(other);
                if (head.compareAndSet(top, next)) {
                    return (int) top;
                }
            }
        }

        private void push(int frame) {
            if (frame < 0) {
                return;
            }
            long top;
            do {
                top = head.get();
                below[frame] = (int) top;
            } while (!head.compareAndSet(top, frame));
        }
    }
}

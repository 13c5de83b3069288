package io.treering.internal.uring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// How the event loop falls asleep and is woken, as [RingLoop] says it, on the queue that it uses. The loop itself
/// needs a ring, and is tried by `RingLoopTest` and `RingLoopLincheckTest`.
public final class WakeUpStress {
    private static final int CHUNK = 8;
    private static final Integer TASK = 1;

    private WakeUpStress() {}

    abstract static class Loop {
        static final VarHandle SLEEPING;

        static {
            try {
                SLEEPING = MethodHandles.lookup().findVarHandle(Loop.class, "sleeping", boolean.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        final MpscUnboundedVarHandleArrayQueue<Integer> queue = new MpscUnboundedVarHandleArrayQueue<>(CHUNK);
        boolean sleeping;

        /// @return 1 if the doorbell was rung
        final int submit() {
            queue.offer(TASK);
            boolean asleep = (boolean) SLEEPING.getVolatile(this);
            return asleep && SLEEPING.compareAndSet(this, true, false) ? 1 : 0;
        }
    }

    /// Says that it sleeps, then looks at the queue's indices.
    @JCStressTest
    @Outcome(
            id = {"0, 0", "1, 0", "1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "It saw the task, or was woken.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "It sleeps, and nobody wakes it.")
    @State
    public static class Announced extends Loop {
        @Actor
        public void producer(II_Result r) {
            r.r1 = submit();
        }

        @Actor
        public void loop(II_Result r) {
            SLEEPING.setVolatile(this, true);
            r.r2 = queue.isEmpty() ? 1 : 0;
        }
    }

    /// Broken on purpose: it looks first.
    @JCStressTest
    @Outcome(
            id = {"0, 0", "1, 0", "1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "It sleeps, and nobody wakes it.")
    @State
    public static class LooksFirstCanary extends Loop {
        @Actor
        public void producer(II_Result r) {
            r.r1 = submit();
        }

        @Actor
        public void loop(II_Result r) {
            boolean empty = queue.isEmpty();
            SLEEPING.setVolatile(this, true);
            r.r2 = empty ? 1 : 0;
        }
    }
}

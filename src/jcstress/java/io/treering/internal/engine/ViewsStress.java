package io.treering.internal.engine;

import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.HeadRange;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/// A view is seen whole, whoever published it.
public final class ViewsStress {
    private ViewsStress() {}

    abstract static class OneView {
        final Views views = new Views(new View(new WriteBuffer[0], new Root(1, 0, 1, HeadRange.ALL)), () -> 0);

        final void publishNext() {
            views.publish(new Root(2, 0, 2, HeadRange.ALL));
        }
    }

    /// As production publishes.
    @JCStressTest
    @Outcome(
            id = {"1, 1", "2, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "One view or the other.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Parts of two.")
    @State
    public static class Published extends OneView {
        @Actor
        public void flusher() {
            publishNext();
        }

        @Actor
        public void reader(JJ_Result r) {
            View view = views.current();
            r.r1 = view.rootReference;
            r.r2 = view.generation;
        }
    }

    /// Broken on purpose: the parts come from two looks.
    @JCStressTest
    @Outcome(
            id = {"1, 1", "2, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Parts of two.")
    @State
    public static class TwoLooksCanary extends OneView {
        @Actor
        public void flusher() {
            publishNext();
        }

        @Actor
        public void reader(JJ_Result r) {
            r.r1 = views.current().rootReference;
            r.r2 = views.current().generation;
        }
    }
}

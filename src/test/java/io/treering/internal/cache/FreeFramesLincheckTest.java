package io.treering.internal.cache;

import io.treering.testing.Linearizability;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The stack of free frames, whose head counts its changes lest a pop be deceived by a frame that went and came back.
@Tag("lincheck")
final class FreeFramesLincheckTest {
    private static final int FRAMES = 3;
    private static final int THREADS = 4;

    @Test
    void popsAndPushesAreThoseOfAStack() {
        Linearizability.assertSound(deceiving(Stack.class), Stack.class);
    }

    @Test
    void aStackThatDoesNotCountIsSeenToBeWrong() {
        Linearizability.assertBroken(deceiving(StackWithoutCounter.class), StackWithoutCounter.class);
    }

    /// One thread takes a frame; the other takes two and gives the first back, so that the top is the same again and
    /// what lies below it is not.
    private static Options<?, ?> deceiving(Class<?> stack) {
        return Linearizability.modelChecked(0, 3_000)
                .addCustomScenario(Linearizability.scenario(stack, "take 0", "take 1, take 1, giveBack 1, take 1"));
    }

    /// Threads that take frames and give back the one that they have had for longest.
    abstract static class Frames {
        private final List<ArrayDeque<Integer>> held = new ArrayList<>();

        Frames() {
            for (int thread = 0; thread < THREADS; thread++) {
                held.add(new ArrayDeque<>());
            }
        }

        abstract int pop();

        abstract void push(int frame);

        final int takeFor(int thread) {
            int frame = pop();
            if (frame >= 0) {
                held.get(thread).addLast(frame);
            }
            return frame;
        }

        final int giveBackFor(int thread) {
            Integer frame = held.get(thread).pollFirst();
            if (frame == null) {
                return -1;
            }
            push(frame);
            return frame;
        }
    }

    /// The stack of production.
    @Param(name = "thread", gen = ThreadIdGen.class)
    public static final class Stack extends Frames {
        private final FreeFrames free = new FreeFrames(FRAMES);

        @Operation
        public int take(@Param(name = "thread") int thread) {
            return takeFor(thread);
        }

        @Operation
        public int giveBack(@Param(name = "thread") int thread) {
            return giveBackFor(thread);
        }

        @Override
        int pop() {
            return free.pop();
        }

        @Override
        void push(int frame) {
            free.push(frame);
        }
    }

    /// Broken on purpose: the head is the frame alone.
    @Param(name = "thread", gen = ThreadIdGen.class)
    public static final class StackWithoutCounter extends Frames {
        private final AtomicLong head = new AtomicLong(0);
        private final int[] below = {1, 2, -1};

        @Operation
        public int take(@Param(name = "thread") int thread) {
            return takeFor(thread);
        }

        @Operation
        public int giveBack(@Param(name = "thread") int thread) {
            return giveBackFor(thread);
        }

        @Override
        int pop() {
            while (true) {
                long top = head.get();
                if (top < 0) {
                    return -1;
                }
                if (head.compareAndSet(top, below[(int) top])) {
                    return (int) top;
                }
            }
        }

        @Override
        void push(int frame) {
            long top;
            do {
                top = head.get();
                below[frame] = (int) top;
            } while (!head.compareAndSet(top, frame));
        }
    }
}

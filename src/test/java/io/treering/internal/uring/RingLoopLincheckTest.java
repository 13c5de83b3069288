package io.treering.internal.uring;

import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.SystemCalls;
import io.treering.testing.Linearizability;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Submissions to a loop that falls asleep at once: one that was not seen would be waited for for ever, which Lincheck
/// reports as a hang. The protocol of its sleep is tried in each interleaving, too.
@Tag("lincheck")
final class RingLoopLincheckTest {
    @Test
    void everySubmissionIsSeenByTheLoop() throws RingRefusedException {
        RingFixture.requireRing();
        Reads.loop = RingFixture.loop(4, 0);
        Linearizability.assertSound(Linearizability.stressed(2, 300), Reads.class);
        Reads.loop.close();
    }

    @Test
    void theProtocolOfItsSleepIsSound() {
        Linearizability.assertSound(submissionAgainstSleep(Sleeper.class), Sleeper.class);
    }

    @Test
    void aLoopThatDoesNotLookAtTheQueueAgainIsSeenToBeWrong() {
        Linearizability.assertBroken(
                submissionAgainstSleep(SleeperThatDoesNotLookAgain.class), SleeperThatDoesNotLookAgain.class);
    }

    private static Options<?, ?> submissionAgainstSleep(Class<?> type) {
        return Linearizability.onlyModelChecked(300)
                .addCustomScenario(Linearizability.scenarioAndThen(type, "isTaskForgotten", "submit", "turn"));
    }

    public static final class Reads {
        private static RingLoop loop;

        private static final Arena ARENA = Arena.global();
        private static final int ZEROS =
                SystemCalls.open(ARENA.allocateFrom("/dev/zero").address(), LinuxConstants.O_RDONLY, 0);
        private static final RingFile FILE = new RingFile("zeros", ZEROS, new OperationGate("the test's file"));
        private static final ThreadLocal<MemorySegment> MEMORY = ThreadLocal.withInitial(() -> ARENA.allocate(8, 8));

        @Operation
        public long read() {
            MemorySegment memory = MEMORY.get();
            memory.set(ValueLayout.JAVA_LONG, 0, 7);
            loop.read(FILE, 0, memory).await();
            return memory.get(ValueLayout.JAVA_LONG, 0);
        }

        @Operation
        public int command() {
            return loop.command(() -> 5);
        }
    }

    /// How [RingLoop] falls asleep and is woken, on the queue that it uses, without a ring and without a wait.
    public abstract static class Sleep {
        private final MpscUnboundedVarHandleArrayQueue<Integer> queue = new MpscUnboundedVarHandleArrayQueue<>(8);
        private final AtomicBoolean sleeping = new AtomicBoolean();
        private final boolean looksAgain;

        Sleep(boolean looksAgain) {
            this.looksAgain = looksAgain;
        }

        @Operation
        public void submit() {
            queue.offer(1);
            if (sleeping.get()) {
                sleeping.compareAndSet(true, false);
            }
        }

        @Operation
        public void turn() {
            if (queue.poll() == null) {
                sleeping.set(true);
                if (looksAgain && !queue.isEmpty()) {
                    sleeping.set(false);
                }
            }
        }

        /// Whether the loop sleeps, and nobody will wake it.
        @Operation
        public boolean isTaskForgotten() {
            return sleeping.get() && !queue.isEmpty();
        }
    }

    public static final class Sleeper extends Sleep {
        public Sleeper() {
            super(true);
        }
    }

    /// Broken on purpose: a task that comes between the look at the queue and the sleep is not seen.
    public static final class SleeperThatDoesNotLookAgain extends Sleep {
        public SleeperThatDoesNotLookAgain() {
            super(false);
        }
    }
}

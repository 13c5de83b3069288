package io.treering.internal.uring;

import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.SystemCalls;
import io.treering.testing.Linearizability;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Submissions to a loop that falls asleep at once: one that was not seen would be waited for for ever, which Lincheck
/// reports as a hang.
@Tag("lincheck")
final class RingLoopLincheckTest {
    @Test
    void everySubmissionIsSeenByTheLoop() throws RingRefusedException {
        RingFixture.requireRing();
        Reads.loop = RingFixture.loop(4, 0);
        Linearizability.assertSound(Linearizability.stressed(2, 300), Reads.class);
        Reads.loop.close();
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
}

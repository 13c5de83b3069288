package io.treering.internal.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.internal.linux.Errno;
import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RingTest {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment word = arena.allocate(ValueLayout.JAVA_LONG);
    private int zeros;

    @BeforeEach
    void openSomethingToReadFrom() {
        RingFixture.requireRing();
        zeros = SystemCalls.open(arena.allocateFrom("/dev/zero").address(), LinuxConstants.O_RDONLY, 0);
    }

    @AfterEach
    void closeIt() {
        SystemCalls.close(zeros);
        arena.close();
    }

    private void prepare(Ring ring, long userData) {
        ring.prepare(UringLayout.OP_READ, 0, zeros, 0, word.address(), 8, 0, userData);
    }

    @ParameterizedTest
    @MethodSource("flags")
    void whatIsSubmittedIsCompletedOnceHoweverOftenTheRingGoesRound(int flags) throws RingRefusedException {
        Ring ring;
        try {
            ring = Ring.open(4, 8, flags);
        } catch (RingRefusedException e) {
            assumeTrue(false, "skipped: flags 0x" + Integer.toHexString(flags) + ": " + e.reason());
            return;
        }
        ring.enable();
        assertEquals(flags, ring.flags() & flags);
        long next = 0;
        for (int round = 0; round < 500; round++) {
            int batch = round % (ring.entries() + 1);
            Set<Long> expected = new HashSet<>();
            for (int i = 0; i < batch; i++) {
                expected.add(next);
                prepare(ring, next++);
            }
            assertEquals(ring.entries() - batch, ring.room());
            assertEquals(batch, ring.enter(batch));
            assertEquals(0, ring.unsubmitted());
            assertEquals(batch, ring.completions());
            for (int i = 0; i < batch; i++) {
                assertEquals(8, ring.completedResult());
                assertTrue(expected.remove(ring.completedUserData()));
                ring.advance();
            }
        }
        ring.close();
    }

    static Stream<Integer> flags() {
        int single = UringLayout.SETUP_SINGLE_ISSUER;
        int deferred = single | UringLayout.SETUP_DEFER_TASKRUN | UringLayout.SETUP_TASKRUN_FLAG;
        return Stream.of(
                deferred | UringLayout.SETUP_NO_SQARRAY | UringLayout.SETUP_SUBMIT_ALL,
                deferred,
                single | UringLayout.SETUP_COOP_TASKRUN | UringLayout.SETUP_TASKRUN_FLAG,
                UringLayout.SETUP_COOP_TASKRUN,
                0);
    }

    @Test
    void flagsThatTheKernelDoesNotKnowAreSteppedDownFrom() throws RingRefusedException {
        int unknown = 1 << 30;
        Ring ring = Ring.open(4, 8, unknown, UringLayout.SETUP_SUBMIT_ALL, 0);
        assertEquals(UringLayout.SETUP_SUBMIT_ALL, ring.flags() & (unknown | UringLayout.SETUP_SUBMIT_ALL));
        ring.close();
        var e = assertThrows(RingRefusedException.class, () -> Ring.open(4, 8, unknown));
        assertTrue(e.reason().contains("EINVAL"), e.reason());
    }

    @Test
    void anEntryThatTheKernelDidNotTakeCanBeTakenBack() throws RingRefusedException {
        Ring ring = Ring.open(4, 8);
        ring.enable();
        prepare(ring, 1);
        prepare(ring, 2);
        assertEquals(2, ring.takeBack());
        assertEquals(1, ring.enter(1));
        assertEquals(1, ring.completedUserData());
        ring.close();
    }

    @Test
    void aRingHasRoomForTheCompletionsThatWereAskedFor() throws RingRefusedException {
        Ring ring = Ring.open(4, 1024);
        assertEquals(1024, ring.completionEntries());
        ring.close();
    }

    @Test
    void onlyItsOwnerEntersASingleIssuersRing() throws Exception {
        Ring ring = Ring.open(4, 8);
        ring.enable();
        assumeTrue((ring.flags() & UringLayout.SETUP_SINGLE_ISSUER) != 0, "skipped: the kernel has no single issuers");
        int[] result = new int[1];
        Thread other = Thread.ofPlatform().start(() -> result[0] = ring.enter(0));
        other.join();
        assertEquals(-Errno.EEXIST, result[0]);
        ring.close();
    }
}

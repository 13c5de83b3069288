package io.treering.internal.uring;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.device.EventLoopConfig;
import io.treering.internal.linux.SystemCalls;

/// What the ring's tests need.
final class RingFixture {
    private RingFixture() {}

    /// Skips the test, saying why, where the kernel has no ring for us.
    static void requireRing() {
        assumeTrue(SystemCalls.refusal() == null, "skipped: " + SystemCalls.refusal());
        try {
            Ring.open(1, 2).close();
        } catch (RingRefusedException e) {
            assumeTrue(false, "skipped: " + e.reason());
        }
    }

    static RingLoop loop(int entries, int spins) throws RingRefusedException {
        return RingLoop.open(EventLoopConfig.builder()
                .ringEntries(entries)
                .spins(spins)
                .threadName("tested-loop")
                .build());
    }
}

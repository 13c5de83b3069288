package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.Waiter;
import io.treering.internal.wal.Parking;
import java.lang.foreign.Arena;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What writers pay, by a clock that only moves when somebody pauses or a merge goes on.
class WritePaceTest {
    private static final int BUFFER = 1 << 20;
    private static final long MERGE_NANOS = 10L * BUFFER;
    private static final int WRITES = 20_000;
    private static final int WRITE = 100;

    private final Clock clock = new Clock();
    private final WritePace pace = new WritePace(clock);

    private static final class Clock implements EngineRuntime {
        private long now;
        private long paused;
        private long longestPause;
        private long lateness;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void pause(long nanos) {
            now += nanos + lateness;
            paused += nanos + lateness;
            longestPause = Math.max(longestPause, nanos);
        }

        @Override
        public Waiter waiter() {
            throw new AssertionError();
        }

        @Override
        public Parking parking() {
            throw new AssertionError();
        }

        @Override
        public Arena openArena() {
            throw new AssertionError();
        }

        @Override
        public UUID newStoreId() {
            throw new AssertionError();
        }

        @Override
        public Worker worker(String name, Task task) {
            throw new AssertionError();
        }
    }

    private void merge(long nanos) {
        pace.begin();
        clock.now += nanos;
        pace.end(BUFFER);
    }

    /// What a byte costs when many are written at the same distance, in nanoseconds.
    private double costOfAByte(double behind) {
        long before = clock.paused;
        long written = 0;
        long next = 0;
        long paid = 0;
        for (int i = 0; i < WRITES; i++) {
            if (written >= next) {
                next = written + pace.pay(written - paid, behind);
                paid = written;
            }
            written += WRITE;
        }
        return (double) (clock.paused - before) / written;
    }

    @Test
    void nothingIsPaidBeforeThereWasAMerge() {
        assertEquals(0, costOfAByte(2.9));
    }

    @Test
    void whoIsNotAheadPaysNothing() {
        merge(MERGE_NANOS);
        assertEquals(0, costOfAByte(0));
        assertEquals(0, costOfAByte(1));
    }

    @Test
    void thePriceRisesUpToWhatAMergeTakesAndThenFaster() {
        merge(MERGE_NANOS);
        assertEquals(1, costOfAByte(1.1), 0.05);
        assertEquals(5, costOfAByte(1.5), 0.2);
        assertEquals(10, costOfAByte(2), 0.3);
        assertEquals(10 * 1.5 * 1.5 * 1.5 * 1.5, costOfAByte(2.5), 1.5);
        assertEquals(160, costOfAByte(3), 5);
    }

    @Test
    void theLastMergeCountsAsMuchAsAllBeforeIt() {
        merge(MERGE_NANOS);
        merge(3 * MERGE_NANOS);
        assertEquals(20, costOfAByte(2), 0.6);
        merge(0);
        assertEquals(10, costOfAByte(2), 0.3);
    }

    /// The operating system lets nobody sleep for as short as that.
    @Test
    void aPauseThatTookLongerCountsForThoseThatFollow() {
        merge(MERGE_NANOS);
        clock.lateness = 60_000;
        assertEquals(10, costOfAByte(2), 0.6);
        assertEquals(2, costOfAByte(1.2), 0.2);
    }

    @Test
    void noPauseIsMuchLongerThanItsPriceNeeds() {
        merge(MERGE_NANOS);
        double _ = costOfAByte(2);
        assertTrue(clock.longestPause < 200_000, () -> clock.longestPause + " ns");
        double _ = costOfAByte(3);
        assertTrue(clock.longestPause < 1_500_000, () -> clock.longestPause + " ns");
    }

    @Test
    void aLargeWriteIsHeldUpForSoLongAtMost() {
        merge(MERGE_NANOS);
        long _ = pace.pay(BUFFER, 3);
        assertEquals(50_000_000, clock.longestPause);
    }

    @Test
    void aLogThatIsNearlyFullIsAsGoodAsBuffersThatAre() {
        pace.begin();
        assertEquals(0, pace.behindBy(0));
        assertEquals(0, pace.behindBy(0.75));
        assertEquals(2, pace.behindBy(0.875));
        assertEquals(3, pace.behindBy(1));
    }

    /// A log smaller than a buffer is full before anything is frozen.
    @Test
    void whereNobodyMakesRoomInTheLogItIsNoUseToWait() {
        assertEquals(0, pace.behindBy(1));
        merge(MERGE_NANOS);
        assertEquals(0, pace.behindBy(1));
    }
}

package io.treering.internal.engine;

import io.treering.internal.bytes.Waiter;
import io.treering.internal.wal.Parking;
import java.lang.foreign.Arena;
import java.util.UUID;

/// Time, chance, waiting, memory and background threads, passed in so that a test can run a whole engine on one thread
/// from one seed.
public interface EngineRuntime {
    /// Virtual threads, the system's clock, parking waits, mapped memory.
    static EngineRuntime threads() {
        return ThreadedRuntime.INSTANCE;
    }

    /// A clock that only moves forward.
    long nanoTime();

    /// How a thread waits for another.
    Waiter waiter();

    /// Returns after so many nanoseconds, or a little more.
    void pause(long nanos);

    /// How a thread waits for another thread's group of the log.
    Parking parking();

    /// Memory outside of the Java heap, for all threads, given back as a whole. What is aligned to 4,096 bytes reads as
    /// zeros.
    Arena openArena();

    /// A name for a store that is being made, which no other store has.
    UUID newStoreId();

    /// From which page on the free pages of a store that is opened are taken. Any page is as right as another, so
    /// a test can have them handed out in orders that a store comes to only after long use.
    ///
    /// @param filePages the store's size
    /// @return from 0 on, below the size
    default int firstSearched(int filePages) {
        return 0;
    }

    /// Work that goes on beside the callers, from when it is first woken.
    Worker worker(String name, Task task);

    /// Work done in steps.
    @FunctionalInterface
    interface Task {
        /// The task sleeps until it is woken.
        long UNTIL_WOKEN = Long.MAX_VALUE;

        /// Does what is due, without throwing.
        ///
        /// @return after how many nanoseconds to be called again, 0 for at once, unless it is woken before
        long step();
    }

    /// A task and what carries it out.
    interface Worker {
        /// Something to do has turned up.
        void wake();

        /// No further step begins; returns when the one in progress has ended.
        void stop();
    }
}

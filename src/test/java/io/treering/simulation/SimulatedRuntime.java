package io.treering.simulation;

import io.treering.internal.bytes.Waiter;
import io.treering.internal.engine.EngineRuntime;
import io.treering.internal.wal.Parking;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The engine's time, chance, waits and background threads, all in the hands of a [Scheduler], and its memory.
final class SimulatedRuntime implements EngineRuntime {
    private final Scheduler scheduler;
    private final SimulatedMemory memory;

    SimulatedRuntime(Scheduler scheduler, SimulatedMemory memory) {
        this.scheduler = scheduler;
        this.memory = memory;
    }

    @Override
    public long nanoTime() {
        return scheduler.now();
    }

    @Override
    public Waiter waiter() {
        return scheduler::await;
    }

    /// Whoever pauses may go on at once, as if all others were as slow as that: else the flusher would nearly always
    /// be done before a write goes on.
    @Override
    public void pause(long nanos) {
        scheduler.elapse(nanos);
        scheduler.pass();
    }

    /// The scheduler's threads park as any virtual thread does.
    @Override
    public Parking parking() {
        return Parking.THREADS;
    }

    @Override
    public Arena openArena() {
        return memory.open();
    }

    @Override
    public UUID newStoreId() {
        SplittableRandom random = scheduler.random();
        return new UUID(random.nextLong(), random.nextLong());
    }

    /// One opening of three begins at the start of the file, as all do in production.
    @Override
    public int firstSearched(int filePages) {
        SplittableRandom random = scheduler.random();
        return random.nextInt(3) == 0 ? 0 : random.nextInt(filePages);
    }

    @Override
    public Worker worker(String name, Task task) {
        return new SimulatedWorker(name, task);
    }

    private final class SimulatedWorker implements Worker {
        private final String name;
        private final Task task;
        private @Nullable Thread thread;
        private boolean woken;
        private boolean stopping;

        SimulatedWorker(String name, Task task) {
            this.name = name;
            this.task = task;
        }

        private void run() {
            while (!stopping) {
                woken = false;
                scheduler.pass();
                long nanos = task.step();
                if (nanos > 0) {
                    scheduler.sleep(nanos, () -> woken || stopping);
                }
            }
        }

        @Override
        public void wake() {
            woken = true;
            Thread started = thread;
            if (started != null) {
                LockSupport.unpark(started);
            } else if (!stopping) {
                thread = scheduler.spawn(name, this::run);
            }
        }

        @Override
        public void stop() {
            stopping = true;
            Thread started = thread;
            if (started != null) {
                LockSupport.unpark(started);
                scheduler.await(() -> !scheduler.isAlive(started));
            }
        }
    }
}

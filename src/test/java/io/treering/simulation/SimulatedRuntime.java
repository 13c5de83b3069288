package io.treering.simulation;

import io.treering.internal.bytes.Waiter;
import io.treering.internal.engine.EngineRuntime;
import io.treering.internal.wal.Parking;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/// The engine's time, chance, waits and background threads, all in the hands of a [Scheduler].
final class SimulatedRuntime implements EngineRuntime {
    private final Scheduler scheduler;

    SimulatedRuntime(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    @Override
    public long nanoTime() {
        return scheduler.now();
    }

    @Override
    public Waiter waiter() {
        return scheduler::await;
    }

    /// The scheduler's threads park as any virtual thread does.
    @Override
    public Parking parking() {
        return Parking.THREADS;
    }

    @Override
    public UUID newStoreId() {
        SplittableRandom random = scheduler.random();
        return new UUID(random.nextLong(), random.nextLong());
    }

    @Override
    public Worker start(String name, Task task) {
        return new SimulatedWorker(name, task);
    }

    private final class SimulatedWorker implements Worker {
        private final Thread thread;
        private boolean woken;
        private boolean stopping;

        SimulatedWorker(String name, Task task) {
            thread = scheduler.spawn(name, () -> run(task));
        }

        private void run(Task task) {
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
            LockSupport.unpark(thread);
        }

        @Override
        public void stop() {
            stopping = true;
            LockSupport.unpark(thread);
            scheduler.await(() -> !scheduler.isAlive(thread));
        }
    }
}

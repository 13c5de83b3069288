package io.treering.internal.engine;

import io.treering.internal.bytes.Waiter;
import io.treering.internal.wal.Parking;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/// The runtime of production: each task on a virtual thread of its own.
final class ThreadedRuntime implements EngineRuntime {
    static final ThreadedRuntime INSTANCE = new ThreadedRuntime();

    private ThreadedRuntime() {}

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Waiter waiter() {
        return Waiter.PARKING;
    }

    @Override
    public Parking parking() {
        return Parking.THREADS;
    }

    @Override
    public UUID newStoreId() {
        return UUID.randomUUID();
    }

    @Override
    public Worker start(String name, Task task) {
        return new ThreadWorker(name, task);
    }

    private static final class ThreadWorker implements Worker {
        private final Thread thread;
        private volatile boolean woken;
        private volatile boolean stopping;

        ThreadWorker(String name, Task task) {
            thread = Thread.ofVirtual().name(name).start(() -> run(task));
        }

        private void run(Task task) {
            while (!stopping) {
                woken = false;
                long sleep = task.step();
                if (sleep == Task.UNTIL_WOKEN) {
                    while (!woken && !stopping) {
                        LockSupport.park(this);
                    }
                } else if (sleep > 0 && !woken && !stopping) {
                    LockSupport.parkNanos(this, sleep);
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
            boolean interrupted = false;
            while (true) {
                try {
                    thread.join();
                    break;
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

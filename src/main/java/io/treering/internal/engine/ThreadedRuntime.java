package io.treering.internal.engine;

import io.treering.internal.bytes.Waiter;
import io.treering.internal.linux.MappedArena;
import io.treering.internal.wal.Parking;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The runtime of production: each task on a virtual thread of its own, which starts when there is something
/// to do: a first virtual thread costs an opening 12 ms.
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
    public void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        boolean interrupted = false;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Parking parking() {
        return Parking.THREADS;
    }

    @Override
    public Arena openArena() {
        return new MappedArena();
    }

    /// It has to be unlike that of any other store, and need not be hard to guess: [UUID#randomUUID()] would load all
    /// of the JDK's cryptography, a sixth of what opening a first store costs. No two stores are made at the same
    /// time of day by machines that have been up for as many nanoseconds.
    @Override
    public UUID newStoreId() {
        return new UUID(scrambled(System.currentTimeMillis()), scrambled(System.nanoTime()));
    }

    private static long scrambled(long seed) {
        return new SplittableRandom(seed).nextLong();
    }

    @Override
    public Worker worker(String name, Task task) {
        return new ThreadWorker(name, task);
    }

    private static final class ThreadWorker implements Worker {
        private final String name;
        private final Task task;
        private final ReentrantLock starting = new ReentrantLock();
        private volatile @Nullable Thread thread;
        private volatile boolean woken;
        private volatile boolean stopping;

        ThreadWorker(String name, Task task) {
            this.name = name;
            this.task = task;
        }

        private void run() {
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
            Thread started = thread;
            LockSupport.unpark(started == null ? start() : started);
        }

        private @Nullable Thread start() {
            starting.lock();
            try {
                Thread started = thread;
                if (started == null && !stopping) {
                    started = Thread.ofVirtual().name(name).start(this::run);
                    thread = started;
                }
                return started;
            } finally {
                starting.unlock();
            }
        }

        @Override
        public void stop() {
            starting.lock();
            try {
                stopping = true;
            } finally {
                starting.unlock();
            }
            Thread started = thread;
            if (started != null) {
                LockSupport.unpark(started);
                join(started);
            }
        }

        private static void join(Thread thread) {
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

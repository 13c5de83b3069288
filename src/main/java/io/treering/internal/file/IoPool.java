package io.treering.internal.file;

import io.treering.internal.uring.OperationGate;
import io.treering.internal.uring.PendingOperation;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A few private threads for calls that block. They come as they are needed and go when they are not, and nobody can
/// interrupt them.
final class IoPool implements AutoCloseable {
    /// As many requests as a drive likes to have at once; each takes a thread here.
    private static final int THREADS = 32;

    private static final long IDLE_SECONDS = 5;

    private final String name;
    private final OperationGate gate;

    /// Made for the first request: with a ring there may never be one.
    private volatile @Nullable ThreadPoolExecutor executor;

    IoPool(String name, OperationGate gate) {
        this.name = name;
        this.gate = gate;
    }

    /// Has the work done by a thread of the pool. It enters the device's gate, or is refused there.
    PendingOperation submit(Runnable work) {
        Task task = new Task(gate, work);
        gate.enter();
        try {
            executor().execute(task);
        } catch (Throwable refused) {
            // No thread to be had, say: the caller learns of it, and nothing is inside.
            gate.exit();
            throw refused;
        }
        return task;
    }

    private ThreadPoolExecutor executor() {
        ThreadPoolExecutor made = executor;
        return made != null ? made : make();
    }

    private synchronized ThreadPoolExecutor make() {
        ThreadPoolExecutor made = executor;
        if (made == null) {
            AtomicInteger number = new AtomicInteger();
            made = new ThreadPoolExecutor(
                    THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                        Thread thread = new Thread(task, "treering-io-" + number.incrementAndGet() + " " + name);
                        thread.setDaemon(true);
                        return thread;
                    });
            made.allowCoreThreadTimeOut(true);
            executor = made;
        }
        return made;
    }

    /// The gate is closed and empty: no request comes any more.
    @Override
    public void close() {
        ThreadPoolExecutor made = executor;
        if (made != null) {
            made.shutdown();
        }
    }

    private static final class Task extends PendingOperation implements Runnable {
        private final Runnable work;

        Task(OperationGate gate, Runnable work) {
            super(gate);
            this.work = work;
        }

        @Override
        public void run() {
            try {
                work.run();
                end(null);
            } catch (RuntimeException e) {
                end(() -> e);
            } catch (Throwable e) {
                end(() -> new IllegalStateException("the I/O thread failed", e));
            }
            signal();
        }
    }
}

package io.treering.internal.uring;

import io.treering.device.IoOperation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An operation that another thread carries out.
///
/// ```
///   pending ──end──▶ ended (done: results and failure are visible) ──signal──▶ waiters unparked, gate left
/// ```
///
/// The two steps are apart so that an event loop can first end a batch of operations, then hand the kernel what is
/// next, and only then spend time on waking threads. Whoever ends an operation signals it, too, exactly once.
public abstract class PendingOperation implements IoOperation {
    private static final VarHandle WAITERS;

    static {
        try {
            WAITERS = MethodHandles.lookup().findVarHandle(PendingOperation.class, "waiters", Waiting.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable OperationGate gate;

    /// Written before [#done].
    private @Nullable Supplier<? extends RuntimeException> failure;

    private volatile boolean done;

    /// Threads to unpark. A waiter first joins and then looks at [#done]; [#signal] comes after that was set. So one of
    /// the two sees the other.
    @SuppressWarnings("UnusedVariable") // through WAITERS
    private volatile @Nullable Waiting waiters;

    /// An operation that has entered the gate, if any, and leaves it when it is signalled.
    protected PendingOperation(@Nullable OperationGate gate) {
        this.gate = gate;
    }

    @Override
    public final boolean isDone() {
        return done;
    }

    @Override
    public final void await() {
        if (!done) {
            join();
        }
        if (failure != null) {
            throw failure.get();
        }
    }

    /// Returns, in whichever way, only when the operation is over: until then its memory is the device's.
    private void join() {
        try {
            park();
        } catch (Throwable noMemoryToWait) {
            while (!done) {
                Thread.onSpinWait();
            }
            throw noMemoryToWait;
        }
    }

    private void park() {
        Waiting me = new Waiting(Thread.currentThread());
        do {
            me.next = (Waiting) WAITERS.getVolatile(this);
        } while (!WAITERS.compareAndSet(this, me.next, me));
        boolean interrupted = false;
        while (!done) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// The operation is over; the failure, if any, is made anew for each waiter, so that its stack is the waiter's.
    protected final void end(@Nullable Supplier<? extends RuntimeException> outcome) {
        assert !done : "ended twice";
        failure = outcome;
        done = true;
    }

    /// Wakes who waits, and leaves the gate.
    protected final void signal() {
        assert done : "signalled before its end";
        for (Waiting each = (Waiting) WAITERS.getAndSet(this, null); each != null; each = each.next) {
            LockSupport.unpark(each.thread);
        }
        if (gate != null) {
            gate.exit();
        }
    }

    private static final class Waiting {
        final Thread thread;

        @Nullable
        Waiting next;

        Waiting(Thread thread) {
            this.thread = thread;
        }
    }
}

package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.internal.bytes.Waiter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Open, closing or closed, and how many calls are inside.
///
/// Calls that read or write device or buffers beyond an optimistic point get are counted: closing waits for them. Point
/// gets are not, so that they write nothing shared; one that races with closing finds its memory gone, which the JDK
/// turns into an [IllegalStateException] and this class into a [ClosedException].
final class Lifecycle {
    private static final long CLOSING = 1L << 62;

    private final String name;
    private final AtomicLong state = new AtomicLong();
    private final Set<Thread> inCallback = ConcurrentHashMap.newKeySet();

    /// Plain on purpose: the point get reads it without a fence, and the closed memory behind it is the real guard.
    private boolean refusing;

    Lifecycle(String name) {
        this.name = name;
    }

    void ensureOpen() {
        if (refusing) {
            throw closed();
        }
    }

    ClosedException closed() {
        return new ClosedException(name);
    }

    boolean isClosing() {
        return (state.get() & CLOSING) != 0;
    }

    /// Counts a call in; each must be followed by [#leave()].
    void enter() {
        while (true) {
            long now = state.get();
            if ((now & CLOSING) != 0) {
                throw closed();
            }
            if (state.compareAndSet(now, now + 1)) {
                return;
            }
        }
    }

    void leave() {
        state.decrementAndGet();
    }

    /// Marks the calling thread as running a user's code inside a read.
    ///
    /// @return whether it was not marked already
    boolean enterCallback() {
        return inCallback.add(Thread.currentThread());
    }

    void leaveCallback(boolean outermost) {
        if (outermost) {
            inCallback.remove(Thread.currentThread());
        }
    }

    boolean isInCallback() {
        return inCallback.contains(Thread.currentThread());
    }

    /// Refuses calls from now on.
    ///
    /// @return false if somebody else did already
    boolean beginClose() {
        while (true) {
            long now = state.get();
            if ((now & CLOSING) != 0) {
                return false;
            }
            if (state.compareAndSet(now, now | CLOSING)) {
                refusing = true;
                return true;
            }
        }
    }

    /// Returns when no call is inside any more.
    void awaitIdle(Waiter waiter) {
        waiter.await(() -> state.get() == CLOSING);
    }

    /// What a racing access to closed memory means.
    RuntimeException translate(IllegalStateException failure) {
        return isClosing() && !(failure instanceof ClosedException) ? closed() : failure;
    }
}

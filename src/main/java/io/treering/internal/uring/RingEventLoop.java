package io.treering.internal.uring;

import io.treering.ClosedException;
import io.treering.device.EventLoop;
import io.treering.device.EventLoopConfig;
import io.treering.internal.linux.SystemCalls;
import org.jspecify.annotations.Nullable;

/// The handle of an event loop: makes the ring when the first device asks for it. The shared one makes another if the
/// ring's loop has died.
public final class RingEventLoop implements EventLoop {
    private static final class Shared {
        static final RingEventLoop INSTANCE = new RingEventLoop(EventLoopConfig.defaults(), true);
    }

    private final EventLoopConfig config;
    private final boolean shared;
    private @Nullable RingLoop loop;
    private boolean closed;

    /// An event loop of its creator's own.
    public RingEventLoop(EventLoopConfig config) {
        this(config, false);
    }

    private RingEventLoop(EventLoopConfig config, boolean shared) {
        this.config = config;
        this.shared = shared;
    }

    /// See [EventLoop#shared()].
    public static RingEventLoop shared() {
        return Shared.INSTANCE;
    }

    /// The loop, whose ring is tried out the first time.
    public synchronized RingLoop loop() throws RingRefusedException {
        if (closed) {
            throw new ClosedException("the event loop");
        }
        RingLoop current = loop;
        if (current == null || (shared && current.isDead())) {
            String refusal = SystemCalls.refusal();
            if (refusal != null) {
                throw new RingRefusedException(refusal);
            }
            current = RingLoop.open(config);
            loop = current;
        }
        return current;
    }

    @Override
    public synchronized void close() {
        if (!shared) {
            closed = true;
            if (loop != null) {
                loop.close();
            }
        }
    }

    @Override
    public String toString() {
        return "EventLoop[" + config.threadName() + "]";
    }
}

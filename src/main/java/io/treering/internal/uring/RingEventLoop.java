package io.treering.internal.uring;

import io.treering.device.EventLoop;
import io.treering.device.EventLoopConfig;

/// The handle of an event loop: makes ring and thread when the first device asks for them.
public final class RingEventLoop implements EventLoop {
    private static final class Shared {
        static final RingEventLoop INSTANCE = new RingEventLoop(EventLoopConfig.defaults());
    }

    private final EventLoopConfig config;

    public RingEventLoop(EventLoopConfig config) {
        this.config = config;
    }

    public static RingEventLoop shared() {
        return Shared.INSTANCE;
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
        return "EventLoop[" + config.threadName() + "]";
    }
}

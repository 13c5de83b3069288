package io.treering.device;

import io.treering.internal.uring.RingEventLoop;

/// One thread with one io_uring, which carries out the I/O of any number of devices.
///
/// Ring and thread come to life with the first device that uses them, and only where the kernel has io_uring:
/// elsewhere, an event loop is an empty shell, and devices do their I/O without it.
public sealed interface EventLoop extends AutoCloseable permits RingEventLoop {
    /// The event loop that all partitions of the process share unless told otherwise. Its [#close()] does nothing.
    ///
    /// @return the one shared event loop
    static EventLoop shared() {
        return RingEventLoop.shared();
    }

    /// An event loop of the caller's own, to be closed after the devices that use it.
    ///
    /// @param config its settings
    /// @return a new event loop
    static EventLoop open(EventLoopConfig config) {
        return new RingEventLoop(config);
    }

    /// Refuses new operations, waits for those under way, and ends the thread.
    ///
    /// Of devices that still use the loop, operations that are submitted, and all of virtual threads but changes of the
    /// size, fail from then on with a [io.treering.ClosedException]. What a platform thread reads, writes or syncs goes
    /// on: it makes its system calls itself.
    @Override
    void close();
}

package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.treering.internal.linux.Errno;
import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What wakes a loop that waits in the kernel: a counter (eventfd) of which the ring always has a read in flight,
/// which is completed as soon as somebody adds to it.
final class Doorbell {
    private final int descriptor;
    private final MemorySegment read;
    private final MemorySegment one;

    /// Guards the descriptor against being closed, and given to somebody else, under a thread that rings.
    private final Object closing = new Object();

    private volatile boolean closed;

    Doorbell(Arena arena) {
        this.descriptor = SystemCalls.eventfd(LinuxConstants.EFD_CLOEXEC);
        if (descriptor < 0) {
            throw Errno.failure("eventfd", -descriptor);
        }
        this.read = arena.allocate(JAVA_LONG);
        this.one = arena.allocate(JAVA_LONG);
        one.set(JAVA_LONG, 0, 1);
    }

    /// Prepares the read.
    void arm(Ring ring, long userData) {
        ring.prepare(UringLayout.OP_READ, 0, descriptor, 0, read.address(), Long.BYTES, 0, userData);
    }

    /// Any thread.
    void ring() {
        synchronized (closing) {
            if (!closed) {
                SystemCalls.signal(descriptor, one.address(), Long.BYTES);
            }
        }
    }

    void close() {
        synchronized (closing) {
            closed = true;
            SystemCalls.close(descriptor);
        }
    }
}

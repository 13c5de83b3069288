package io.treering.internal.wal;

import java.util.concurrent.locks.LockSupport;

/// The one seam through which the log makes a thread wait for another thread's group.
///
/// With a single thread nothing here is ever called: whoever calls [WriteAheadLog#commit] then does the work itself. A
/// simulation of several threads on one replaces it.
public interface Parking {
    /// The threads of the JDK, virtual ones included.
    Parking THREADS = new Parking() {
        @Override
        public void park(Object blocker) {
            LockSupport.park(blocker);
        }

        @Override
        public void unpark(Thread thread) {
            LockSupport.unpark(thread);
        }
    };

    /// Blocks the calling thread until it is unparked; may also return for no reason, and does so when the thread is
    /// interrupted.
    void park(Object blocker);

    /// Lets a thread go on, or its next [#park] return at once.
    void unpark(Thread thread);
}

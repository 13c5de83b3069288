package io.treering;

/// Something was used after it, or the partition that it belongs to, was closed.
///
/// Also thrown by a call that another thread's `close` has overtaken. A write that throws this has not been
/// acknowledged; nothing else has happened.
public final class ClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /// Use after close.
    ///
    /// @param what the closed thing, such as "Partition /data"
    public ClosedException(String what) {
        super(what + " is closed");
    }
}

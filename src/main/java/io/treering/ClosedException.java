package io.treering;

/// Something was used after it, or the partition that it belongs to, was closed.
public final class ClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /// Use after close.
    ///
    /// @param what the closed thing, such as "Partition /data"
    public ClosedException(String what) {
        super(what + " is closed");
    }
}

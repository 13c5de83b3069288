package io.treering.internal.uring;

/// The kernel has no ring for us, or none that is good enough: a reason to do without, not a failure.
public final class RingRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RingRefusedException(String reason) {
        super(reason);
    }

    /// The reason, for people.
    public String reason() {
        return String.valueOf(getMessage());
    }
}

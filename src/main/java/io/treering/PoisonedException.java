package io.treering;

import org.jspecify.annotations.Nullable;

/// The partition refuses writes, because a write to its device or a sync has failed, so that it is unknown what the
/// device holds. The cause is that first failure.
///
/// An operating system reports such a failure once; a second sync that succeeds proves nothing, so none is tried.
/// Reads go on. Opening the partition again finds out what has survived: everything that was durable before the
/// failure, and perhaps more. A write that throws this may or may not be there then; one that began after another had
/// thrown it is not.
public final class PoisonedException extends TreeringException {
    private static final long serialVersionUID = 1L;

    /// An exception with a message.
    ///
    /// @param message what happened, with the values and limits
    public PoisonedException(String message) {
        super(message);
    }

    /// An exception with a message and a cause.
    ///
    /// @param message what happened, with the values and limits
    /// @param cause the reason
    public PoisonedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package io.treering;

import org.jspecify.annotations.Nullable;

/// The partition refuses writes since a write or sync of a commit failed, because its outcome is unknown. Reads go on;
/// reopening recovers. The cause is the first failure.
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

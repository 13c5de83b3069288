package io.treering;

import org.jspecify.annotations.Nullable;

/// The device has no room for what was to be written. Nothing that was acknowledged is lost; reads and deletes go on.
public final class NoSpaceException extends TreeringException {
    private static final long serialVersionUID = 1L;

    /// An exception with a message.
    ///
    /// @param message what happened, with the values and limits
    public NoSpaceException(String message) {
        super(message);
    }

    /// An exception with a message and a cause.
    ///
    /// @param message what happened, with the values and limits
    /// @param cause the reason
    public NoSpaceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package io.treering;

import org.jspecify.annotations.Nullable;

/// The device has no room for what was to be written.
///
/// The write that has thrown this has not happened. Nothing that was acknowledged is lost, and the partition goes on:
/// reads work as before, deletes find room that is kept for them, and writes work again once there is space.
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

package io.treering;

import org.jspecify.annotations.Nullable;

/// Every frame of the page cache is pinned or busy, so that no page can be loaded.
public final class CacheExhaustedException extends TreeringException {
    private static final long serialVersionUID = 1L;

    /// An exception with a message.
    ///
    /// @param message what happened, with the values and limits
    public CacheExhaustedException(String message) {
        super(message);
    }

    /// An exception with a message and a cause.
    ///
    /// @param message what happened, with the values and limits
    /// @param cause the reason
    public CacheExhaustedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

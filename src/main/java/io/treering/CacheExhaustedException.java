package io.treering;

import org.jspecify.annotations.Nullable;

/// Every frame of the page cache is in use, so that no page can be loaded.
///
/// Each open scan and cursor, and each reader that looks at a value in place, holds a page or two in the cache. The
/// call that has thrown has changed nothing, and works once some of them are closed; or open the partition with a
/// larger cache ([PartitionConfig.Builder#cacheSize]).
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

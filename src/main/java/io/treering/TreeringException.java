package io.treering;

import org.jspecify.annotations.Nullable;

/// The root of everything that goes wrong inside Treering or below it, apart from misuse.
///
/// Each kind says what has happened to the call that throws it, and what to do. Unchecked. Misuse answers with the
/// JDK's own exceptions: [IllegalArgumentException], [NullPointerException], [UnsupportedOperationException] and
/// [ClosedException], which is an [IllegalStateException]. Further kinds may be added in later releases, so a `switch`
/// over them needs a default.
public sealed class TreeringException extends RuntimeException
        permits CacheExhaustedException,
                CorruptionException,
                IoFailureException,
                LockedException,
                NoSpaceException,
                PoisonedException,
                UnsupportedFormatException {
    private static final long serialVersionUID = 1L;

    TreeringException(String message) {
        super(message);
    }

    TreeringException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

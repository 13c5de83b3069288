package io.treering;

import org.jspecify.annotations.Nullable;

/// Makes something of a value without being given a copy of its own: see [KeyValueReader#read].
///
/// @param <R> what is made of the value
/// @param <X> what may go wrong meanwhile; inferred as [RuntimeException] if nothing checked does
@FunctionalInterface
public interface SliceReader<R extends @Nullable Object, X extends Exception> {
    /// Reads a value. It may take its time, and may itself read from and write to the partition.
    ///
    /// @param value the value's bytes; they do not change during the call, and the slice throws an
    ///     [IllegalStateException] after it
    /// @return whatever [KeyValueReader#read] shall return
    /// @throws X if reading went wrong; passed on as it is
    R read(Slice value) throws X;
}

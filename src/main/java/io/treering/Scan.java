package io.treering;

import io.treering.internal.engine.EngineScan;

/// One pass through a range of entries in the order of their keys, or in the opposite order ([KeyRange#reversed()]).
///
/// ```java
/// try (Scan scan = db.scan(KeyRange.prefix(prefix))) {
///     while (scan.advance()) {
///         handle(scan.key(), scan.value());
///     }
/// }
/// ```
///
/// A scan shows the moment at which it was opened, whatever is written meanwhile, and reads ahead on its own. A step
/// allocates nothing. Until it is closed it holds on to the pages of that moment as a [Snapshot] does, so that the
/// file cannot reuse them; a scan that is collected without having been closed is closed then, with a warning in the
/// log.
///
/// **Failures.** A scan that has thrown, from [#advance()] or from [#value()], is over: both throw the same again from
/// then on. It never ends early and never skips an entry.
///
/// **Threads.** One at a time; handing it to another thread needs what any object needs for that.
public sealed interface Scan extends AutoCloseable permits EngineScan {
    /// Moves to the next entry; the first call moves to the first.
    ///
    /// @return whether there is one; once `false`, always `false`
    /// @throws ClosedException if the scan or its partition is closed; a snapshot that is closed does not matter
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean advance();

    /// The current entry's key: always the same object, showing the entry that the scan stands on.
    ///
    /// @return the key; throws when looked at while there is no entry
    Slice key();

    /// The current entry's value: always the same object, showing the entry that the scan stands on.
    ///
    /// A value that lies outside its leaf (see [PartitionConfig.Builder#inlineValueLimit]) is read here, once, and not
    /// before; a scan that looks at keys only never reads it.
    ///
    /// @return the value; throws when looked at while there is no entry
    /// @throws ClosedException if the scan or its partition is closed; a snapshot that is closed does not matter
    /// @throws CorruptionException if the value's pages are damaged
    /// @throws IoFailureException if the value could not be read
    Slice value();

    /// Lets go of what the scan held. Does nothing the second time.
    @Override
    void close();
}

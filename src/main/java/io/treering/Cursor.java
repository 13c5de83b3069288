package io.treering;

import io.treering.internal.engine.EngineCursor;
import java.lang.foreign.MemorySegment;

/// A place among the entries that can be moved about at will.
///
/// ```java
/// try (Cursor cursor = db.cursor()) {
///     for (boolean valid = cursor.seek(start); valid; valid = cursor.next()) {
///         handle(cursor.key(), cursor.value());
///     }
/// }
/// ```
///
/// **Where it stands.** On an entry, or *before the first*, or *after the last*. A fresh cursor stands before the
/// first. A [#seek(byte[])] that finds nothing leaves it after the last, a [#seekForPrev] that finds nothing before
/// the first. [#next()] and [#previous()] come back in from either end: `next()` from before the first is [#first()],
/// `previous()` from after the last is [#last()].
///
/// A cursor shows the moment at which it was opened, whatever is written meanwhile, until [#refresh()]. Until it is
/// closed it holds on to the pages of that moment as a [Snapshot] does; one that is collected without having been
/// closed is closed then, with a warning in the log.
///
/// **Failures.** A movement that throws leaves the cursor on no entry, with its place lost: [#isValid()] is `false`,
/// and [#next()] and [#previous()] throw an [IllegalStateException] until [#first()], [#last()] or a seek has
/// succeeded.
///
/// **Of a snapshot.** A cursor stays usable when the [Snapshot] that it was opened on is closed, but for [#refresh()].
///
/// **Threads.** One at a time.
public sealed interface Cursor extends AutoCloseable permits EngineCursor {
    /// Moves to the first entry.
    ///
    /// @return whether there is one; if not, the cursor stands after the last
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean first();

    /// Moves to the last entry.
    ///
    /// @return whether there is one; if not, the cursor stands before the first
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean last();

    /// Moves to the first entry whose key is the given one or comes after it.
    ///
    /// @param key a key of any length; not kept
    /// @return whether there is one; if not, the cursor stands after the last
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean seek(byte[] key);

    /// Moves to the first entry whose key is the given one or comes after it.
    ///
    /// @param key a key of any length; not kept
    /// @return whether there is one; if not, the cursor stands after the last
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean seek(MemorySegment key);

    /// Moves to the last entry whose key is the given one or comes before it.
    ///
    /// @param key a key of any length; not kept
    /// @return whether there is one; if not, the cursor stands before the first
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean seekForPrev(byte[] key);

    /// Moves one entry on; from before the first to the first.
    ///
    /// @return whether there is one; if not, the cursor stands after the last
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws IllegalStateException if a movement has failed, and the cursor has not been positioned since
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean next();

    /// Moves one entry back; from after the last to the last.
    ///
    /// @return whether there is one; if not, the cursor stands before the first
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws IllegalStateException if a movement has failed, and the cursor has not been positioned since
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    boolean previous();

    /// Whether the cursor stands on an entry.
    ///
    /// @return whether [#key()] and [#value()] can be looked at; `false` once the cursor is closed
    boolean isValid();

    /// Moves to the present, keeping the place: from now on the cursor sees every write that was acknowledged before
    /// this call. The cursor of a [Snapshot] goes on to show the snapshot's moment.
    ///
    /// If the entry that the cursor stood on is gone, it stands on the next one, or after the last. A cursor before
    /// the first or after the last stays there.
    ///
    /// @throws ClosedException if the cursor, its snapshot or its partition is closed
    /// @throws CorruptionException if the entry's page is damaged
    /// @throws IoFailureException if a page could not be read
    /// @throws CacheExhaustedException if every frame of the page cache is in use
    void refresh();

    /// The current entry's key: always the same object, after a [#refresh()], too, showing the entry that the cursor
    /// stands on.
    ///
    /// @return the key; throws when looked at while there is no entry
    Slice key();

    /// The current entry's value: always the same object, after a [#refresh()], too, showing the entry that the cursor
    /// stands on.
    ///
    /// A value that lies outside its leaf (see [PartitionConfig.Builder#inlineValueLimit]) is read here, once, and not
    /// before.
    ///
    /// @return the value; throws when looked at while there is no entry
    /// @throws ClosedException if the cursor or its partition is closed
    /// @throws CorruptionException if the value's pages are damaged
    /// @throws IoFailureException if the value could not be read
    Slice value();

    /// Lets go of what the cursor held. Does nothing the second time.
    @Override
    void close();
}

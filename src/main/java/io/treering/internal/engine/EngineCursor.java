package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.Cursor;
import io.treering.Slice;
import io.treering.internal.format.PageAnomaly;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A cursor that a user moves about. Where it stands without an entry (before the first, after the last) is kept here;
/// the merged cursor knows entries only.
public final class EngineCursor implements Cursor {
    private enum Place {
        BEFORE_FIRST,
        ON_ENTRY,
        AFTER_LAST,
        LOST
    }

    private final ReadPath reads;
    private final @Nullable Registration snapshot;
    private MergedCursor cursor;
    private Abandoned.Held watched;
    private Place place = Place.BEFORE_FIRST;
    private boolean closed;

    /// @param snapshot what the cursor goes on to see after a refresh; null for the present
    EngineCursor(ReadPath reads, @Nullable Registration snapshot) {
        this.reads = reads;
        this.snapshot = snapshot;
        this.cursor = reads.openCursor(snapshot);
        this.watched = reads.abandoned().watch(this, "cursor", cursor);
    }

    // The movements are spelled out, for a movement that is handed over as an object would be allocated each time.

    private void ensureUsable() {
        if (closed) {
            throw new ClosedException("Cursor");
        }
        reads.ensureOpen();
    }

    private boolean arrive(boolean valid, Place otherwise) {
        place = valid ? Place.ON_ENTRY : otherwise;
        return valid;
    }

    /// What a movement's failure means to the user.
    private RuntimeException explain(RuntimeException failure) {
        lost();
        return switch (failure) {
            case PageAnomaly anomaly -> reads.damage(anomaly);
            case IllegalStateException closing -> reads.translate(closing);
            default -> failure;
        };
    }

    /// The sources may stand anywhere: only a positioning that looks at none of their places leads back.
    private void lost() {
        place = Place.LOST;
        cursor.recover();
    }

    private static IllegalStateException lostPlace() {
        return new IllegalStateException("The cursor lost its place when a movement failed: seek again");
    }

    @Override
    public boolean first() {
        ensureUsable();
        try {
            return arrive(cursor.first(), Place.AFTER_LAST);
        } catch (RuntimeException e) {
            throw explain(e);
        } catch (Error e) {
            lost();
            throw e;
        }
    }

    @Override
    public boolean last() {
        ensureUsable();
        try {
            return arrive(cursor.last(), Place.BEFORE_FIRST);
        } catch (RuntimeException e) {
            throw explain(e);
        } catch (Error e) {
            lost();
            throw e;
        }
    }

    @Override
    public boolean seek(byte[] key) {
        Objects.requireNonNull(key, "key");
        ensureUsable();
        try {
            return arrive(cursor.seek(key, key.length), Place.AFTER_LAST);
        } catch (RuntimeException e) {
            throw explain(e);
        } catch (Error e) {
            lost();
            throw e;
        }
    }

    @Override
    public boolean seek(MemorySegment key) {
        Objects.requireNonNull(key, "key");
        return seek(Keys.toArray(key));
    }

    @Override
    public boolean seekForPrev(byte[] key) {
        Objects.requireNonNull(key, "key");
        ensureUsable();
        try {
            return arrive(cursor.seekForPrev(key, key.length), Place.BEFORE_FIRST);
        } catch (RuntimeException e) {
            throw explain(e);
        } catch (Error e) {
            lost();
            throw e;
        }
    }

    @Override
    public boolean next() {
        ensureUsable();
        return switch (place) {
            case BEFORE_FIRST -> first();
            case ON_ENTRY -> step(true);
            case AFTER_LAST -> false;
            case LOST -> throw lostPlace();
        };
    }

    @Override
    public boolean previous() {
        ensureUsable();
        return switch (place) {
            case BEFORE_FIRST -> false;
            case ON_ENTRY -> step(false);
            case AFTER_LAST -> last();
            case LOST -> throw lostPlace();
        };
    }

    private boolean step(boolean ahead) {
        try {
            return arrive(ahead ? cursor.next() : cursor.previous(), ahead ? Place.AFTER_LAST : Place.BEFORE_FIRST);
        } catch (RuntimeException e) {
            throw explain(e);
        } catch (Error e) {
            lost();
            throw e;
        }
    }

    @Override
    public boolean isValid() {
        return !closed && place == Place.ON_ENTRY;
    }

    @Override
    public void refresh() {
        if (closed) {
            throw new ClosedException("Cursor");
        }
        reads.ensureOpen();
        byte[] at = place == Place.ON_ENTRY ? keyNow() : null;
        MergedCursor fresh = reads.openCursor(snapshot, cursor.key(), cursor.valueSlice());
        Abandoned.Held before = watched;
        watched = reads.abandoned().watch(this, before, fresh);
        cursor = fresh;
        before.close();
        if (at != null) {
            seek(at);
        }
    }

    private byte[] keyNow() {
        try {
            return cursor.key().toByteArray();
        } catch (IllegalStateException e) {
            throw reads.translate(e);
        }
    }

    @Override
    public Slice key() {
        return cursor.key();
    }

    @Override
    public Slice value() {
        if (closed) {
            throw new ClosedException("Cursor");
        }
        try {
            return reads.valueOf(cursor);
        } finally {
            // Else this may be collected, and what it holds on to be reused, while the device reads.
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            place = Place.BEFORE_FIRST;
            watched.close();
        }
    }
}

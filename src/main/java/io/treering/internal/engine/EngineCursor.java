package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.Cursor;
import io.treering.Slice;
import io.treering.internal.format.PageAnomaly;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A cursor that a user moves about. Where it stands without an entry (before the first, after the last) is kept here;
/// the merged cursor knows entries only.
public final class EngineCursor implements Cursor {
    private enum Place {
        BEFORE_FIRST,
        ON_ENTRY,
        AFTER_LAST
    }

    private final ReadPath reads;
    private final @Nullable Registration snapshot;
    private MergedCursor cursor;
    private Abandoned.Resource resource;
    private Cleaner.Cleanable cleanable;
    private Place place = Place.BEFORE_FIRST;
    private boolean closed;

    /// @param snapshot what the cursor goes on to see after a refresh; null for the present
    EngineCursor(ReadPath reads, @Nullable Registration snapshot) {
        this.reads = reads;
        this.snapshot = snapshot;
        this.cursor = reads.openCursor(snapshot);
        this.resource = new Abandoned.Resource("cursor", cursor);
        this.cleanable = Abandoned.watch(this, resource);
    }

    private boolean move(Place otherwise, BooleanSupplier movement) {
        if (closed) {
            throw new ClosedException("Cursor");
        }
        reads.ensureOpen();
        try {
            boolean valid = movement.getAsBoolean();
            place = valid ? Place.ON_ENTRY : otherwise;
            return valid;
        } catch (PageAnomaly anomaly) {
            throw reads.damage(anomaly);
        } catch (IllegalStateException e) {
            throw reads.translate(e);
        }
    }

    @Override
    public boolean first() {
        return move(Place.AFTER_LAST, cursor::first);
    }

    @Override
    public boolean last() {
        return move(Place.BEFORE_FIRST, cursor::last);
    }

    @Override
    public boolean seek(byte[] key) {
        Objects.requireNonNull(key, "key");
        return move(Place.AFTER_LAST, () -> cursor.seek(key, key.length));
    }

    @Override
    public boolean seek(MemorySegment key) {
        return seek(Keys.toArray(key));
    }

    @Override
    public boolean seekForPrev(byte[] key) {
        Objects.requireNonNull(key, "key");
        return move(Place.BEFORE_FIRST, () -> cursor.seekForPrev(key, key.length));
    }

    @Override
    public boolean next() {
        return switch (place) {
            case BEFORE_FIRST -> first();
            case ON_ENTRY -> move(Place.AFTER_LAST, cursor::next);
            case AFTER_LAST -> move(Place.AFTER_LAST, () -> false);
        };
    }

    @Override
    public boolean previous() {
        return switch (place) {
            case BEFORE_FIRST -> move(Place.BEFORE_FIRST, () -> false);
            case ON_ENTRY -> move(Place.BEFORE_FIRST, cursor::previous);
            case AFTER_LAST -> last();
        };
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
        byte[] at = place == Place.ON_ENTRY ? cursor.key().toByteArray() : null;
        MergedCursor fresh = reads.openCursor(snapshot);
        release();
        cursor = fresh;
        resource = new Abandoned.Resource("cursor", fresh);
        cleanable = Abandoned.watch(this, resource);
        if (at != null) {
            seek(at);
        }
    }

    @Override
    public Slice key() {
        return cursor.key();
    }

    @Override
    public Slice value() {
        return reads.valueOf(cursor);
    }

    private void release() {
        resource.expectClose();
        cleanable.clean();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            place = Place.BEFORE_FIRST;
            release();
        }
    }
}

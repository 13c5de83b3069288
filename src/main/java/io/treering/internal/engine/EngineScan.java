package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.Scan;
import io.treering.Slice;
import io.treering.internal.format.PageAnomaly;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A scan: a cursor that runs once through a range and fails for good at the first failure.
public final class EngineScan implements Scan {
    private final ReadPath reads;
    private final MergedCursor cursor;
    private final Abandoned.Held watched;
    private final byte @Nullable [] from;
    private final byte @Nullable [] to;
    private final boolean reversed;
    private boolean started;
    private boolean ended;
    private boolean closed;
    private @Nullable Throwable failure;

    EngineScan(ReadPath reads, MergedCursor cursor, byte @Nullable [] from, byte @Nullable [] to, boolean reversed) {
        this.reads = reads;
        this.cursor = cursor;
        this.from = from;
        this.to = to;
        this.reversed = reversed;
        this.ended = from != null && to != null && Arrays.compareUnsigned(from, to) >= 0;
        this.watched = reads.abandoned().watch(this, "scan", cursor);
    }

    @Override
    public boolean advance() {
        if (closed) {
            throw new ClosedException("Scan");
        }
        reads.ensureOpen();
        if (failure != null) {
            throw rethrow();
        }
        if (ended) {
            return false;
        }
        try {
            boolean inside = reversed ? stepDown() : stepUp();
            ended = !inside;
            return inside;
        } catch (PageAnomaly anomaly) {
            failure = reads.damage(anomaly);
        } catch (IllegalStateException e) {
            failure = reads.translate(e);
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        cursor.clear();
        throw rethrow();
    }

    /// Fails as before, if it has failed; returns only if not.
    private IllegalStateException rethrow() {
        return switch (failure) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> new IllegalStateException("nothing has failed");
        };
    }

    private boolean stepUp() {
        boolean valid;
        if (started) {
            valid = cursor.next();
        } else {
            started = true;
            valid = from == null ? cursor.first() : cursor.seek(from, from.length);
        }
        if (valid && to != null && cursor.key().compareTo(to) >= 0) {
            cursor.clear();
            return false;
        }
        return valid;
    }

    private boolean stepDown() {
        boolean valid;
        if (started) {
            valid = cursor.previous();
        } else {
            started = true;
            valid = to == null ? cursor.last() : cursor.seekBelow(to, to.length);
        }
        if (valid && from != null && cursor.key().compareTo(from) < 0) {
            cursor.clear();
            return false;
        }
        return valid;
    }

    @Override
    public Slice key() {
        return cursor.key();
    }

    @Override
    public Slice value() {
        if (closed) {
            throw new ClosedException("Scan");
        }
        if (failure != null) {
            throw rethrow();
        }
        try {
            return reads.valueOf(cursor);
        } catch (RuntimeException | Error e) {
            failure = e;
            cursor.clear();
            throw e;
        } finally {
            // Else this may be collected, and what it holds on to be reused, while the device reads.
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            watched.close();
        }
    }
}

package io.treering.internal.engine;

import io.treering.CommitMode;
import io.treering.NoSpaceException;
import java.util.ArrayList;
import java.util.List;

/// Closes a partition: refuses calls, waits for those inside, saves what is to be saved, and releases everything even
/// if that failed. Whoever closes second waits until the first is done.
final class Closing {
    private final Parts parts;
    private volatile boolean closed;

    Closing(Parts parts) {
        this.parts = parts;
    }

    void close() {
        if (parts.lifecycle().isInCallback()) {
            throw new IllegalStateException("The partition cannot be closed from inside its own read(key, reader)");
        }
        if (!parts.lifecycle().beginClose()) {
            parts.runtime().waiter().await(() -> closed);
            return;
        }
        List<Throwable> failures = new ArrayList<>();
        try {
            attempt(failures, () -> parts.lifecycle().awaitIdle(parts.runtime().waiter()));
            attempt(failures, parts.writer()::quiesce);
            attempt(failures, this::save);
            parts.workers().forEach(worker -> attempt(failures, worker::stop));
            attempt(failures, this::commitClean);
            attempt(failures, parts.log()::close);
            attempt(failures, parts.cache()::close);
            attempt(failures, this::release);
        } finally {
            closed = true;
        }
        if (!failures.isEmpty()) {
            Throwable first = failures.removeFirst();
            failures.forEach(first::addSuppressed);
            if (first instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) first;
        }
    }

    /// A device that could not be drained may still write to the memory: then it is never given back.
    private void release() {
        parts.device().close();
        parts.arena().close();
    }

    private boolean hasSomethingToSave() {
        return !parts.readOnly() && !parts.poison().isSet() && parts.config().commitMode() == CommitMode.AUTOMATIC;
    }

    private void save() {
        if (!hasSomethingToSave()) {
            return;
        }
        try {
            parts.writer().flush();
        } catch (NoSpaceException e) {
            // The tree has no room for what was acknowledged; the log has, and the next opening finds it there.
            if (parts.log().isOpen()) {
                parts.log().sync();
            }
            throw e;
        }
    }

    /// Everything is merged, nothing is running: the log need not be looked at when the store is opened again. Where
    /// a merge found no room, that is not so, and nothing may be committed between its windows.
    private void commitClean() {
        View view = parts.views().current();
        if (hasSomethingToSave() && !view.hasFrozen() && view.active().isEmpty()) {
            try {
                parts.flusher().commitClean();
            } catch (RuntimeException e) {
                parts.poison().set(e);
                throw parts.poison().exception();
            }
        }
    }

    private static void attempt(List<Throwable> failures, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            failures.add(e);
        }
    }
}

package io.treering.internal.engine;

import io.treering.CommitMode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// Closes a partition: refuses calls, waits for those inside, saves what is to be saved, and releases everything even
/// if that failed. Whoever closes second waits until the first is done.
final class Closing {
    private final Parts parts;
    private final CountDownLatch closed = new CountDownLatch(1);

    Closing(Parts parts) {
        this.parts = parts;
    }

    void close() {
        if (parts.lifecycle().isInCallback()) {
            throw new IllegalStateException("The partition cannot be closed from inside its own read(key, reader)");
        }
        if (!parts.lifecycle().beginClose()) {
            awaitOtherCloser();
            return;
        }
        List<RuntimeException> failures = new ArrayList<>();
        try {
            parts.lifecycle().awaitIdle(parts.runtime().waiter());
            parts.writer().quiesce();
            boolean _ = attempt(failures, this::save);
            parts.workers().forEach(worker -> attempt(failures, worker::stop));
            boolean _ = attempt(failures, this::commitClean);
        } finally {
            boolean _ = attempt(failures, parts.log()::close);
            boolean _ = attempt(failures, parts.cache()::close);
            if (attempt(failures, parts.device()::close)) {
                // A device that could not be drained may still write to this memory: then it is never given back.
                boolean _ = attempt(failures, parts.arena()::close);
            }
            closed.countDown();
        }
        if (!failures.isEmpty()) {
            RuntimeException first = failures.removeFirst();
            failures.forEach(first::addSuppressed);
            throw first;
        }
    }

    private boolean hasSomethingToSave() {
        return !parts.readOnly() && !parts.poison().isSet();
    }

    private void save() {
        if (hasSomethingToSave() && parts.config().commitMode() == CommitMode.AUTOMATIC) {
            parts.writer().flush();
        }
    }

    /// Everything is merged, nothing is running: the log need not be looked at when the store is opened again.
    private void commitClean() {
        if (hasSomethingToSave() && parts.config().commitMode() == CommitMode.AUTOMATIC) {
            parts.flusher().commitClean();
        }
    }

    private static boolean attempt(List<RuntimeException> failures, Runnable step) {
        try {
            step.run();
            return true;
        } catch (RuntimeException e) {
            failures.add(e);
            return false;
        }
    }

    private void awaitOtherCloser() {
        boolean interrupted = false;
        while (true) {
            try {
                closed.await();
                break;
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

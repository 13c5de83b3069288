package io.treering.internal.engine;

import io.treering.WriteBatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Keeps what one batch has needed for the next one. Batches that are written at the same time get their own.
final class SpareBatch {
    private final ValueRuns runs;
    private final AtomicReference<@Nullable BatchContents> spare = new AtomicReference<>();

    SpareBatch(ValueRuns runs) {
        this.runs = runs;
    }

    /// Whoever takes one gives it back.
    ///
    /// @param largestBuffered values above it count as their references
    /// @throws java.util.ConcurrentModificationException if another thread changes the batch meanwhile
    BatchContents take(WriteBatch batch, int largestBuffered) {
        BatchContents kept = spare.getAndSet(null);
        BatchContents contents = kept == null ? new BatchContents(runs) : kept;
        contents.read(batch, largestBuffered);
        return contents;
    }

    void giveBack(BatchContents contents) {
        if (contents.clear()) {
            spare.set(contents);
        }
    }
}

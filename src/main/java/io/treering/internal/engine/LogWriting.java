package io.treering.internal.engine;

import io.treering.internal.wal.WriteAheadLog;
import org.jspecify.annotations.Nullable;

/// Writes the log's groups in the background when they are due: [io.treering.WalMode#BATCHED].
final class LogWriting implements EngineRuntime.Task {
    private final LogAccess log;
    private final EngineRuntime runtime;
    private volatile EngineRuntime.@Nullable Worker worker;

    LogWriting(LogAccess log, EngineRuntime runtime) {
        this.log = log;
        this.runtime = runtime;
    }

    EngineRuntime.Worker worker() {
        EngineRuntime.Worker prepared = runtime.worker("treering-log", this);
        worker = prepared;
        return prepared;
    }

    void wake() {
        EngineRuntime.Worker prepared = worker;
        if (prepared != null) {
            prepared.wake();
        }
    }

    @Override
    public long step() {
        WriteAheadLog open = log.orNull();
        if (open == null) {
            return UNTIL_WOKEN;
        }
        long due = open.nanosUntilDue(runtime.nanoTime());
        if (due > 0) {
            return due;
        }
        try {
            log.sync();
            return 0;
        } catch (RuntimeException | Error _) {
            // It has poisoned the partition, which tells every writer; here there is nobody to tell.
            return UNTIL_WOKEN;
        }
    }
}

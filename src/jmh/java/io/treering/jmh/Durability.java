package io.treering.jmh;

import java.time.Duration;

/// What has happened to a write when it is acknowledged.
public enum Durability {
    /// It is in memory; there is no log.
    NONE,
    /// It is in the log, which is synced every [#INTERVAL] or [#BYTES].
    BATCHED,
    /// It is in the log, and the log is synced.
    SYNC;

    static final Duration INTERVAL = Duration.ofMillis(10);
    static final long BYTES = 1 << 20;
}

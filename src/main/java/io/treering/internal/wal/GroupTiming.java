package io.treering.internal.wal;

import java.util.function.LongSupplier;

/// How far the log's durable end may fall behind when nobody waits for it.
///
/// @param nanos a group is due when its first operation is that old
/// @param bytes a group is due when it has that many bytes
/// @param clock nanoseconds, as [System#nanoTime()] counts them
/// @param wake called when a group begins and when it becomes due by its bytes, by the appending thread and under the
///     log's lock: it must be short and must not call the log
public record GroupTiming(long nanos, long bytes, LongSupplier clock, Runnable wake) {
    /// Groups are written only when somebody waits for them, or when there is no room for more.
    public static GroupTiming onDemand() {
        return new GroupTiming(Long.MAX_VALUE, Long.MAX_VALUE, () -> 0, () -> {});
    }
}

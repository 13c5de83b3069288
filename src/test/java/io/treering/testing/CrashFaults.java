package io.treering.testing;

/// What may go wrong with a [CrashDevice], and when. Operations are counted from 1: reads apart, each call of the
/// device that changes something is one, a submitted write included.
///
/// @param powerCutAt the operation in which the power goes, 0 for never
/// @param failureAt the operation that fails, 0 for never
/// @param sticky whether all operations after that fail as well
/// @param failedWriteLands whether a write that fails may have reached the medium in part
/// @param capacity bytes to which the device can grow
/// @param torn how many of 1,000 sectors that were not synced are torn inside by the power cut: they hold neither what
///     was there nor what was written
/// @param reorder whether submitted writes take effect in any order, and at the latest when they are awaited
public record CrashFaults(
        long powerCutAt,
        long failureAt,
        boolean sticky,
        boolean failedWriteLands,
        long capacity,
        int torn,
        boolean reorder) {
    /// A device that does what it should until [CrashDevice#cutPower()] is called.
    public static CrashFaults none() {
        return new CrashFaults(0, 0, false, false, Long.MAX_VALUE, 0, true);
    }

    public CrashFaults withPowerCutAt(long operation) {
        return new CrashFaults(operation, failureAt, sticky, failedWriteLands, capacity, torn, reorder);
    }

    public CrashFaults withFailureAt(long operation, boolean sticks) {
        return new CrashFaults(powerCutAt, operation, sticks, true, capacity, torn, reorder);
    }

    public CrashFaults withCapacity(long bytes) {
        return new CrashFaults(powerCutAt, failureAt, sticky, failedWriteLands, bytes, torn, reorder);
    }

    public CrashFaults withTorn(int perMille) {
        return new CrashFaults(powerCutAt, failureAt, sticky, failedWriteLands, capacity, perMille, reorder);
    }
}

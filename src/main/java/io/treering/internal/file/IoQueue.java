package io.treering.internal.file;

import io.treering.IoBackend;
import io.treering.internal.uring.PendingOperation;
import java.lang.foreign.MemorySegment;

/// To whom a [LinuxFileDevice] hands what its callers do not wait for on a thread of their own. Every operation enters
/// the device's gate, or is refused there.
interface IoQueue {
    IoBackend backend();

    String reason();

    /// Throws if the device must not be used any more.
    default void ensureUsable() {}

    PendingOperation read(long position, MemorySegment into);

    PendingOperation write(long position, MemorySegment[] from);

    PendingOperation sync();

    default void registerBuffer(MemorySegment longLived) {}

    default void unregisterBuffer(MemorySegment longLived) {}

    /// Bytes of native memory, shared with other files or not.
    default long memoryBytes() {
        return 0;
    }

    /// Releases what was registered. Throws if memory may still be in use.
    default void close() {}
}

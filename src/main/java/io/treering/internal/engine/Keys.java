package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// Keys that come as segments, brought into arrays.
///
/// The search code sees arrays only: one accessor that met heap and native keys alike would be slow for both. Platform
/// and virtual threads keep one small array each, so a get with segments allocates nothing once it is warm.
final class Keys {
    private static final int USUAL_BYTES = 64;
    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[USUAL_BYTES]);

    private Keys() {}

    static byte[] toArray(MemorySegment key) {
        return key.toArray(JAVA_BYTE);
    }

    /// The calling thread's array with the key copied to its start.
    static byte[] scratch(MemorySegment key, long offset, int length) {
        byte[] scratch = SCRATCH.get();
        if (scratch.length < length) {
            scratch = new byte[Math.max(length, 2 * scratch.length)];
            SCRATCH.set(scratch);
        }
        MemorySegment.copy(key, JAVA_BYTE, offset, scratch, 0, length);
        return scratch;
    }
}

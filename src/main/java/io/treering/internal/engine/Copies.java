package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// A key and a value of a caller, copied to where no other thread changes, closes or unmaps them. Each copy is good
/// until the next one. For one thread at a time.
///
/// Callers should not do so before their call returns. If they do, it is their value that is garbage, and nothing else:
/// a leaf whose fingerprints do not fit its keys would be damage to all of its keys, and an operation that breaks off
/// while it is appended poisons the partition.
final class Copies {
    private final byte[] key;
    private byte[] value = {};

    Copies(int longestKey) {
        this.key = new byte[longestKey];
    }

    /// The key at the start of an array.
    byte[] ofKey(byte[] bytes, int length) {
        return ofKey(bytes, 0, length);
    }

    /// A key within an array.
    byte[] ofKey(byte[] bytes, int from, int length) {
        System.arraycopy(bytes, from, key, 0, length);
        return key;
    }

    /// A value within an array.
    byte[] ofValue(byte[] bytes, int from, int length) {
        ensureValue(length);
        System.arraycopy(bytes, from, value, 0, length);
        return value;
    }

    /// The value at the start of a segment.
    ///
    /// @throws IllegalStateException if its memory has been closed
    byte[] ofValue(MemorySegment bytes, int length) {
        ensureValue(length);
        MemorySegment.copy(bytes, JAVA_BYTE, 0, value, 0, length);
        return value;
    }

    private void ensureValue(int length) {
        if (value.length < length) {
            value = new byte[Math.max(length, 2 * value.length)];
        }
    }
}

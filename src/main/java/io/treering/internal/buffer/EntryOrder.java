package io.treering.internal.buffer;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;

/// Entries packed into longs that sort as signed numbers in key order, as far as the numbers reach.
///
/// ```
///   63                                referenceBits                 0
///   +-----------------------------------+---------------------------+
///   | head bits of the key behind the   | the entry's reference     |
///   | prefix, topmost one inverted      |                           |
///   +-----------------------------------+---------------------------+
/// ```
///
/// The *prefix* is what all keys have in common: without it, keys such as `user:00000001` would all have the same head.
/// Numbers with different head bits are in key order; where head bits are equal, the keys themselves are compared.
/// Immutable.
final class EntryOrder {
    private final WriteBuffer buffer;
    private final MemorySegment memory;
    private final long referenceMask;
    private final int prefixLength;

    /// @param prefixLength a number of bytes that all keys to be packed have in common
    EntryOrder(WriteBuffer buffer, int prefixLength) {
        this.buffer = buffer;
        this.memory = buffer.memory();
        this.prefixLength = prefixLength;
        long greatestReference = buffer.arenaEnd() >>> BufferEntry.REFERENCE_SHIFT;
        this.referenceMask = (Long.highestOneBit(greatestReference) << 1) - 1;
    }

    EntryOrder withPrefix(int length) {
        return new EntryOrder(buffer, length);
    }

    int prefixLength() {
        return prefixLength;
    }

    int referenceBits() {
        return Long.bitCount(referenceMask);
    }

    long pack(long entry) {
        return pack(headOf(entry), entry >>> BufferEntry.REFERENCE_SHIFT);
    }

    private long pack(long head, long reference) {
        return ((head & ~referenceMask) ^ Long.MIN_VALUE) | reference;
    }

    /// An entry packed by another order, with the head bits of `packed`.
    long withHeadOf(long packed, long other) {
        return (packed & ~referenceMask) | (other & referenceMask);
    }

    long entry(long packed) {
        return (packed & referenceMask) << BufferEntry.REFERENCE_SHIFT;
    }

    boolean sameHead(long left, long right) {
        return ((left ^ right) & ~referenceMask) == 0;
    }

    /// Compares the keys of two packed entries.
    int compare(long left, long right) {
        return sameHead(left, right) ? compareTied(left, right) : Long.compare(left, right);
    }

    /// Compares the keys of two packed entries whose heads say nothing.
    int compareTied(long left, long right) {
        long leftEntry = entry(left);
        long rightEntry = entry(right);
        return KeyOrder.compare(
                memory,
                suffixOffset(leftEntry),
                suffixLength(leftEntry),
                memory,
                suffixOffset(rightEntry),
                suffixLength(rightEntry));
    }

    /// How many bytes the keys of two packed entries have in common, but no more than `limit`.
    int commonPrefix(long left, long right, int limit) {
        long leftEntry = entry(left);
        long rightEntry = entry(right);
        return KeyOrder.commonPrefix(
                memory,
                buffer.keyOffset(leftEntry),
                Math.min(limit, buffer.keyLength(leftEntry)),
                memory,
                buffer.keyOffset(rightEntry),
                buffer.keyLength(rightEntry));
    }

    /// The first place in an ascending run whose key is not below `key`.
    int lowerBound(long[] run, byte[] key, int keyLength) {
        if (run.length == 0) {
            return 0;
        }
        int relation = compareToPrefix(key, keyLength, entry(run[0]));
        if (relation != 0) {
            return relation < 0 ? 0 : run.length;
        }
        long target = pack(KeyOrder.head(key, prefixLength, keyLength), 0);
        int low = 0;
        int high = run.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (isBelow(run[middle], target, key, keyLength)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private boolean isBelow(long packed, long target, byte[] key, int keyLength) {
        return sameHead(packed, target) ? compareTied(key, keyLength, packed) > 0 : packed < target;
    }

    /// Whether a packed entry has this key.
    boolean holdsKey(long packed, byte[] key, int keyLength) {
        long entry = entry(packed);
        int length = buffer.keyLength(entry);
        return KeyOrder.equal(key, 0, keyLength, memory, buffer.keyOffset(entry), length);
    }

    private int compareTied(byte[] key, int keyLength, long packed) {
        long entry = entry(packed);
        return KeyOrder.compare(key, prefixLength, keyLength, memory, suffixOffset(entry), suffixLength(entry));
    }

    /// Below, equal to or above 0 as all keys are above `key`, may hold it, or are below it, judged by the prefix.
    private int compareToPrefix(byte[] key, int keyLength, long anyEntry) {
        if (prefixLength == 0) {
            return 0;
        }
        int length = Math.min(keyLength, prefixLength);
        int common = Math.min(length, buffer.keyLength(anyEntry));
        int relation = KeyOrder.compare(key, 0, common, memory, buffer.keyOffset(anyEntry), common);
        return relation != 0 ? relation : Integer.compare(length, prefixLength);
    }

    private long headOf(long entry) {
        int length = suffixLength(entry);
        if (length == 0) {
            return 0;
        }
        // Eight bytes can always be read from there: behind the arena stands the index.
        long head = Bytes.head(memory, suffixOffset(entry));
        return length >= Long.BYTES ? head : head & (-1L << (Long.SIZE - Byte.SIZE * length));
    }

    private long suffixOffset(long entry) {
        return buffer.keyOffset(entry) + prefixLength;
    }

    /// Never negative, even where the memory has been recycled and the key there is shorter than the prefix.
    private int suffixLength(long entry) {
        return Math.max(0, buffer.keyLength(entry) - prefixLength);
    }
}

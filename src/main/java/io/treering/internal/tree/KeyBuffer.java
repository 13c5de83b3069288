package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A copy of one key, for what must be remembered when the page that the key came from is gone.
final class KeyBuffer {
    byte[] bytes = new byte[64];
    int length;

    void clear() {
        length = 0;
    }

    void set(byte[] key, int from, int keyLength) {
        length = 0;
        ensure(keyLength);
        System.arraycopy(key, from, bytes, 0, keyLength);
        length = keyLength;
    }

    /// Takes the key of an entry of a leaf.
    void set(MemorySegment memory, long leaf, int entry) {
        int count = PageHeader.count(memory, leaf);
        length = 0;
        append(memory, leaf + LeafPage.prefixOffset(count), PageHeader.prefixLength(memory, leaf));
        long at = leaf + LeafPage.slot(memory, leaf, count, entry);
        append(memory, at + LeafPage.ENTRY_HEADER_BYTES, LeafPage.suffixLength(memory, at));
    }

    void append(MemorySegment memory, long offset, int more) {
        ensure(more);
        MemorySegment.copy(memory, JAVA_BYTE, offset, bytes, length, more);
        length += more;
    }

    int compare(KeyBuffer other) {
        return Arrays.compareUnsigned(bytes, 0, length, other.bytes, 0, other.length);
    }

    /// How many of this key's bytes `[from, to)` native memory at `offset` begins with.
    int shared(int from, int to, MemorySegment memory, long offset, int otherLength) {
        return KeyOrder.commonPrefix(bytes, from, to, memory, offset, otherLength);
    }

    /// Length of this key's shortest prefix that is greater than `lower`, which is below this key.
    int dividingLength(KeyBuffer lower) {
        int mismatch = Arrays.mismatch(bytes, 0, length, lower.bytes, 0, lower.length);
        assert mismatch >= 0 && mismatch < length : "keys out of order";
        return mismatch + 1;
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }
}

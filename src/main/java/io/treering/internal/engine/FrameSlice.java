package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.Slice;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Objects;

/// A window on native memory that is moved from entry to entry. The memory itself never leaves the library.
public final class FrameSlice implements Slice {
    private static final int LONGEST_SHOWN = 32;

    private static final ValueLayout.OfInt BE_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private MemorySegment memory = MemorySegment.NULL;
    private long offset;

    /// -1: no entry.
    private int length = -1;

    FrameSlice() {}

    void moveTo(MemorySegment newMemory, long newOffset, int newLength) {
        memory = newMemory;
        offset = newOffset;
        length = newLength;
    }

    void clear() {
        length = -1;
    }

    boolean isSet() {
        return length >= 0;
    }

    private void ensureEntry() {
        if (length < 0) {
            throw new IllegalStateException("The slice has no entry: not positioned, moved on or closed");
        }
    }

    private void checkIndex(int index, int bytes) {
        ensureEntry();
        if (index < 0 || index > length - bytes) {
            throw new IndexOutOfBoundsException(bytes + " bytes at index " + index + " of a slice of " + length);
        }
    }

    MemorySegment memory() {
        return memory;
    }

    long offset() {
        return offset;
    }

    @Override
    public int length() {
        ensureEntry();
        return length;
    }

    @Override
    public byte byteAt(int index) {
        checkIndex(index, 1);
        return memory.get(JAVA_BYTE, offset + index);
    }

    @Override
    public int intAt(int index) {
        checkIndex(index, Integer.BYTES);
        return memory.get(BE_INT, offset + index);
    }

    @Override
    public long longAt(int index) {
        checkIndex(index, Long.BYTES);
        return Bytes.head(memory, offset + index);
    }

    @Override
    public byte[] toByteArray() {
        ensureEntry();
        byte[] copy = new byte[length];
        MemorySegment.copy(memory, JAVA_BYTE, offset, copy, 0, length);
        return copy;
    }

    @Override
    public int copyTo(byte[] into) {
        ensureEntry();
        MemorySegment.copy(memory, JAVA_BYTE, offset, into, 0, Math.min(length, into.length));
        return length;
    }

    @Override
    public int copyTo(MemorySegment into, long intoOffset) {
        ensureEntry();
        Objects.checkIndex(intoOffset, into.byteSize() + 1);
        MemorySegment.copy(memory, offset, into, intoOffset, Math.min(length, into.byteSize() - intoOffset));
        return length;
    }

    @Override
    public int compareTo(Slice other) {
        ensureEntry();
        FrameSlice that = (FrameSlice) Objects.requireNonNull(other, "other");
        that.ensureEntry();
        return KeyOrder.compare(memory, offset, length, that.memory, that.offset, that.length);
    }

    @Override
    public int compareTo(byte[] other) {
        ensureEntry();
        return -KeyOrder.compare(other, 0, other.length, memory, offset, length);
    }

    @Override
    public boolean contentEquals(byte[] other) {
        ensureEntry();
        return KeyOrder.equal(other, 0, other.length, memory, offset, length);
    }

    /// The first bytes in hexadecimal; says so where there is no entry. Never throws.
    @Override
    public String toString() {
        try {
            if (length < 0) {
                return "Slice[no entry]";
            }
            byte[] shown = new byte[Math.min(length, LONGEST_SHOWN)];
            MemorySegment.copy(memory, JAVA_BYTE, offset, shown, 0, shown.length);
            return "Slice[" + length + " bytes: " + HexFormat.of().formatHex(shown)
                    + (length > LONGEST_SHOWN ? "…]" : "]");
        } catch (IllegalStateException _) {
            return "Slice[closed]";
        }
    }
}

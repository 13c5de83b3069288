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

    private final Lifecycle lifecycle;
    private MemorySegment memory = MemorySegment.NULL;
    private long offset;

    /// -1: no entry.
    private int length = -1;

    FrameSlice(Lifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

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

    /// Asked by every method, because not every one looks at the bytes: a length, or that two of them differ, could be
    /// told when the bytes are long gone. While a partition that is being closed waits for a reader, they are not gone.
    private void ensureEntry() {
        if (length < 0) {
            throw lifecycle.translate(
                    new IllegalStateException("The slice has no entry: not positioned, moved on or closed"));
        }
        if (!memory.scope().isAlive()) {
            throw lifecycle.closed();
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

    // The memory may be closed while it is looked at: then the JDK throws, and the lifecycle knows why.

    @Override
    public byte byteAt(int index) {
        checkIndex(index, 1);
        try {
            return memory.get(JAVA_BYTE, offset + index);
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
    }

    @Override
    public int intAt(int index) {
        checkIndex(index, Integer.BYTES);
        try {
            return memory.get(BE_INT, offset + index);
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
    }

    @Override
    public long longAt(int index) {
        checkIndex(index, Long.BYTES);
        try {
            return Bytes.head(memory, offset + index);
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
    }

    @Override
    public byte[] toByteArray() {
        ensureEntry();
        byte[] copy = new byte[length];
        int _ = copyTo(copy);
        return copy;
    }

    @Override
    public int copyTo(byte[] into) {
        ensureEntry();
        try {
            MemorySegment.copy(memory, JAVA_BYTE, offset, into, 0, Math.min(length, into.length));
            return length;
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
    }

    @Override
    public int copyTo(MemorySegment into, long intoOffset) {
        ensureEntry();
        Objects.checkIndex(intoOffset, into.byteSize() + 1);
        try {
            MemorySegment.copy(memory, offset, into, intoOffset, Math.min(length, into.byteSize() - intoOffset));
            return length;
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
    }

    @Override
    public int compareTo(Slice other) {
        ensureEntry();
        FrameSlice that = (FrameSlice) Objects.requireNonNull(other, "other");
        that.ensureEntry();
        try {
            return KeyOrder.compare(memory, offset, length, that.memory, that.offset, that.length);
        } catch (IllegalStateException e) {
            throw that.lifecycle.isClosing() ? that.lifecycle.translate(e) : lifecycle.translate(e);
        }
    }

    @Override
    public int compareTo(byte[] other) {
        ensureEntry();
        try {
            return -KeyOrder.compare(other, 0, other.length, memory, offset, length);
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
    }

    @Override
    public boolean contentEquals(byte[] other) {
        ensureEntry();
        try {
            return KeyOrder.equal(other, 0, other.length, memory, offset, length);
        } catch (IllegalStateException e) {
            throw lifecycle.translate(e);
        }
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

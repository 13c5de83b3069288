package io.treering.internal.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Fixed-order access to native memory and to byte arrays.
///
/// Everything on disk is little-endian, apart from key heads, which are big-endian so that they compare as numbers in
/// the order of the keys. The methods that take a [MemorySegment] are for **native** segments only: one accessor that
/// has seen both heap and native segments is five times slower for both, because its type profile is polluted.
public final class Bytes {
    /// Little-endian, any alignment.
    public static final ValueLayout.OfShort LE_SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Little-endian, any alignment.
    public static final ValueLayout.OfInt LE_INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Little-endian, any alignment.
    public static final ValueLayout.OfLong LE_LONG = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Little-endian, any alignment.
    public static final ValueLayout.OfDouble LE_DOUBLE = JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Big-endian, any alignment: key heads only.
    public static final ValueLayout.OfLong BE_LONG = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /// Eight bytes of a `byte[]`, big-endian.
    public static final VarHandle ARRAY_BE_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /// Eight bytes of a `byte[]`, little-endian.
    public static final VarHandle ARRAY_LE_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /// Four bytes of a `byte[]`, little-endian.
    public static final VarHandle ARRAY_LE_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    public static int u8(MemorySegment memory, long offset) {
        return memory.get(JAVA_BYTE, offset) & 0xff;
    }

    public static int u16(MemorySegment memory, long offset) {
        return memory.get(LE_SHORT, offset) & 0xffff;
    }

    public static int i32(MemorySegment memory, long offset) {
        return memory.get(LE_INT, offset);
    }

    public static long u32(MemorySegment memory, long offset) {
        return memory.get(LE_INT, offset) & 0xffff_ffffL;
    }

    public static long i64(MemorySegment memory, long offset) {
        return memory.get(LE_LONG, offset);
    }

    public static double f64(MemorySegment memory, long offset) {
        return memory.get(LE_DOUBLE, offset);
    }

    /// Eight bytes as they stand, as a big-endian number.
    public static long head(MemorySegment memory, long offset) {
        return memory.get(BE_LONG, offset);
    }

    public static void putU8(MemorySegment memory, long offset, int value) {
        memory.set(JAVA_BYTE, offset, (byte) value);
    }

    public static void putU16(MemorySegment memory, long offset, int value) {
        memory.set(LE_SHORT, offset, (short) value);
    }

    public static void putI32(MemorySegment memory, long offset, int value) {
        memory.set(LE_INT, offset, value);
    }

    public static void putI64(MemorySegment memory, long offset, long value) {
        memory.set(LE_LONG, offset, value);
    }

    public static void putF64(MemorySegment memory, long offset, double value) {
        memory.set(LE_DOUBLE, offset, value);
    }

    public static void putHead(MemorySegment memory, long offset, long head) {
        memory.set(BE_LONG, offset, head);
    }

    /// Fills `[from, to)` with zeros; nothing happens when the range is empty.
    public static void zero(MemorySegment memory, long from, long to) {
        if (to > from) {
            memory.asSlice(from, to - from).fill((byte) 0);
        }
    }

    public static long roundUp(long value, long powerOfTwo) {
        return (value + powerOfTwo - 1) & -powerOfTwo;
    }

    public static int roundUp(int value, int powerOfTwo) {
        return (value + powerOfTwo - 1) & -powerOfTwo;
    }
}

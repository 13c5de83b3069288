package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;

/// One operation in a record of the write-ahead log.
///
/// ```
///  0      1       2            4              8         12
///  +------+-------+------------+--------------+---------+-----+-------+
///  | kind | flags | key length | value length | tree id | key | value |
///  +------+-------+------------+--------------+---------+-----+-------+
/// ```
///
/// Nothing is aligned. Its sequence is the record's first plus its place in the record. [#MORE] among the flags says
/// that the operation is not the last of its batch, which goes on in the next record if need be: so whatever ends with
/// an operation without it is whole.
public final class WalOperation {
    public static final int KIND = 0;
    public static final int FLAGS = 1;
    public static final int KEY_LENGTH = 2;
    public static final int VALUE_LENGTH = 4;
    public static final int TREE_ID = 8;
    public static final int KEY = 12;

    /// Bytes in front of the key.
    public static final int BYTES = 12;

    public static final int PUT = 1;
    public static final int DELETE = 2;
    /// The value is an [OverflowReference].
    public static final int PUT_OVERFLOW = 3;

    public static final int MORE = 1;

    /// No page size allows for longer keys.
    public static final int LONGEST_KEY = 4095;

    private WalOperation() {}

    public static void write(
            MemorySegment memory, long operation, int kind, int flags, int keyLength, int valueLength) {
        Bytes.putU8(memory, operation + KIND, kind);
        Bytes.putU8(memory, operation + FLAGS, flags);
        Bytes.putU16(memory, operation + KEY_LENGTH, keyLength);
        Bytes.putI32(memory, operation + VALUE_LENGTH, valueLength);
        Bytes.putI32(memory, operation + TREE_ID, 0);
    }

    /// Says that the batch ends with this operation.
    public static void endBatch(MemorySegment memory, long operation) {
        Bytes.putU8(memory, operation + FLAGS, flags(memory, operation) & ~MORE);
    }

    /// Whether `[operation, end)` begins with an operation that can be: of a known kind, and no longer than that.
    public static boolean isOperation(MemorySegment memory, long operation, long end) {
        if (end - operation < BYTES || (flags(memory, operation) & ~MORE) != 0) {
            return false;
        }
        int keyLength = keyLength(memory, operation);
        int valueLength = valueLength(memory, operation);
        if (keyLength > LONGEST_KEY || valueLength < 0 || valueLength > end - operation - BYTES - keyLength) {
            return false;
        }
        return switch (kind(memory, operation)) {
            case PUT -> true;
            case DELETE -> valueLength == 0;
            case PUT_OVERFLOW -> valueLength == OverflowReference.BYTES;
            default -> false;
        };
    }

    public static int kind(MemorySegment memory, long operation) {
        return Bytes.u8(memory, operation + KIND);
    }

    public static int flags(MemorySegment memory, long operation) {
        return Bytes.u8(memory, operation + FLAGS);
    }

    public static int keyLength(MemorySegment memory, long operation) {
        return Bytes.u16(memory, operation + KEY_LENGTH);
    }

    public static int valueLength(MemorySegment memory, long operation) {
        return Bytes.i32(memory, operation + VALUE_LENGTH);
    }

    public static int treeId(MemorySegment memory, long operation) {
        return Bytes.i32(memory, operation + TREE_ID);
    }

    /// Where the next operation begins.
    public static long end(MemorySegment memory, long operation) {
        return operation + BYTES + keyLength(memory, operation) + valueLength(memory, operation);
    }
}

package io.treering.internal.tree;

import java.util.HexFormat;

/// One operation of a merge, as tests write it down. `value` is null where there is none.
record Operation(int kind, byte[] key, byte[] value) {
    static Operation put(byte[] key, byte[] value) {
        return new Operation(MergeSource.PUT, key, value);
    }

    /// A put of a value whose run is written before the merge.
    static Operation putOverflow(byte[] key, byte[] value) {
        return new Operation(MergeSource.PUT_OVERFLOW, key, value);
    }

    static Operation delete(byte[] key) {
        return new Operation(MergeSource.DELETE, key, new byte[0]);
    }

    static Operation touch(byte[] key) {
        return new Operation(MergeSource.TOUCH, key, new byte[0]);
    }

    @Override
    public String toString() {
        String name = switch (kind) {
            case MergeSource.PUT -> "put";
            case MergeSource.DELETE -> "delete";
            case MergeSource.PUT_OVERFLOW -> "putOverflow";
            default -> "touch";
        };
        return name + "(" + HexFormat.of().formatHex(key) + ", " + value.length + ")";
    }
}

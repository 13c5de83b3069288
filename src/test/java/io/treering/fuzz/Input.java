package io.treering.fuzz;

/// An input that is read from front to back. Behind its end there are zeros without end.
final class Input {
    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean isEmpty() {
        return at >= bytes.length;
    }

    int u8() {
        return at < bytes.length ? bytes[at++] & 0xff : 0;
    }

    int u16() {
        return u8() | u8() << 8;
    }

    int i32() {
        return u16() | u16() << 16;
    }

    /// From 0 to `bound - 1`; takes one byte if that can name them all.
    int below(int bound) {
        return bound <= 256 ? u8() % bound : u16() % bound;
    }
}

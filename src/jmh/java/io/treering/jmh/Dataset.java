package io.treering.jmh;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/// The entries of every benchmark. Key and value follow from the entry's number, so that nothing has to be kept in
/// memory to write, read or check them, and all stores see the same bytes.
///
/// Keys are 16 bytes in random order: counting numbers up is writing at random. Two numbers never share a key's first
/// 8 bytes, so that a number beyond those that were written is a key that is missing, somewhere among the others. A
/// negative number is a key behind all others. Values are random bytes, which no compression makes smaller.
///
/// Any thread may use it; [#version] is changed while nobody else does.
final class Dataset {
    static final int KEY_BYTES = 16;

    /// The size of values unless a benchmark is about other sizes.
    static final int VALUE_BYTES = 100;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int POOL_BYTES = 1 << 20;
    private static final int LARGEST_VALUE = 1 << 20;
    private static final byte[] POOL = new byte[POOL_BYTES + LARGEST_VALUE];

    static {
        new SplittableRandom(20_260_101).nextBytes(POOL);
    }

    private final int valueBytes;
    private int version;

    Dataset(int valueBytes) {
        if (valueBytes < Long.BYTES || valueBytes > LARGEST_VALUE) {
            throw new IllegalArgumentException("values of " + valueBytes + " bytes");
        }
        this.valueBytes = valueBytes;
    }

    int valueBytes() {
        return valueBytes;
    }

    /// The bytes of all keys and values.
    long bytes(long entries) {
        return entries * (KEY_BYTES + valueBytes);
    }

    /// From now on each entry has another value.
    void nextVersion() {
        version++;
    }

    static void key(long number, byte[] into) {
        LONG.set(into, 0, keyHead(number));
        LONG.set(into, 8, keyTail(number));
    }

    /// The key's first 8 bytes, big-endian.
    static long keyHead(long number) {
        return number < 0 ? -1 : mix(number);
    }

    /// The key's last 8 bytes, big-endian.
    static long keyTail(long number) {
        return mix(~number);
    }

    void value(long number, byte[] into) {
        System.arraycopy(POOL, place(number), into, 0, valueBytes);
    }

    /// The value's first 8 bytes, big-endian.
    long valueHead(long number) {
        return head(POOL, place(number));
    }

    /// The 8 bytes at an offset, big-endian.
    static long head(byte[] bytes, int offset) {
        return (long) LONG.get(bytes, offset);
    }

    /// What a scan of the entries `[0, entries)` adds up to, in whichever order.
    long scanSum(long entries) {
        long sum = 0;
        for (long number = 0; number < entries; number++) {
            sum += sum(number);
        }
        return sum;
    }

    /// What an entry adds to the sum of a scan.
    long sum(long number) {
        return keyHead(number) ^ valueHead(number);
    }

    /// The numbers `[0, entries)` in the order of their keys.
    static long[] sorted(int entries) {
        long[] numbers = new long[entries];
        // Flipping the first bit makes the signed order the unsigned one, which is the keys'.
        Arrays.setAll(numbers, number -> mix(number) ^ Long.MIN_VALUE);
        Arrays.sort(numbers);
        Arrays.setAll(numbers, i -> unmix(numbers[i] ^ Long.MIN_VALUE));
        return numbers;
    }

    private int place(long number) {
        return (int) (mix(number + (version + 1) * 0x9e3779b97f4a7c15L) & (POOL_BYTES - 1));
    }

    /// Spreads the bits (SplitMix64's last step, a bijection).
    private static long mix(long bits) {
        long mixed = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }

    /// The inverse of [#mix]: its steps backwards, with the inverses of its factors modulo 2^64.
    private static long unmix(long mixed) {
        long bits = (mixed ^ mixed >>> 31 ^ mixed >>> 62) * 0x319642b2d24d8ec3L;
        bits = (bits ^ bits >>> 27 ^ bits >>> 54) * 0x96de1b173f119089L;
        return bits ^ bits >>> 30 ^ bits >>> 60;
    }
}

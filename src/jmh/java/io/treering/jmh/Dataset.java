package io.treering.jmh;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/// The entries of every benchmark. Key and value follow from the entry's number, so that nothing has to be kept in
/// memory to write, read or check them, and both stores see the same bytes.
///
/// Keys are 16 bytes in random order: counting numbers up is writing at random. Two numbers never share a key's first
/// 8 bytes, so that a number beyond those that were written is a key that is missing, somewhere among the others.
/// Values are 100 random bytes, which no compression makes smaller.
final class Dataset {
    static final int KEY_BYTES = 16;
    static final int VALUE_BYTES = 100;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int POOL_BYTES = 1 << 20;
    private static final byte[] POOL = new byte[POOL_BYTES + VALUE_BYTES];

    static {
        new SplittableRandom(20_260_101).nextBytes(POOL);
    }

    private Dataset() {}

    static void key(long number, byte[] into) {
        LONG.set(into, 0, keyHead(number));
        LONG.set(into, 8, keyTail(number));
    }

    /// The key's first 8 bytes, big-endian.
    static long keyHead(long number) {
        return mix(number);
    }

    /// The key's last 8 bytes, big-endian.
    static long keyTail(long number) {
        return mix(~number);
    }

    static void value(long number, byte[] into) {
        System.arraycopy(POOL, place(number), into, 0, VALUE_BYTES);
    }

    /// The value's first 8 bytes, big-endian.
    static long valueHead(long number) {
        return head(POOL, place(number));
    }

    /// The 8 bytes at an offset, big-endian.
    static long head(byte[] bytes, int offset) {
        return (long) LONG.get(bytes, offset);
    }

    /// What a scan of the entries `[0, entries)` adds up to, in whichever order.
    static long scanSum(long entries) {
        long sum = 0;
        for (long number = 0; number < entries; number++) {
            sum += keyHead(number) ^ valueHead(number);
        }
        return sum;
    }

    private static int place(long number) {
        return (int) (mix(number + 0x9e3779b97f4a7c15L) & (POOL_BYTES - 1));
    }

    /// Spreads the bits (SplitMix64's last step, a bijection).
    private static long mix(long bits) {
        long mixed = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }
}

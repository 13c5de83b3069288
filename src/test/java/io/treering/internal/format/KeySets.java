package io.treering.internal.format;

import java.util.Arrays;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;

/// Sets of keys that are hard on a page: the empty key, long shared prefixes, keys that differ only in zeros at the
/// end, equal heads, keys beyond 8, 16 and 48 bytes.
public final class KeySets {
    private KeySets() {}

    /// Up to `size` keys of at most 200 bytes, in order.
    public static NavigableSet<byte[]> random(Random random, int size) {
        int style = random.nextInt(7);
        byte[] stem = bytes(random, random.nextInt(4) == 0 ? random.nextInt(100) : random.nextInt(12), 256);
        NavigableSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        for (int i = 0; i < size; i++) {
            keys.add(key(random, style == 6 ? random.nextInt(6) : style, stem));
        }
        return keys;
    }

    private static byte[] key(Random random, int style, byte[] stem) {
        return switch (style) {
            // Short and dense, the empty key among them.
            case 0 -> bytes(random, random.nextInt(4), 3);
            // Uniform, as hashes are.
            case 1 -> bytes(random, 16, 256);
            // A long shared prefix.
            case 2 -> join(stem, bytes(random, random.nextInt(20), 256));
            // Zeros at the end, and nothing else.
            case 3 -> Arrays.copyOf(stem, stem.length + random.nextInt(40));
            // Equal heads behind what the whole page shares.
            case 4 -> join(join(bytes(random, 1, 2), Arrays.copyOf(stem, 8)), bytes(random, random.nextInt(60), 2));
            // Counters, little of them different.
            default -> join(stem, String.format("%09d", random.nextInt(3000)).getBytes());
        };
    }

    /// A key near those of the set: one of them, or one a byte longer, shorter, above or below.
    public static byte[] near(Random random, NavigableSet<byte[]> keys, byte[][] array) {
        if (keys.isEmpty() || random.nextInt(10) == 0) {
            return bytes(random, random.nextInt(20), 256);
        }
        byte[] key = array[random.nextInt(array.length)].clone();
        switch (random.nextInt(6)) {
            case 0 -> key = Arrays.copyOf(key, key.length + 1 + random.nextInt(9));
            case 1 -> key = Arrays.copyOf(key, random.nextInt(key.length + 1));
            case 2, 3 -> {
                if (key.length > 0) {
                    key[random.nextInt(key.length)] += (byte) (random.nextBoolean() ? 1 : -1);
                }
            }
            default -> {}
        }
        return key;
    }

    public static byte[] bytes(Random random, int length, int alphabet) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(alphabet);
        }
        return bytes;
    }

    private static byte[] join(byte[] left, byte[] right) {
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }
}

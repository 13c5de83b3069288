package io.treering.simulation;

import java.util.Arrays;
import java.util.SplittableRandom;

/// The keys of a simulation, and what their values are made of.
final class Keys {
    private static final int PATTERN_BYTES = 1 << 17;
    private static final byte[] PATTERN = new byte[2 * PATTERN_BYTES];

    static {
        new SplittableRandom(42).nextBytes(PATTERN);
    }

    private final byte[][] keys;
    private final int[] sorted;

    Keys(Swarm swarm, long seed) {
        SplittableRandom random = new SplittableRandom(seed ^ 0x6b65_7973);
        int longest = swarm.keyBytes();
        byte[] common = new byte[longest / (1 + random.nextInt(4))];
        random.nextBytes(common);
        keys = new byte[swarm.keys()][];
        for (int i = 0; i < keys.length; i++) {
            int head = random.nextInt(3) == 0 ? random.nextInt(common.length + 1) : common.length;
            int scrambled = i * 40_503 & 0xffff;
            byte[] key = Arrays.copyOf(common, Math.max(head + 2, random.nextInt(longest + 1)));
            // Distinct, whatever is in front: no two have the same two bytes behind the same head.
            key[head] = (byte) (scrambled >>> 8);
            key[head + 1] = (byte) scrambled;
            keys[i] = key;
        }
        Integer[] order = new Integer[keys.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(keys[a], keys[b]));
        sorted = Arrays.stream(order).mapToInt(Integer::intValue).toArray();
        for (int i = 1; i < sorted.length; i++) {
            if (Arrays.equals(keys[sorted[i - 1]], keys[sorted[i]])) {
                keys[sorted[i]] = Arrays.copyOf(keys[sorted[i]], keys[sorted[i]].length + i);
                keys[sorted[i]][keys[sorted[i]].length - 1] = 1;
            }
        }
        sortAgain();
    }

    private void sortAgain() {
        Integer[] order = new Integer[keys.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(keys[a], keys[b]));
        for (int i = 0; i < order.length; i++) {
            sorted[i] = order[i];
        }
    }

    int count() {
        return keys.length;
    }

    byte[] key(int index) {
        return keys[index];
    }

    /// The key that has so many before it.
    int inOrder(int rank) {
        return sorted[rank];
    }

    /// How many keys are before it.
    int rank(int index) {
        for (int rank = 0; rank < sorted.length; rank++) {
            if (sorted[rank] == index) {
                return rank;
            }
        }
        throw new IllegalArgumentException("no key " + index);
    }

    // ---- values -----------------------------------------------------------------------------------------------------

    /// The value that a write gives to a key.
    static byte[] value(int write, int key, int length) {
        int from = start(write, key);
        return Arrays.copyOfRange(PATTERN, from, from + length);
    }

    /// Whether bytes are the value that a write gave to a key.
    static boolean isValue(byte[] bytes, int from, int to, int write, int key, int length) {
        int start = start(write, key);
        return to - from == length && Arrays.equals(bytes, from, to, PATTERN, start, start + length);
    }

    private static int start(int write, int key) {
        return (write * 0x9e37_79b1 + key * 0x85eb_ca6b) >>> 15;
    }
}

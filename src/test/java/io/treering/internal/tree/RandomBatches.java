package io.treering.internal.tree;

import io.treering.internal.format.KeySets;
import io.treering.internal.format.LeafPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/// Batches of operations that are hard on a merge: keys that share much or nothing, of all lengths, values of all
/// sizes, ranges that vanish, deletes of what is not there.
final class RandomBatches {
    private final Random random;
    private final MergeRig rig;
    private final int maximumKey;
    private final int inlineLimit;
    private final int valueStyle;
    private final List<byte[]> pool = new ArrayList<>();

    RandomBatches(Random random, MergeRig rig, int largestKeySet) {
        this.random = random;
        this.rig = rig;
        this.maximumKey = LeafPage.maximumKeyBytes(rig.store.pageSize());
        this.inlineLimit = rig.store.inlineLimit();
        this.valueStyle = random.nextInt(4);
        for (int i = 0; i < 4; i++) {
            pool.addAll(KeySets.random(random, 1 + random.nextInt(largestKeySet)));
        }
        for (int i = 0; i < 30; i++) {
            pool.add(longKey());
        }
    }

    /// Of the greatest length, or nearly, and equal to others but for one place.
    private byte[] longKey() {
        byte[] key = new byte[maximumKey - random.nextInt(3)];
        Arrays.fill(key, (byte) random.nextInt(2));
        key[random.nextInt(key.length)] ^= (byte) random.nextInt(4);
        key[key.length - 1] = (byte) random.nextInt();
        return key;
    }

    Collection<Operation> next(int atMost) {
        return switch (random.nextInt(8)) {
            case 0 -> thinOut(random.nextBoolean() ? 1 : random.nextDouble());
            case 1 -> cutOut();
            case 2 -> mixed(random.nextInt(atMost), 0.75);
            case 3 -> mixed(random.nextInt(4), 0.2);
            default -> mixed(random.nextInt(atMost), 0.2);
        };
    }

    private Collection<Operation> thinOut(double share) {
        List<Operation> operations = new ArrayList<>();
        for (byte[] key : rig.model.keySet()) {
            if (random.nextDouble() < share) {
                operations.add(Operation.delete(key));
            }
        }
        return operations;
    }

    /// Everything in a range, which often begins or ends exactly with a leaf.
    private Collection<Operation> cutOut() {
        if (rig.model.isEmpty()) {
            return List.of();
        }
        byte[] one = bound();
        byte[] other = bound();
        boolean ascend = Arrays.compareUnsigned(one, other) < 0;
        return rig.model.subMap(ascend ? one : other, true, ascend ? other : one, false).keySet().stream()
                .map(Operation::delete)
                .toList();
    }

    private byte[] bound() {
        List<TreeInspection.Page> leaves = rig.tree.levels.get(0);
        if (random.nextInt(3) > 0) {
            return leaves.get(random.nextInt(leaves.size())).firstKey();
        }
        List<byte[]> keys = new ArrayList<>(rig.model.keySet());
        return keys.get(random.nextInt(keys.size()));
    }

    private Collection<Operation> mixed(int count, double deletes) {
        TreeMap<byte[], Operation> operations = new TreeMap<>(Arrays::compareUnsigned);
        for (int i = 0; i < count; i++) {
            byte[] key = key();
            operations.put(key, operation(key, deletes));
        }
        return operations.values();
    }

    private byte[] key() {
        byte[] key = pool.get(random.nextInt(pool.size()));
        if (random.nextInt(10) == 0) {
            boolean grows = key.length < maximumKey && random.nextBoolean();
            key = Arrays.copyOf(key, grows ? key.length + 1 : key.length);
            if (key.length > 0) {
                key[random.nextInt(key.length)]++;
            }
        }
        return key;
    }

    private Operation operation(byte[] key, double deletes) {
        if (random.nextDouble() < deletes) {
            return Operation.delete(key);
        }
        if (random.nextInt(20) == 0) {
            return Operation.touch(key);
        }
        byte[] value = new byte[valueLength()];
        random.nextBytes(value);
        return random.nextInt(30) == 0 ? Operation.putOverflow(key, value) : Operation.put(key, value);
    }

    private int valueLength() {
        return switch (valueStyle) {
            case 0 -> random.nextInt(5);
            case 1 -> random.nextInt(200);
            case 2 -> random.nextInt(random.nextInt(10) == 0 ? inlineLimit + 200 : 100);
            default -> random.nextInt(random.nextInt(50) == 0 ? 20_000 : inlineLimit);
        };
    }
}

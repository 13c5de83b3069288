package io.treering;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.TreeMap;

/// Random writes, of which the refused ones are counted.
final class FullDiskChurn {
    private final Partition db;
    private final TreeMap<byte[], byte[]> model;
    private final Random random;
    private int refused;

    FullDiskChurn(Partition db, TreeMap<byte[], byte[]> model, Random random) {
        this.db = db;
        this.model = model;
        this.random = random;
    }

    void run(int operations) {
        for (int i = 0; i < operations; i++) {
            switch (random.nextInt(400)) {
                case 0 -> db.flush();
                case 1 -> db.sync();
                case 2 -> underSnapshot();
                case 3 -> deleteSome(random.nextInt(300));
                default -> write();
            }
        }
        assertTrue(refused > 0, "the disk was never full");
    }

    private void write() {
        byte[] key = FullDisk.key(random.nextInt(8_000));
        switch (random.nextInt(10)) {
            case 0, 1 -> {
                db.delete(key);
                model.remove(key);
            }
            case 2 -> batch();
            default -> {
                byte[] value = value();
                try {
                    db.put(key, value);
                    model.put(key, value);
                } catch (NoSpaceException e) {
                    refused++;
                }
            }
        }
    }

    private byte[] value() {
        int kind = random.nextInt(40);
        byte[] value = new byte[kind == 0 ? 60_000 : kind < 4 ? 2_000 + random.nextInt(10_000) : random.nextInt(400)];
        random.nextBytes(value);
        return value;
    }

    private void batch() {
        WriteBatch batch = new WriteBatch();
        TreeMap<byte[], byte[]> after = new TreeMap<>(model);
        for (int i = random.nextInt(8); i >= 0; i--) {
            byte[] key = FullDisk.key(random.nextInt(8_000));
            if (random.nextInt(3) == 0) {
                batch.delete(key);
                after.remove(key);
            } else {
                byte[] value = value();
                batch.put(key, value);
                after.put(key, value);
            }
        }
        try {
            db.write(batch);
            model.clear();
            model.putAll(after);
        } catch (NoSpaceException e) {
            refused++;
        }
    }

    private void deleteSome(int count) {
        for (int i = 0; i < count && !model.isEmpty(); i++) {
            byte[] key = model.ceilingKey(FullDisk.key(random.nextInt(8_000)));
            if (key != null) {
                db.delete(key);
                model.remove(key);
            }
        }
    }

    private void underSnapshot() {
        TreeMap<byte[], byte[]> then = new TreeMap<>(model);
        try (Snapshot snapshot = db.snapshot()) {
            for (int i = random.nextInt(200); i >= 0; i--) {
                try {
                    write();
                } catch (NoSpaceException e) {
                    // A delete that found no reserve: the snapshot holds it.
                    refused++;
                }
            }
            FullDisk.compare(snapshot, then);
        }
    }
}

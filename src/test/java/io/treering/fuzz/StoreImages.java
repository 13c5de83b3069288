package io.treering.fuzz;

import io.treering.CommitMode;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.WalMode;
import io.treering.WriteBatch;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.engine.EngineOpening;
import io.treering.internal.engine.EngineRuntime;
import io.treering.internal.wal.Parking;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/// The sound stores that hostile ones are made from. They come out the same each time, so that an input means the same
/// each time.
final class StoreImages {
    static final int KEYS = 240;

    private static final List<StoreImage> ALL = List.of(closed(), deep(), crashed(), largePages());

    private StoreImages() {}

    static List<StoreImage> all() {
        return ALL;
    }

    /// Settings of the smallest store.
    static PartitionConfig.Builder config() {
        return PartitionConfig.builder()
                .cacheSize(96 << 10)
                .writeBufferSize(64 << 10)
                .walSize(256 << 10)
                .walMode(WalMode.SYNC);
    }

    /// The key with a number, of which some are in each store.
    static byte[] key(int number) {
        String name = number % 3 == 0 ? "key-%05d" : number % 3 == 1 ? "key-%05d-longer-than-its-head" : "%05d";
        return name.formatted(number * 7).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] value(int seed, int length) {
        byte[] value = new byte[length];
        new Random(seed).nextBytes(value);
        return value;
    }

    /// Leaves, branches and runs, and a log that holds nothing.
    private static StoreImage closed() {
        HeapDevice device = new HeapDevice(new byte[0]);
        try (Partition db = open(device, config().build())) {
            fill(db);
        }
        return new StoreImage(device.image());
    }

    private static void fill(Partition db) {
        for (int i = 0; i < KEYS; i++) {
            db.put(key(i), value(i, i % 40 == 7 ? 2_500 + 60 * i : i % 90));
        }
        db.flush();
    }

    /// Keys that differ only at their ends, so that what divides them is long, too.
    static byte[] longKey(int number) {
        byte[] key = value(number / 6, 720);
        key[key.length - 1] = (byte) number;
        return key;
    }

    /// Four levels, since few keys and few separators fit into a page.
    private static StoreImage deep() {
        HeapDevice device = new HeapDevice(new byte[0]);
        PartitionConfig config = config().walMode(WalMode.NONE).build();
        try (Partition db = open(device, config)) {
            for (int i = 0; i < 120; i++) {
                db.put(longKey(i), value(i, i % 30));
                if (i % 40 == 39) {
                    db.flush();
                }
            }
        }
        return new StoreImage(device.image());
    }

    /// A tree, and a log with everything that a log can hold.
    private static StoreImage crashed() {
        HeapDevice device = new HeapDevice(new byte[0]);
        byte[] image;
        try (Partition db = open(device, config().build())) {
            for (int i = 0; i < 60; i++) {
                db.put(key(i), value(i, i % 90));
            }
            db.flush();
            for (int i = 40; i < 70; i++) {
                db.put(key(i), value(i + 1, i * 3));
            }
            db.delete(key(3));
            WriteBatch batch = new WriteBatch();
            for (int i = 100; i < 160; i++) {
                batch.put(key(i), value(i, 200));
            }
            batch.delete(key(41));
            db.write(batch);
            db.put(key(5), value(5, 70_000));
            db.put(key(6), value(6, 9_000));
            db.put(key(7), value(7, 66_000));
            db.sync();
            image = device.image();
        }
        return new StoreImage(image);
    }

    private static StoreImage largePages() {
        HeapDevice device = new HeapDevice(new byte[0]);
        PartitionConfig config = config().pageSize(8_192)
                .walMode(WalMode.NONE)
                .commitMode(CommitMode.EXPLICIT)
                .build();
        try (Partition db = open(device, config)) {
            fill(db);
        }
        return new StoreImage(device.image());
    }

    private static Partition open(HeapDevice device, PartitionConfig config) {
        return EngineOpening.open(device, config, new SameId());
    }

    /// The runtime of production, but for what a new store is called.
    private static final class SameId implements EngineRuntime {
        private final EngineRuntime threads = EngineRuntime.threads();

        @Override
        public UUID newStoreId() {
            return new UUID(1, 2);
        }

        @Override
        public long nanoTime() {
            return threads.nanoTime();
        }

        @Override
        public Waiter waiter() {
            return threads.waiter();
        }

        @Override
        public void pause(long nanos) {
            threads.pause(nanos);
        }

        @Override
        public Parking parking() {
            return threads.parking();
        }

        @Override
        public Arena openArena() {
            return threads.openArena();
        }

        @Override
        public Worker worker(String name, Task task) {
            return threads.worker(name, task);
        }
    }
}

package io.treering;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.TreeMap;

/// The program that [KillTest] kills: writes operations in a known order and says on its standard output what has
/// returned.
final class KillChild {
    private static final int KEYS = 400;

    private KillChild() {}

    /// @param args directory, mode, backend, number of the last operation that is in the store, seed
    public static void main(String[] args) {
        KillMode mode = KillMode.valueOf(args[1]);
        long first = Long.parseLong(args[3]) + 1;
        Random random = new Random(Long.parseLong(args[4]));
        PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true);
        out.println("opening " + (first - 1) + " .");
        PartitionConfig config = mode.config(IoBackend.valueOf(args[2]));
        try (Partition db = Partition.open(Path.of(args[0]), config)) {
            Durable durable = new Durable(db, first);
            for (long n = first; ; n++) {
                write(db, n);
                out.println("done " + n + " .");
                durable.wrote(n);
                int dice = random.nextInt(800);
                if (dice < 3) {
                    out.println("saving " + n + " .");
                    if (dice == 0) {
                        db.flush();
                    } else {
                        db.sync();
                    }
                    out.println("saved " + n + " .");
                } else if (dice < 50) {
                    out.println("durable " + durable.operation() + " .");
                }
            }
        }
    }

    /// Which operation it was that the statistics call durable.
    private static final class Durable {
        private final Partition db;
        private final long first;
        private final ArrayList<Long> sequences = new ArrayList<>();
        private int durable;

        Durable(Partition db, long first) {
            this.db = db;
            this.first = first;
        }

        void wrote(long n) {
            assert n == first + sequences.size();
            sequences.add(db.stats().lastSequence());
        }

        long operation() {
            long sequence = db.stats().durableSequence();
            while (durable < sequences.size() && sequences.get(durable) <= sequence) {
                durable++;
            }
            return first + durable - 1;
        }
    }

    static PartitionConfig config(WalMode mode) {
        return settings().walMode(mode).build();
    }

    static PartitionConfig.Builder settings() {
        return PartitionConfig.builder().cacheSize(64 * 4096).writeBufferSize(256 << 10);
    }

    /// Operation `n`: a put, a delete, or a batch of three.
    static void write(Partition db, long n) {
        switch (kind(n)) {
            case 0 -> db.delete(key(n));
            case 1 -> {
                WriteBatch batch = new WriteBatch();
                batch.put(key(n), value(n));
                batch.put(key(n + 1), value(n));
                batch.delete(key(n + 2));
                db.write(batch);
            }
            default -> db.put(key(n), value(n));
        }
    }

    /// What operation `n` does to the model.
    static void apply(TreeMap<byte[], byte[]> model, long n) {
        switch (kind(n)) {
            case 0 -> model.remove(key(n));
            case 1 -> {
                model.put(key(n), value(n));
                model.put(key(n + 1), value(n));
                model.remove(key(n + 2));
            }
            default -> model.put(key(n), value(n));
        }
    }

    /// Whether operation `n` is a delete of a key that is not there.
    static boolean changesNothing(TreeMap<byte[], byte[]> model, long n) {
        return kind(n) == 0 && !model.containsKey(key(n));
    }

    private static int kind(long n) {
        return n % 11 == 0 ? 0 : n % 7 == 0 ? 1 : 2;
    }

    private static byte[] key(long n) {
        return ("key-" + n * 7919 % KEYS).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private static byte[] value(long n) {
        int length = n % 97 == 0 ? 100_000 : n % 13 == 0 ? 3_000 : (int) (n % 200);
        byte[] value = new byte[8 + length];
        new Random(n).nextBytes(value);
        java.nio.ByteBuffer.wrap(value).putLong(n);
        return value;
    }

    /// The number of the operation that wrote a value.
    static long writer(byte[] value) {
        return java.nio.ByteBuffer.wrap(value).getLong();
    }
}

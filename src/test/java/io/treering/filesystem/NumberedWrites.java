package io.treering.filesystem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CheckReport;
import io.treering.IoBackend;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.Scan;
import io.treering.WalMode;
import io.treering.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;

/// Batches with a number each, which stands in the batch: so a store says which was the last, and everything else
/// follows from that.
final class NumberedWrites {
    private static final byte[] LAST = bytes("last");
    private static final int KEYS = 150;

    private NumberedWrites() {}

    /// Settings of a store for them, which keeps little of them in memory.
    static PartitionConfig config(WalMode mode, IoBackend backend) {
        return PartitionConfig.builder()
                .cacheSize(256 << 10)
                .writeBufferSize(256 << 10)
                .walSize(1 << 20)
                .walMode(mode)
                .ioBackend(backend)
                .build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] key(Random random) {
        return bytes("key-%03d".formatted(random.nextInt(KEYS)));
    }

    private static byte[] value(int number, Random random) {
        int length = number % 23 == 11 ? 70_000 : number % 7 == 3 ? 5_000 : random.nextInt(400);
        byte[] value = new byte[length];
        random.nextBytes(value);
        return value;
    }

    /// What the batch with a number does to a model.
    private static void apply(TreeMap<byte[], byte[]> model, int number) {
        Random random = new Random(number);
        for (int i = random.nextInt(4); i >= 0; i--) {
            byte[] key = key(random);
            if (random.nextInt(4) == 0) {
                model.remove(key);
            } else {
                model.put(key, value(number, random));
            }
        }
        model.put(LAST, bytes(Integer.toString(number)));
    }

    /// What all batches up to one leave behind.
    static TreeMap<byte[], byte[]> after(int last) {
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        for (int number = 1; number <= last; number++) {
            apply(model, number);
        }
        return model;
    }

    /// The batch with a number, from 1 on.
    static WriteBatch batch(int number) {
        WriteBatch batch = new WriteBatch();
        Random random = new Random(number);
        for (int i = random.nextInt(4); i >= 0; i--) {
            byte[] key = key(random);
            if (random.nextInt(4) == 0) {
                batch.delete(key);
            } else {
                batch.put(key, value(number, random));
            }
        }
        batch.put(LAST, bytes(Integer.toString(number)));
        return batch;
    }

    /// The store holds all batches up to one, which is not before the last that was promised.
    ///
    /// @param begun the last that can be there
    /// @return the last that is there
    static int verify(Partition db, int promised, int begun, String where) {
        CheckReport report = db.check();
        assertTrue(report.isClean(), () -> where + ": " + report);
        byte[] found = db.get(LAST);
        int last = found == null ? 0 : Integer.parseInt(new String(found, StandardCharsets.US_ASCII));
        String what = where + ": it holds " + last + " batches, " + promised + " were promised, " + begun + " begun";
        assertTrue(last >= promised && last <= begun, what);
        TreeMap<byte[], byte[]> model = after(last);
        try (Scan scan = db.scan()) {
            for (var entry : model.entrySet()) {
                assertTrue(scan.advance(), what);
                assertArrayEquals(entry.getKey(), scan.key().toByteArray(), what);
                assertArrayEquals(entry.getValue(), scan.value().toByteArray(), what);
            }
            assertFalse(scan.advance(), what);
        }
        return last;
    }
}

package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// A process that works a store hard, and says every now and then how much memory it has and what the store counts.
final class MemoryChild {
    private static final int KEYS = 30_000;
    private static final int LARGE_KEYS = 20;

    private MemoryChild() {}

    public static void main(String[] args) throws IOException {
        // Standard output has a buffer of its own that is allocated with the first line.
        PrintStream out = System.out;
        out.println("start");
        Random random = new Random(Long.parseLong(args[1]));
        long before = residentBytes();
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(16 << 20)
                .writeBufferSize(4 << 20)
                .walMode(WalMode.BATCHED)
                .build();
        try (Partition db = Partition.open(Path.of(args[0]), config)) {
            for (int round = 0; round < Integer.parseInt(args[2]); round++) {
                write(db, random);
                read(db, random);
                out.println("sample " + (residentBytes() - before) + " "
                        + db.stats().memoryBytes());
            }
        }
        out.println("end");
    }

    private static void write(Partition db, Random random) {
        for (int i = 0; i < 5_000; i++) {
            byte[] value = new byte[random.nextInt(1_000)];
            random.nextBytes(value);
            db.put(PartitionContract.bytes("key-" + random.nextInt(KEYS)), value);
        }
        byte[] large = new byte[100_000 + random.nextInt(2 << 20)];
        random.nextBytes(large);
        db.put(PartitionContract.bytes("large-" + random.nextInt(LARGE_KEYS)), large);
        db.flush();
    }

    private static void read(Partition db, Random random) {
        for (int i = 0; i < LARGE_KEYS; i++) {
            Integer length = db.read(PartitionContract.bytes("large-" + i), Slice::length);
            assertTrue(length == null || length >= 100_000);
        }
        try (Snapshot snapshot = db.snapshot();
                Scan scan = snapshot.scan()) {
            long bytes = 0;
            while (scan.advance()) {
                bytes += scan.value().length();
            }
            assertTrue(bytes > 0);
            assertEquals(0, snapshot.sequence() - db.stats().lastSequence());
        }
        for (int i = 0; i < 5_000; i++) {
            byte[] value = db.get(PartitionContract.bytes("key-" + random.nextInt(KEYS)));
            assertTrue(value == null || value.length < 1_000);
        }
    }

    /// Memory of the process that is not a file's.
    private static long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("/proc/self/status has no RssAnon");
    }
}

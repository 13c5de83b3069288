package io.treering;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// A process that works a store hard, and says every now and then how much memory it has and what the store counts.
final class MemoryChild {
    private static final int KEYS = 30_000;
    private static final int LARGE_KEYS = 20;
    private static final int READERS = 2;

    private MemoryChild() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        // Standard output has a buffer of its own that is allocated with the first line.
        PrintStream out = System.out;
        out.println("start");
        Random random = new Random(Long.parseLong(args[1]));
        long before = status("RssAnon:");
        long allBefore = status("VmRSS:");
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(16 << 20)
                .writeBufferSize(4 << 20)
                .walMode(WalMode.BATCHED)
                .build();
        try (Partition db = Partition.open(Path.of(args[0]), config)) {
            AtomicLong most = new AtomicLong();
            Snapshot held = db.snapshot();
            for (int round = 0; round < Integer.parseInt(args[2]); round++) {
                // Two threads read while the next round is written, and all see the round before in a snapshot.
                Thread[] readers = new Thread[READERS];
                AtomicReference<Throwable> failure = new AtomicReference<>();
                for (int i = 0; i < READERS; i++) {
                    Random own = new Random(random.nextLong());
                    readers[i] = Thread.ofPlatform().start(() -> {
                        try {
                            read(db, own, most);
                        } catch (Throwable e) {
                            failure.set(e);
                        }
                    });
                }
                write(db, random);
                for (Thread reader : readers) {
                    reader.join();
                }
                if (failure.get() != null) {
                    throw new AssertionError("a reader failed", failure.get());
                }
                held.close();
                held = db.snapshot();
                read(db, random, most);
                out.println("sample " + (status("RssAnon:") - before) + " "
                        + db.stats().memoryBytes());
            }
            out.println("peak " + (status("VmHWM:") - allBefore) + " " + most);
            held.close();
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

    /// @param most the greatest memory number that was seen
    private static void read(Partition db, Random random, AtomicLong most) {
        for (int i = 0; i < LARGE_KEYS; i++) {
            Integer length = db.read(PartitionContract.bytes("large-" + i), slice -> {
                see(db, most);
                return slice.length();
            });
            assertTrue(length == null || length >= 100_000);
        }
        try (Snapshot snapshot = db.snapshot();
                Scan scan = snapshot.scan()) {
            long bytes = 0;
            while (scan.advance()) {
                bytes += scan.value().length();
            }
            see(db, most);
            assertTrue(bytes >= 0 && snapshot.sequence() <= db.stats().lastSequence());
        }
        for (int i = 0; i < 5_000; i++) {
            byte[] value = db.get(PartitionContract.bytes("key-" + random.nextInt(KEYS)));
            assertTrue(value == null || value.length < 1_000);
        }
    }

    private static void see(Partition db, AtomicLong most) {
        most.accumulateAndGet(db.stats().memoryBytes(), Math::max);
    }

    private static long status(String figure) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(figure)) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("/proc/self/status has no " + figure);
    }
}

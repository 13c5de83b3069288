package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Eight reading threads, half of them virtual, against one writer, with buffers and cache so small that merges,
/// evictions and reuse of pages go on all the time.
final class ReadersAgainstWriterTest {
    private static final int KEYS = 6_000;
    private static final int DELETE_EVERY = 5;
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final long SECONDS = SCALE == 1 ? 8 : 15L * SCALE;
    private static final long SEED = Long.getLong("treering.test.seed", 7);

    @TempDir
    Path directory;

    /// Versions of each key whose write has begun, and has returned.
    private final AtomicLongArray begun = new AtomicLongArray(KEYS);

    private final AtomicLongArray returned = new AtomicLongArray(KEYS);

    private final AtomicLong reads = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean stop;

    @Test
    void everyReadIsCurrentAtSomeMomentOfTheCallAndSnapshotsNeverChange() throws Exception {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(64 * 4096)
                .writeBufferSize(256 << 10)
                .walMode(WalMode.NONE)
                .build();
        try (Partition db = Partition.open(directory.resolve("db"), config)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int seed = i;
                Runnable work = guarded(() -> {
                    if (seed % 4 == 3) {
                        holdSnapshots(db, new Random(SEED + seed));
                    } else {
                        read(db, new Random(SEED + seed));
                    }
                });
                threads.add(
                        i % 2 == 0
                                ? Thread.ofPlatform().start(work)
                                : Thread.ofVirtual().start(work));
            }
            write(db, new Random(SEED));
            stop = true;
            for (Thread thread : threads) {
                thread.join();
            }
            Throwable first = failure.get();
            if (first != null) {
                throw new AssertionError("seed " + SEED, first);
            }
            CheckReport report = db.check();
            assertTrue(report.isClean(), report::toString);
            assertTrue(reads.get() > 10_000, () -> "only " + reads.get() + " reads");
        }
    }

    private Runnable guarded(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
                stop = true;
            }
        };
    }

    private void write(Partition db, Random random) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        long count = 0;
        while (!stop && System.nanoTime() < end) {
            int key = random.nextInt(KEYS);
            long version = begun.incrementAndGet(key);
            if (version % DELETE_EVERY == 0) {
                db.delete(key(key));
            } else {
                db.put(key(key), value(key, version));
            }
            returned.set(key, version);
            if (++count % 20_000 == 0) {
                db.flush();
            }
        }
    }

    private void read(Partition db, Random random) {
        byte[] into = new byte[8_000];
        while (!stop) {
            int key = random.nextInt(KEYS);
            switch (random.nextInt(20)) {
                case 0 -> multiGet(db, random);
                case 1 -> scan(db, key);
                case 2 -> {
                    long before = returned.get(key);
                    Long version = db.read(key(key), slice -> version(key, slice.toByteArray()));
                    assertCurrent(key, before, version == null ? -1 : version);
                }
                default -> {
                    long before = returned.get(key);
                    int length = db.get(key(key), into);
                    assertCurrent(key, before, length < 0 ? -1 : version(key, Arrays.copyOf(into, length)));
                }
            }
            reads.incrementAndGet();
        }
    }

    private void multiGet(Partition db, Random random) {
        int[] keys = random.ints(10, 0, KEYS).toArray();
        long[] before = Arrays.stream(keys).mapToLong(returned::get).toArray();
        List<byte[]> wanted =
                Arrays.stream(keys).mapToObj(ReadersAgainstWriterTest::key).toList();
        List<byte @Nullable []> values = db.multiGet(wanted);
        for (int i = 0; i < keys.length; i++) {
            byte[] value = values.get(i);
            assertCurrent(keys[i], before[i], value == null ? -1 : version(keys[i], value));
        }
    }

    private void scan(Partition db, int from) {
        long[] before = new long[50];
        for (int i = 0; i < before.length; i++) {
            before[i] = from + i < KEYS ? returned.get(from + i) : 0;
        }
        boolean[] seen = new boolean[before.length];
        try (Scan scan = db.scan(key(from), key(from + before.length))) {
            while (scan.advance()) {
                int key = scan.key().intAt(0);
                seen[key - from] = true;
                assertCurrent(key, before[key - from], version(key, scan.value().toByteArray()));
            }
        }
        for (int i = 0; i < seen.length && from + i < KEYS; i++) {
            if (!seen[i]) {
                assertCurrent(from + i, before[i], -1);
            }
        }
    }

    /// @param version -1 for absent
    private void assertCurrent(int key, long before, long version) {
        long after = begun.get(key);
        if (version >= 0) {
            assertTrue(
                    before <= version && version <= after,
                    () -> "key " + key + ": version " + version + " was not current between " + before + " and "
                            + after);
            return;
        }
        boolean absent = before == 0 || before % DELETE_EVERY == 0 || before / DELETE_EVERY != after / DELETE_EVERY;
        assertTrue(absent, () -> "key " + key + " was never absent between versions " + before + " and " + after);
    }

    private void holdSnapshots(Partition db, Random random) {
        while (!stop) {
            try (Snapshot snapshot = db.snapshot()) {
                int from = random.nextInt(KEYS);
                List<String> first = contents(snapshot, from);
                for (int i = 0; i < 20 && !stop; i++) {
                    assertEquals(first, contents(snapshot, from));
                    int key = from + random.nextInt(100);
                    byte[] value = snapshot.get(key(key));
                    String line = value == null ? null : line(key, value);
                    assertEquals(value != null, line != null && first.contains(line));
                    reads.incrementAndGet();
                }
            }
        }
    }

    private static List<String> contents(Snapshot snapshot, int from) {
        List<String> lines = new ArrayList<>();
        try (Scan scan = snapshot.scan(key(from), key(from + 100))) {
            while (scan.advance()) {
                lines.add(line(scan.key().intAt(0), scan.value().toByteArray()));
            }
        }
        return lines;
    }

    private static String line(int key, byte[] value) {
        return key + "=" + version(key, value);
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(12).putInt(key).putLong(key * 31L).array();
    }

    /// Key, version, and filler that belongs to both; some values are runs of their own.
    private static byte[] value(int key, long version) {
        int length = version % 50 == 1 ? 5_000 : 12 + (int) (version * 7 + key) % 150;
        byte[] value = new byte[Math.max(12, length)];
        Arrays.fill(value, (byte) (key * 13 + version));
        ByteBuffer.wrap(value).putInt(key).putLong(version);
        return value;
    }

    /// The version that a value belongs to, once all of it is seen to belong to it.
    private static long version(int key, byte[] value) {
        long version = ByteBuffer.wrap(value).getLong(4);
        assertTrue(Arrays.equals(value(key, version), value), () -> "key " + key + " has a torn value");
        return version;
    }
}

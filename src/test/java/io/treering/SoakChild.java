package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A process that works a store for a long time, compares all that it reads with what it wrote, and says every now and
/// then how large everything is.
///
/// One thread writes, and takes and drops snapshots; two read; another looks a hundred times a second how much of the
/// file is needed. A value says of which key and which version it is. At the end of each period no snapshots are taken
/// for a while, so that live data alone decide how large the file is.
final class SoakChild {
    private static final PrintStream OUT = System.out;
    private static final int KEYS = 60_000;
    private static final int READERS = 2;
    private static final int MOST_SNAPSHOTS = 4;
    private static final long OBSERVE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long SAMPLE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LONGEST_HELD_NANOS = TimeUnit.SECONDS.toNanos(8);
    private static final int MOST_PERIODS = 4;
    private static final long SHORTEST_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(120);

    /// A quarter of the period, but not less than this: the file takes its time.
    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Partition db;
    private final Random random;

    /// Even: the key is absent. The writer raises it before it writes, and again when that has returned…
    private final AtomicIntegerArray begun = new AtomicIntegerArray(KEYS);

    /// …this one.
    private final AtomicIntegerArray done = new AtomicIntegerArray(KEYS);

    /// The newest version in which the key is absent, or shall be. Numbers do not tell: an overwrite passes over one.
    private final AtomicIntegerArray lastAbsent = new AtomicIntegerArray(KEYS);

    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private final Durations puts = new Durations();
    private final Durations deletes = new Durations();
    private final List<Durations> gets = new ArrayList<>();

    /// The most that live data and what is held needed since the last sample, in bytes.
    private final AtomicLong needed = new AtomicLong();

    private volatile boolean stopping;
    private volatile @Nullable Throwable failure;
    private long snapshots;

    /// Bytes of the values that were put; the file follows what is needed as fast as it is written to.
    private long written;

    /// As of when the last snapshot was dropped.
    private long writtenBefore;

    private SoakChild(Partition db, Random random) {
        this.db = db;
        this.random = random;
    }

    private record Held(Snapshot snapshot, int[] versions, long until) {}

    /// Counts durations in classes that are a quarter of a power of two wide.
    private static final class Durations {
        private final long[] counts = new long[256];
        private long longest;
        private long total;

        void add(long nanos) {
            longest = Math.max(longest, nanos);
            total++;
            int log = 63 - Long.numberOfLeadingZeros(Math.max(4, nanos));
            counts[log * 4 + (int) (nanos >>> (log - 2) & 3)]++;
        }

        void addAll(Durations other) {
            longest = Math.max(longest, other.longest);
            total += other.total;
            for (int i = 0; i < counts.length; i++) {
                counts[i] += other.counts[i];
            }
        }

        private long quantile(double share) {
            long left = (long) (total * share);
            for (int i = 0; i < counts.length; i++) {
                left -= counts[i];
                if (left < 0) {
                    return (long) (5 + i % 4) << Math.max(0, i / 4 - 2);
                }
            }
            return longest;
        }

        @Override
        public String toString() {
            return total + ", median " + micros(quantile(0.5)) + ", 99.9 % " + micros(quantile(0.999)) + ", 99.99 % "
                    + micros(quantile(0.9999)) + ", longest " + micros(longest);
        }

        private static String micros(long nanos) {
            return "%.1f µs".formatted(nanos / 1e3);
        }
    }

    /// @param arguments directory, seconds, seed
    public static void main(String[] arguments) throws Exception {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(16 << 20)
                .writeBufferSize(1 << 20)
                .walMode(WalMode.BATCHED)
                .build();
        Path directory = Path.of(arguments[0]);
        int[] versions;
        try (Partition db = Partition.open(directory, config)) {
            SoakChild soak = new SoakChild(db, new Random(Long.parseLong(arguments[2])));
            soak.run(TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[1])));
            versions = soak.versions();
            compare(db, versions);
        }
        try (Partition db = Partition.open(directory, config)) {
            compare(db, versions);
            OUT.println("end " + db.stats().entries() + " entries after reopening");
        }
    }

    private void run(long nanos) throws Exception {
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            Durations durations = new Durations();
            gets.add(durations);
            long seed = random.nextLong();
            readers.add(Thread.ofPlatform().name("reader-" + i).start(() -> guarded(() -> read(durations, seed))));
        }
        readers.add(Thread.ofPlatform().name("observer").start(() -> guarded(this::observe)));
        try {
            write(nanos);
        } finally {
            stopping = true;
            for (Thread reader : readers) {
                reader.join();
            }
        }
        Throwable failed = failure;
        if (failed != null) {
            throw new AssertionError("a reader failed", failed);
        }
        while (!held.isEmpty()) {
            drop(held.poll());
        }
        db.flush();
        sayDurations();
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) {
            failure = e;
        }
    }

    // ---- the writer -------------------------------------------------------------------------------------------------

    private void write(long nanos) throws IOException {
        for (int i = 0; i < KEYS; i++) {
            put(i, 1);
        }
        db.flush();
        long period = nanos / Math.clamp(nanos / SHORTEST_PERIOD_NANOS, 1, MOST_PERIODS);
        long pause = Math.min(period, Math.max(period / 4, SHORTEST_PAUSE_NANOS));
        long start = System.nanoTime();
        long sample = start;
        long now = start;
        while (now - start < nanos && failure == null) {
            boolean pausing = (now - start) % period >= period - pause;
            step(!pausing);
            now = System.nanoTime();
            if (now - sample > 0) {
                sample = now + SAMPLE_NANOS;
                say(now - start);
            }
            while (!held.isEmpty() && (pausing || now - held.peek().until > 0)) {
                drop(held.poll());
                writtenBefore = written;
            }
        }
    }

    private void step(boolean mayTakeSnapshot) {
        int dice = random.nextInt(10_000);
        int key = random.nextInt(KEYS);
        if (dice < 8_500) {
            put(key, 1);
        } else if (dice < 9_500) {
            delete(key);
        } else if (dice < 9_990) {
            batch();
        } else if (dice < 9_998) {
            put(key % 50, 300);
        } else if (mayTakeSnapshot && held.size() < MOST_SNAPSHOTS) {
            long until = System.nanoTime() + random.nextLong(LONGEST_HELD_NANOS);
            held.add(new Held(db.snapshot(), versions(), until));
            snapshots++;
        }
    }

    /// @param scale how much larger than others the value is
    private void put(int key, int scale) {
        byte[] value = value(key, begin(key, true), scale);
        long start = System.nanoTime();
        db.put(key(key), value);
        written += value.length;
        puts.add(System.nanoTime() - start);
        done.set(key, begun.get(key));
    }

    private void delete(int key) {
        int version = begin(key, false);
        long start = System.nanoTime();
        db.delete(key(key));
        deletes.add(System.nanoTime() - start);
        done.set(key, version);
    }

    private void batch() {
        WriteBatch batch = new WriteBatch();
        int first = random.nextInt(KEYS - 20);
        int count = 2 + random.nextInt(18);
        for (int key = first; key < first + count; key++) {
            int version = begin(key, key % 7 != 0);
            if (key % 7 == 0) {
                batch.delete(key(key));
            } else {
                byte[] value = value(key, version, 1);
                batch.put(key(key), value);
                written += value.length;
            }
        }
        db.write(batch);
        for (int key = first; key < first + count; key++) {
            done.set(key, begun.get(key));
        }
    }

    private int begin(int key, boolean present) {
        int next = done.get(key) + 1;
        int version = (next % 2 == 1) == present ? next : next + 1;
        if (!present) {
            lastAbsent.set(key, version);
        }
        begun.set(key, version);
        return version;
    }

    private int[] versions() {
        int[] versions = new int[KEYS];
        for (int i = 0; i < KEYS; i++) {
            versions[i] = done.get(i);
        }
        return versions;
    }

    private void drop(Held snapshot) {
        try (Snapshot dropped = snapshot.snapshot) {
            if (random.nextInt(4) == 0) {
                compare(dropped, snapshot.versions);
            } else {
                for (int i = 0; i < 200; i++) {
                    int key = random.nextInt(KEYS);
                    check(key, dropped.get(key(key)), snapshot.versions[key]);
                }
            }
        }
    }

    // ---- readers ----------------------------------------------------------------------------------------------------

    private void read(Durations durations, long seed) {
        Random own = new Random(seed);
        while (!stopping) {
            if (own.nextInt(2_000) == 0) {
                scan(own.nextInt(KEYS), own.nextInt(3_000));
            } else {
                int key = own.nextInt(KEYS);
                int least = done.get(key);
                long start = System.nanoTime();
                byte[] value = db.get(key(key));
                durations.add(System.nanoTime() - start);
                check(key, value, least, begun.get(key), lastAbsent.get(key));
            }
            Thread.onSpinWait();
        }
    }

    private void scan(int from, int count) {
        try (Scan scan = db.scan(key(from), null)) {
            byte[] before = new byte[0];
            for (int i = 0; i < count && scan.advance(); i++) {
                byte[] key = scan.key().toByteArray();
                assertTrue(java.util.Arrays.compareUnsigned(before, key) < 0, "a scan goes back");
                ByteBuffer value = ByteBuffer.wrap(scan.value().toByteArray());
                assertArrayEquals(key, key(value.getInt()));
                before = key;
            }
        }
    }

    private static void check(int key, byte @Nullable [] found, int version) {
        check(key, found, version, version, version % 2 == 0 ? version : 0);
    }

    /// @param lastAbsent the newest version up to `most` in which the key is absent
    private static void check(int key, byte @Nullable [] found, int least, int most, int lastAbsent) {
        if (found == null) {
            assertTrue(lastAbsent >= least, () -> "key " + key + " is lost, version " + least + " to " + most);
            return;
        }
        int version = ByteBuffer.wrap(found).getInt(4);
        assertTrue(
                least <= version && version <= most,
                () -> "key " + key + " has version " + version + ", not " + least + " to " + most);
        assertArrayEquals(value(key, version, found.length > 10_000 ? 300 : 1), found);
    }

    private static void compare(KeyValueReader store, int[] versions) {
        int present = 0;
        for (int version : versions) {
            present += version % 2;
        }
        int found = 0;
        try (Scan scan = store.scan()) {
            while (scan.advance()) {
                byte[] value = scan.value().toByteArray();
                int key = ByteBuffer.wrap(value).getInt();
                check(key, value, versions[key]);
                found++;
            }
        }
        assertEquals(present, found);
    }

    private static void compare(Partition db, int[] versions) {
        compare((KeyValueReader) db, versions);
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
    }

    private static byte[] key(int key) {
        return PartitionContract.bytes("key-%08d".formatted(key));
    }

    private static byte[] value(int key, int version, int scale) {
        Random content = new Random(key * 31L + version);
        byte[] value = new byte[8 + (50 + content.nextInt(900)) * scale];
        content.nextBytes(value);
        ByteBuffer.wrap(value).putInt(key).putInt(version);
        return value;
    }

    private void observe() {
        while (!stopping) {
            PartitionStats stats = db.stats();
            needed.accumulateAndGet(stats.liveBytes() + stats.heldBytes(), Math::max);
            LockSupport.parkNanos(OBSERVE_NANOS);
        }
    }

    // ---- what is said -----------------------------------------------------------------------------------------------

    private void say(long elapsed) throws IOException {
        PartitionStats stats = db.stats();
        OUT.println(
                "sample seconds " + TimeUnit.NANOSECONDS.toSeconds(elapsed) + " file " + stats.fileBytes() + " live "
                        + stats.liveBytes() + " held " + stats.heldBytes() + " free " + stats.freeBytes() + " number "
                        + stats.memoryBytes() + " needed " + needed.getAndSet(0) + " resident " + residentBytes()
                        + " snapshots " + held.size() + " written " + written + " alone "
                        + (held.isEmpty() ? written - writtenBefore : 0));
    }

    private void sayDurations() {
        Durations all = new Durations();
        gets.forEach(all::addAll);
        OUT.println("puts " + puts);
        OUT.println("deletes " + deletes);
        OUT.println("gets " + all);
        OUT.println("snapshots " + snapshots);
    }

    private static long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("/proc/self/status has no RssAnon");
    }
}

package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.MemoryDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.Transformer;
import org.jspecify.annotations.Nullable;

/// Random operations on a partition and on a [TreeMap]: the same answers, and a clean [Partition#check()] after each
/// run, whatever the settings.
final class PartitionModelTest {
    private static final int KEYS = 300;

    /// All backends, page sizes and modes, in combinations that repeat after 240.
    private static final int CONFIGURATIONS = 32;

    private static final List<IoBackend> BACKENDS = backendsHere();

    private int firstConfiguration;

    private @Nullable Harness running;

    /// How often is a property of the build, `test.tries`.
    @Property
    void aPartitionBehavesLikeASortedMap(
            @ForAll("runs") ActionChain<Harness> chain, @ForAll("configurations") int configuration)
            throws IOException {
        firstConfiguration = configuration;
        chain.run();
        harness().finish();
    }

    private Harness harness() {
        Harness harness = running;
        if (harness == null) {
            throw new AssertionError("no run has begun");
        }
        return harness;
    }

    @AfterTry
    void deleteFiles() throws IOException {
        Harness harness = running;
        running = null;
        if (harness != null) {
            harness.delete();
        }
    }

    @Provide
    Arbitrary<ActionChain<Harness>> runs() {
        return ActionChain.startWith(() -> running = new Harness(firstConfiguration))
                .withAction(8, independent(puts()))
                .withAction(4, independent(key().map(key -> on("delete " + show(key), h -> h.delete(key)))))
                .withAction(2, independent(batches()))
                .withAction(3, independent(key().map(key -> on("get " + show(key), h -> h.get(key)))))
                .withAction(2, independent(scans()))
                .withAction(2, independent(walks()))
                .withAction(1, independent(floods()))
                .withAction(1, independent(Arbitraries.just(on("take a snapshot", Harness::snapshot))))
                .withAction(1, independent(Arbitraries.just(on("drop a snapshot", Harness::dropSnapshot))))
                .withAction(2, independent(Arbitraries.just(on("look at snapshots", Harness::lookAtSnapshots))))
                .withAction(2, independent(Arbitraries.just(on("flush", h -> h.db().flush()))))
                .withAction(1, independent(Arbitraries.just(on("sync", h -> h.db().sync()))))
                .withAction(
                        1,
                        independent(configurations()
                                .map(c -> on("reopen with configuration " + c, h -> h.reopen(configuration(c))))))
                .withMaxTransformations(60);
    }

    private static Action.Independent<Harness> independent(Arbitrary<Transformer<Harness>> transformers) {
        return () -> transformers;
    }

    private static Transformer<Harness> on(String name, java.util.function.Consumer<Harness> change) {
        return Transformer.mutate(name, change);
    }

    private static Arbitrary<Transformer<Harness>> puts() {
        return Combinators.combine(key(), value())
                .as((key, value) -> on("put " + show(key) + " (" + value.length + " bytes)", h -> h.put(key, value)));
    }

    private static Arbitrary<Transformer<Harness>> batches() {
        Arbitrary<List<Map.Entry<byte[], byte[]>>> operations = Combinators.combine(key(), value().injectNull(0.3))
                .as((k, v) -> entry(k, v))
                .list()
                .ofMaxSize(20);
        return operations.map(list -> on("batch of " + list.size(), h -> h.batch(list)));
    }

    private static Map.Entry<byte[], byte[]> entry(byte[] key, byte @Nullable [] value) {
        return new java.util.AbstractMap.SimpleEntry<>(key, value);
    }

    private static Arbitrary<Transformer<Harness>> scans() {
        return Combinators.combine(key().injectNull(0.2), key().injectNull(0.2), Arbitraries.of(true, false))
                .as((from, to, reversed) -> on(
                        "scan " + show(from) + " to " + show(to) + (reversed ? " reversed" : ""),
                        h -> h.scan(from, to, reversed)));
    }

    private static Arbitrary<Transformer<Harness>> walks() {
        return Combinators.combine(key(), Arbitraries.of(true, false).list().ofMaxSize(30))
                .as((start, steps) -> on("walk a cursor from " + show(start), h -> h.walk(start, steps)));
    }

    private static Arbitrary<Transformer<Harness>> floods() {
        return Arbitraries.integers()
                .between(0, 1_000_000)
                .map(seed -> on("flood with seed " + seed, h -> h.flood(seed)));
    }

    /// Keys that share prefixes, differ in trailing zeros only, are empty or as long as allowed.
    private static Arbitrary<byte[]> key() {
        return Arbitraries.integers().between(0, KEYS - 1).map(PartitionModelTest::key);
    }

    static byte[] key(int number) {
        return switch (number % 7) {
            case 0 -> ("k" + number).getBytes();
            case 1 -> new byte[number / 7];
            case 2 -> ("a/long/prefix/that/many/keys/share/" + number).getBytes();
            case 3 -> Arrays.copyOf(("z" + number / 50).getBytes(), 3 + number / 7 % 10);
            case 4 -> Arrays.copyOf(("long" + number).getBytes(), 1_024);
            case 5 -> new byte[] {(byte) number, (byte) 0xff, (byte) number};
            default -> new byte[] {(byte) (number / 7)};
        };
    }

    private static Arbitrary<byte[]> value() {
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(
                                        10, Arbitraries.integers().between(0, 200)),
                                net.jqwik.api.Tuple.of(3, Arbitraries.integers().between(200, 5_000)),
                                net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(60_000, 150_000))),
                        Arbitraries.longs())
                .as((length, seed) -> {
                    byte[] value = new byte[length];
                    new Random(seed).nextBytes(value);
                    return value;
                });
    }

    @Provide
    static Arbitrary<Integer> configurations() {
        return Arbitraries.integers().between(0, CONFIGURATIONS - 1);
    }

    private static List<IoBackend> backendsHere() {
        List<IoBackend> here = new ArrayList<>();
        for (IoBackend backend : IoBackend.values()) {
            try {
                Path directory = Files.createTempDirectory("treering-model");
                try (Partition _ = Partition.open(
                        directory.resolve("db"),
                        PartitionConfig.builder().ioBackend(backend).build())) {
                    here.add(backend);
                } catch (UnsupportedOperationException e) {
                    System.out.println("The model does without " + backend + ": " + e.getMessage());
                }
                delete(directory);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        return here;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static PartitionConfig configuration(int number) {
        int[] pages = {8, 9, 16, 64, 1_000};
        WalMode walMode = WalMode.values()[number % 3];
        int pageSize = 4_096 << number / 2 % 4;
        PartitionConfig.Builder builder = PartitionConfig.builder()
                .pageSize(pageSize)
                .cacheSize((long) pages[number % pages.length] * pageSize)
                .writeBufferSize(number % 4 == 1 ? 1 << 20 : 256 << 10)
                .walMode(walMode)
                .walSize(number % 7 == 0 ? 2 << 20 : 16 << 20)
                .commitMode(walMode == WalMode.NONE && number % 2 == 0 ? CommitMode.EXPLICIT : CommitMode.AUTOMATIC)
                .ioBackend(BACKENDS.get(number % BACKENDS.size()));
        return (number % 5 == 3 ? builder.inlineValueLimit(1_024) : builder).build();
    }

    private static String show(byte @Nullable [] key) {
        return key == null ? "open" : key.length > 12 ? key.length + " bytes" : Arrays.toString(key);
    }

    /// A partition, the map that it should equal, and the snapshots that are held of both.
    static final class Harness {
        private final Path directory;
        private final NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        private final List<Held> snapshots = new ArrayList<>();
        private @Nullable Partition partition;
        private PartitionConfig config;

        private record Held(Snapshot snapshot, NavigableMap<byte[], byte[]> model) {}

        /// @param number the configuration's; most runs are in memory, where nobody waits for syncs, but of each
        ///     backend some are on the drive
        Harness(int number) {
            config = configuration(number);
            try {
                Path drive = Path.of(System.getProperty("java.io.tmpdir"));
                directory = number / 4 % 4 == 0
                        ? Files.createTempDirectory(drive, "treering-model")
                        : MemoryDirectory.create(drive);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        Partition db() {
            Partition open = partition;
            if (open == null) {
                open = Partition.open(directory.resolve("db"), config);
                partition = open;
            }
            return open;
        }

        void put(byte[] key, byte[] value) {
            db().put(key, value);
            model.put(key, value);
        }

        void delete(byte[] key) {
            db().delete(key);
            model.remove(key);
        }

        void batch(List<Map.Entry<byte[], byte[]>> operations) {
            WriteBatch batch = new WriteBatch();
            for (var operation : operations) {
                byte[] value = operation.getValue();
                if (value == null) {
                    batch.delete(operation.getKey());
                    model.remove(operation.getKey());
                } else {
                    batch.put(operation.getKey(), value);
                    model.put(operation.getKey(), value);
                }
            }
            db().write(batch);
        }

        /// Enough to fill buffers and to split pages.
        void flood(int seed) {
            Random random = new Random(seed);
            int count = random.nextInt(2_000);
            for (int i = 0; i < count; i++) {
                byte[] key = ("flood/" + random.nextInt(3_000)).getBytes();
                if (random.nextInt(4) == 0) {
                    delete(key);
                } else {
                    byte[] value = new byte[random.nextInt(300)];
                    random.nextBytes(value);
                    put(key, value);
                }
            }
        }

        void get(byte[] key) {
            assertArrayEquals(model.get(key), db().get(key));
            assertEquals(model.containsKey(key), db().contains(key));
        }

        void scan(byte @Nullable [] from, byte @Nullable [] to, boolean reversed) {
            compareScan(db(), model, from, to, reversed);
        }

        static void compareScan(
                KeyValueReader reader,
                NavigableMap<byte[], byte[]> model,
                byte @Nullable [] from,
                byte @Nullable [] to,
                boolean reversed) {
            NavigableMap<byte[], byte[]> expected = model;
            if (from != null && to != null && Arrays.compareUnsigned(from, to) >= 0) {
                expected = new TreeMap<>(Arrays::compareUnsigned);
            } else {
                expected = from == null ? expected : expected.tailMap(from, true);
                expected = to == null ? expected : expected.headMap(to, false);
            }
            KeyRange range = reversed ? KeyRange.of(from, to).reversed() : KeyRange.of(from, to);
            try (Scan scan = reader.scan(range)) {
                for (var entry : (reversed ? expected.descendingMap() : expected).entrySet()) {
                    assertTrue(scan.advance());
                    assertArrayEquals(entry.getKey(), scan.key().toByteArray());
                    assertArrayEquals(entry.getValue(), scan.value().toByteArray());
                }
                assertFalse(scan.advance());
            }
        }

        void walk(byte[] start, List<Boolean> steps) {
            try (Cursor cursor = db().cursor()) {
                Map.Entry<byte[], byte[]> expected = model.ceilingEntry(start);
                assertAt(expected, cursor, cursor.seek(start));
                for (boolean up : steps) {
                    if (expected == null) {
                        return;
                    }
                    expected = up ? model.higherEntry(expected.getKey()) : model.lowerEntry(expected.getKey());
                    assertAt(expected, cursor, up ? cursor.next() : cursor.previous());
                }
            }
        }

        private static void assertAt(Map.@Nullable Entry<byte[], byte[]> expected, Cursor cursor, boolean found) {
            assertEquals(expected != null, found);
            assertEquals(expected != null, cursor.isValid());
            if (expected != null) {
                assertArrayEquals(expected.getKey(), cursor.key().toByteArray());
                assertArrayEquals(expected.getValue(), cursor.value().toByteArray());
            }
        }

        void snapshot() {
            NavigableMap<byte[], byte[]> copy = new TreeMap<>(Arrays::compareUnsigned);
            copy.putAll(model);
            snapshots.add(new Held(db().snapshot(), copy));
        }

        void dropSnapshot() {
            if (!snapshots.isEmpty()) {
                snapshots.removeFirst().snapshot().close();
            }
        }

        void lookAtSnapshots() {
            for (Held held : snapshots) {
                compareScan(held.snapshot(), held.model(), null, null, false);
                for (int i = 0; i < KEYS; i += 17) {
                    byte[] key = key(i);
                    assertArrayEquals(held.model().get(key), held.snapshot().get(key));
                }
            }
        }

        void reopen(PartitionConfig next) {
            lookAtSnapshots();
            close();
            config = next;
            compareScan(db(), model, null, null, false);
        }

        private void close() {
            snapshots.forEach(held -> held.snapshot().close());
            snapshots.clear();
            Partition open = partition;
            if (open != null) {
                partition = null;
                if (config.commitMode() == CommitMode.EXPLICIT) {
                    open.flush();
                }
                CheckReport report = open.check();
                open.close();
                assertTrue(report.isClean(), report::toString);
            }
        }

        void finish() {
            lookAtSnapshots();
            compareScan(db(), model, null, null, false);
            compareScan(db(), model, null, null, true);
            reopen(config);
            close();
        }

        void delete() throws IOException {
            Partition open = partition;
            if (open != null) {
                open.close();
            }
            PartitionModelTest.delete(directory);
        }
    }
}

package io.treering.internal.buffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.KeyHash;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Orders of many entries, in the shapes that are hard for a sort by heads.
class EntrySortTest {
    private static final long SEED = Long.getLong("treering.test.seed", 20_261);

    /// Sets of keys; the argument runs from 0 to the number of keys.
    enum Shape {
        RANDOM {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> randomBytes(random, 16);
            }
        },
        RANDOM_LENGTHS {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> randomBytes(random, random.nextInt(12));
            }
        },
        COUNTED_WITH_A_LONG_PREFIX {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> BufferFixture.bytes("user:%020d".formatted(i));
            }
        },
        A_PREFIX_AND_ONE_STRANGER {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> BufferFixture.bytes(i == 7_000 ? "" : "a common prefix of all but one %08d".formatted(i));
            }
        },
        TENANTS {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> BufferFixture.bytes("tenant-%02d/table/%08d".formatted(i % 16, i));
            }
        },
        TENANTS_OF_TENANTS {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> {
                    StringBuilder key = new StringBuilder();
                    for (int rest = i + (1 << 20); rest > 0; rest >>>= 2) {
                        key.append("a longer part ").append(rest & 3).append('/');
                    }
                    return BufferFixture.bytes(key.toString());
                };
            }
        },
        ZEROS_OF_EVERY_LENGTH {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> new byte[i % 900];
            }
        },
        DESCENDING {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> BufferFixture.bytes("%08x".formatted(100_000 - i));
            }
        },
        ONE_HOT_KEY {
            @Override
            IntFunction<byte[]> keys(SplittableRandom random) {
                return i -> BufferFixture.bytes(i % 100 == 0 ? "cold %05d".formatted(i) : "hot");
            }
        };

        abstract IntFunction<byte[]> keys(SplittableRandom random);

        static byte[] randomBytes(SplittableRandom random, int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMergeSeesEveryKeyOnceInOrder(Shape shape) {
        try (BufferFixture fixture = new BufferFixture(16 << 20)) {
            TreeSet<byte[]> expected = write(fixture, shape, 10_000, 10_000);
            assertOrder(fixture, expected, fixture.buffer.between(0, fixture.sequence));
            assertOrder(fixture, expected, fixture.buffer.ordered(fixture.sequence));
        }
    }

    @ParameterizedTest
    @EnumSource
    void scansInBetweenChangeNothing(Shape shape) {
        try (BufferFixture fixture = new BufferFixture(16 << 20)) {
            TreeSet<byte[]> expected = write(fixture, shape, 10_000, 37);
            SortedEntries scanned = fixture.buffer.ordered(fixture.sequence);
            assertOrder(fixture, expected, scanned);
            assertOrder(fixture, expected, fixture.buffer.between(0, fixture.sequence));
            assertOrder(fixture, expected, scanned);
        }
    }

    /// Whatever a sort had done when it broke off, the next one finds all entries: for the merge does not ask twice.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void aSortThatBreaksOffLosesNothing(int every) {
        try (BufferFixture fixture = new BufferFixture(16 << 20)) {
            TreeSet<byte[]> expected = new TreeSet<>(Arrays::compareUnsigned);
            SplittableRandom random = new SplittableRandom(SEED);
            AtomicInteger asked = new AtomicInteger();
            AtomicBoolean isShort = new AtomicBoolean(true);
            SortedRuns runs = new SortedRuns(fixture.buffer, length -> {
                if (isShort.get() && asked.incrementAndGet() % every == 0) {
                    throw new OutOfMemoryError("on purpose");
                }
                return new long[length];
            });
            int failures = 0;
            for (int round = 0; round < 300; round++) {
                for (int i = 0; i < 1 + random.nextInt(20); i++) {
                    // Less and less in common, so that what is sorted already is packed anew.
                    byte[] key = BufferFixture.bytes("common".substring(0, 6 - round / 50) + random.nextInt(1 << 20));
                    fixture.put(key, new byte[0]);
                    expected.add(key);
                }
                try {
                    assertOrder(fixture, expected, runs.upTo(fixture.sequence));
                } catch (OutOfMemoryError e) {
                    failures++;
                }
            }
            assertTrue(failures > 10, "failures: " + failures);
            isShort.set(false);
            assertOrder(fixture, expected, runs.between(0, fixture.sequence));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 100, 1000})
    void runsStayFewHoweverOftenIsScanned(int every) {
        try (BufferFixture fixture = new BufferFixture(16 << 20)) {
            write(fixture, Shape.RANDOM, 10_000, every);
            int runs = fixture.buffer.ordered(fixture.sequence).runs();
            assertTrue(runs <= 10, "runs: " + runs);
        }
    }

    private static TreeSet<byte[]> write(BufferFixture fixture, Shape shape, int entries, int scanEvery) {
        IntFunction<byte[]> keys = shape.keys(new SplittableRandom(SEED));
        TreeSet<byte[]> expected = new TreeSet<>(Arrays::compareUnsigned);
        for (int i = 0; i < entries; i++) {
            byte[] key = keys.apply(i);
            fixture.put(key, new byte[0]);
            expected.add(key);
            if (i % scanEvery == scanEvery - 1) {
                fixture.buffer.ordered(fixture.sequence);
            }
        }
        return expected;
    }

    private static void assertOrder(BufferFixture fixture, TreeSet<byte[]> expected, SortedEntries entries) {
        BufferCursor cursor = entries.cursor();
        for (byte[] key : expected) {
            assertTrue(cursor.next());
            assertArrayEquals(key, fixture.key(cursor.entry()), "seed " + SEED);
            long newest = fixture.buffer.find(key, key.length, KeyHash.hash(key, key.length), Long.MAX_VALUE);
            assertEquals(newest, cursor.entry());
        }
        assertFalse(cursor.next());
        for (byte[] key : expected.descendingSet()) {
            assertTrue(cursor.previous());
            assertArrayEquals(key, fixture.key(cursor.entry()), "seed " + SEED);
        }
        assertFalse(cursor.previous());
    }
}

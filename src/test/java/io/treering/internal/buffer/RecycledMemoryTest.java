package io.treering.internal.buffer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A reader whose buffer was recycled reads anything at all. It must come to an end, without an exception and without
/// leaving the memory, so that it gets to the question whether its answer is worth anything.
@Timeout(120)
class RecycledMemoryTest {
    private static final long SEED = Long.getLong("treering.test.seed", 77);
    private static final int ENTRIES = 150;

    /// What the memory holds instead.
    enum Damage {
        RANDOM_BYTES((memory, random) -> {
            for (long at = 0; at < memory.byteSize(); at++) {
                memory.set(JAVA_BYTE, at, (byte) random.nextInt());
            }
        }),
        ALL_ONES((memory, random) -> memory.fill((byte) -1)),
        ZEROS((memory, random) -> memory.fill((byte) 0)),
        A_FULL_INDEX_OF_REAL_REFERENCES((memory, random) -> {
            long index = memory.byteSize() / 8 * 7;
            for (long at = index; at < memory.byteSize(); at += 8) {
                memory.set(JAVA_LONG, at, memory.get(JAVA_LONG, at) | 8 | ((long) random.nextInt() << 32));
            }
        }),
        SOME_WORDS((memory, random) -> {
            for (int i = 0; i < 200; i++) {
                memory.set(JAVA_LONG, random.nextLong(memory.byteSize() / 8) * 8, random.nextLong());
            }
        }),
        SMALL_FIELDS((memory, random) -> {
            // References that point backwards and forwards to other entries, and small sequences.
            for (long at = 64; at < memory.byteSize() / 8 * 7; at += 8) {
                memory.set(JAVA_LONG, at, random.nextLong(2_000) | random.nextLong(2_000) << 32);
            }
        });

        final BiConsumer<MemorySegment, SplittableRandom> change;

        Damage(BiConsumer<MemorySegment, SplittableRandom> change) {
            this.change = change;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyQuestionGetsSomeAnswer(Damage damage) {
        for (int round = 0; round < 60; round++) {
            long seed = SEED * 1_000 + round;
            SplittableRandom random = new SplittableRandom(seed);
            try (BufferFixture fixture = new BufferFixture(32 << 10)) {
                fill(fixture, random);
                SortedEntries before = fixture.buffer.ordered(ENTRIES / 2);
                BufferCursor during = fixture.buffer.ordered(ENTRIES * 2 / 3).cursor();
                during.next();
                damage.change.accept(fixture.segment, random);
                assertTrue(fixture.buffer.isCurrent());
                ask(fixture, random);
                walk(fixture, before.cursor());
                walk(fixture, during);
                walk(fixture, fixture.buffer.ordered(ENTRIES).cursor());
                walk(fixture, fixture.buffer.between(0, ENTRIES).cursor());
                walk(
                        fixture,
                        fixture.buffer
                                .between(random.nextLong(ENTRIES), ENTRIES)
                                .cursor());
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    /// Keys with a common prefix of 40 bytes, or of none.
    private static void fill(BufferFixture fixture, SplittableRandom random) {
        String prefix = random.nextBoolean() ? "0123456789012345678901234567890123456789" : "";
        for (int i = 0; i < ENTRIES; i++) {
            fixture.put(prefix + random.nextInt(60), "x".repeat(random.nextInt(60)));
        }
    }

    private static void ask(BufferFixture fixture, SplittableRandom random) {
        WriteBuffer buffer = fixture.buffer;
        for (int i = 0; i < 100; i++) {
            byte[] key = new byte[random.nextInt(70)];
            random.nextBytes(key);
            long hash = random.nextBoolean() ? KeyHash.hash(key, key.length) : random.nextLong();
            buffer.mayHold(KeyOrder.head(key, 0, key.length));
            touch(fixture, buffer.find(key, key.length, hash, random.nextLong(ENTRIES)));
        }
    }

    private static void walk(BufferFixture fixture, BufferCursor cursor) {
        int steps = 0;
        while (cursor.next()) {
            touch(fixture, cursor.entry());
            steps++;
        }
        assertTrue(steps <= fixture.memory.capacity() / BufferEntry.KEY);
        while (cursor.previous()) {
            touch(fixture, cursor.entry());
        }
        byte[] key = BufferFixture.bytes("01234567890123456789012345678901234567895");
        for (int length = 0; length <= key.length; length++) {
            cursor.seek(key, length);
            touch(fixture, cursor.entry());
            cursor.seekForPrev(key, length);
            touch(fixture, cursor.entry());
        }
        assertEquals(cursor.isValid(), cursor.entry() != 0);
    }

    /// Copies key and value, as any reader does before it asks whether they are good.
    private static void touch(BufferFixture fixture, long entry) {
        if (entry != 0) {
            long shape = fixture.buffer.shape(entry);
            long length = (long) BufferEntry.keyLength(shape) + BufferEntry.valueLength(shape);
            fixture.segment.asSlice(fixture.buffer.keyOffset(entry), length).toArray(JAVA_BYTE);
            assertTrue(fixture.buffer.keyOffset(entry) + length <= fixture.buffer.arenaEnd());
        }
    }
}

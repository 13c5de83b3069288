package io.treering.internal.buffer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Readers beside one writer, by number of writes, not by time. Only a hang is ended by the clock.
///
/// Batch number `b` writes all of a few keys, and every value is `b`: so a reader who sees two batches mixed, an
/// entry too early, or bytes of another life, sees a wrong number.
@Timeout(3600)
class BufferConcurrencyTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", System.nanoTime());
    private static final int KEYS = 7;
    private static final int READERS = 3;

    private final AtomicReference<WriteBuffer> active = new AtomicReference<>();
    private final AtomicInteger readersReady = new AtomicInteger();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong lateAnswers = new AtomicLong();
    private volatile boolean done;

    /// Of key `number` in batch `batch`: keys have different lengths, some more than the 48 bytes that one loop
    /// handles.
    private static byte[] key(int number) {
        byte[] key = new byte[number * 11];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (number * 31 + i);
        }
        return key;
    }

    private static byte[] value(long batch) {
        ByteBuffer value = ByteBuffer.allocate(32);
        for (int i = 0; i < 4; i++) {
            value.putLong(batch);
        }
        return value.array();
    }

    /// False if the buffer is full.
    private static boolean writeBatch(WriteBuffer buffer, long batch) {
        if (!buffer.hasRoom(KEYS, KEYS * 200)) {
            return false;
        }
        byte[] value = value(batch);
        for (int number = 0; number < KEYS; number++) {
            byte[] key = key(number);
            long sequence = (batch - 1) * KEYS + number + 1;
            long entry = buffer.append(
                    key, key.length, KeyHash.hash(key, key.length), value, 0, value.length, sequence, BufferEntry.PUT);
            assertNotEquals(0, entry);
        }
        buffer.publish(batch * KEYS);
        return true;
    }

    @Test
    void aBatchAppearsWholeToGetsAndScans() throws Exception {
        try (BufferFixture fixture = new BufferFixture(8 << 20)) {
            active.set(fixture.buffer);
            runBeside(() -> {
                long batch = 1;
                while (writeBatch(fixture.buffer, batch)) {
                    batch++;
                }
                assertTrue(batch > 5_000, "batches: " + batch);
            });
            assertEquals(0, lateAnswers.get());
        }
    }

    @Test
    void aReaderOfRecycledMemoryNoticesIt() throws Exception {
        try (BufferFixture fixture = new BufferFixture(16 << 10)) {
            active.set(fixture.buffer);
            runBeside(() -> {
                WriteBuffer buffer = fixture.buffer;
                for (long batch = 1; batch <= 40_000L * SCALE; batch++) {
                    if (!writeBatch(buffer, batch)) {
                        // As an engine would, but for the merge: what the old buffer held is lost to readers for a
                        // moment.
                        buffer = fixture.memory.begin((batch - 1) * KEYS);
                        assertTrue(writeBatch(buffer, batch));
                        active.set(buffer);
                    }
                }
            });
            assertTrue(answers.get() > 0);
        }
    }

    private void runBeside(Runnable writer) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(READERS)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                SplittableRandom random = new SplittableRandom(SEED + reader);
                readers.add(threads.submit(() -> readUntilDone(random)));
            }
            try {
                while (readersReady.get() < READERS) {
                    Thread.onSpinWait();
                }
                writer.run();
            } finally {
                done = true;
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
    }

    private void readUntilDone(SplittableRandom random) {
        readersReady.incrementAndGet();
        int rounds = 0;
        while (!done || rounds < 100) {
            rounds++;
            WriteBuffer buffer = active.get();
            long upTo = buffer.visible();
            boolean trusted =
                    random.nextInt(20) == 0 ? scan(buffer, upTo, random) : get(buffer, upTo, random.nextInt(KEYS));
            (trusted ? answers : lateAnswers).incrementAndGet();
        }
    }

    /// False if the memory was recycled meanwhile.
    private static boolean get(WriteBuffer buffer, long upTo, int number) {
        byte[] key = key(number);
        boolean mayHold = buffer.mayHold(KeyOrder.head(key, 0, key.length));
        long entry = buffer.find(key, key.length, KeyHash.hash(key, key.length), upTo);
        byte[] value = entry == 0 ? new byte[0] : copy(buffer, entry);
        if (!buffer.isCurrent()) {
            return false;
        }
        if (entry == 0) {
            assertEquals(0, buffer.count() == 0 ? 0 : upTo % KEYS, "seed " + SEED);
        } else {
            assertTrue(mayHold, "seed " + SEED);
            assertEquals(upTo / KEYS, ByteBuffer.wrap(value).getLong(24), "seed " + SEED);
        }
        return true;
    }

    private static boolean scan(WriteBuffer buffer, long upTo, SplittableRandom random) {
        SortedEntries entries = buffer.ordered(upTo);
        BufferCursor cursor = entries.cursor();
        List<Long> batches = new ArrayList<>();
        boolean forward = random.nextBoolean();
        for (boolean more = forward ? cursor.first() : cursor.last();
                more;
                more = forward ? cursor.next() : cursor.previous()) {
            byte[] value = copy(buffer, cursor.entry());
            batches.add(value.length == 32 ? ByteBuffer.wrap(value).getLong() : -1);
        }
        if (!buffer.isCurrent()) {
            return false;
        }
        if (!batches.isEmpty()) {
            assertEquals(Collections.nCopies(KEYS, upTo / KEYS), batches, "seed " + SEED);
        }
        return true;
    }

    private static byte[] copy(WriteBuffer buffer, long entry) {
        long shape = buffer.shape(entry);
        byte[] value = new byte[BufferEntry.valueLength(shape)];
        long at = buffer.keyOffset(entry) + BufferEntry.keyLength(shape);
        MemorySegment.copy(buffer.memory(), JAVA_BYTE, at, value, 0, value.length);
        return value;
    }
}

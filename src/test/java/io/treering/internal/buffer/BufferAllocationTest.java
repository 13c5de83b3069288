package io.treering.internal.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.bytes.KeyOrder;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// Puts, gets and steps of a scan allocate nothing once they are compiled.
class BufferAllocationTest {
    private static final int OPERATIONS = 20_000;
    private static final int ROUNDS = 30;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final byte[] key = new byte[16];
    private final byte[] value = new byte[100];

    private int key(int number) {
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (number >>> (i % 4 * 8));
        }
        return key.length;
    }

    @Test
    void aPutAllocatesNothing() {
        try (BufferFixture fixture = new BufferFixture(16 << 20)) {
            long least = leastAllocated(round -> {
                WriteBuffer buffer = fixture.memory.begin(0);
                long before = allocated();
                for (int i = 1; i <= OPERATIONS; i++) {
                    int length = key(i);
                    long hash = KeyHash.hash(key, length);
                    buffer.append(key, length, hash, value, 0, value.length, i, BufferEntry.PUT);
                    buffer.publish(i);
                }
                return allocated() - before;
            });
            assertEquals(0, least);
        }
    }

    @Test
    void aGetAllocatesNothing() {
        try (BufferFixture fixture = new BufferFixture(16 << 20)) {
            write(fixture);
            long least = leastAllocated(round -> {
                long found = 0;
                long before = allocated();
                for (int i = 1; i <= OPERATIONS; i++) {
                    int length = key(i);
                    if (fixture.buffer.mayHold(KeyOrder.head(key, 0, length))) {
                        long hash = KeyHash.hash(key, length);
                        found += fixture.buffer.find(key, length, hash, fixture.buffer.visible()) == 0 ? 0 : 1;
                    }
                }
                long bytes = allocated() - before;
                assertEquals(OPERATIONS, found);
                return bytes;
            });
            assertEquals(0, least);
        }
    }

    @Test
    void aStepOfACursorAllocatesNothing() {
        try (BufferFixture fixture = new BufferFixture(16 << 20)) {
            write(fixture);
            BufferCursor cursor = fixture.buffer.ordered(OPERATIONS).cursor();
            long least = leastAllocated(round -> {
                long before = allocated();
                long steps = 0;
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                    steps++;
                }
                int length = key(round);
                cursor.seek(key, length);
                long bytes = allocated() - before;
                assertEquals(OPERATIONS, steps);
                return bytes;
            });
            assertEquals(0, least);
        }
    }

    private void write(BufferFixture fixture) {
        for (int i = 1; i <= OPERATIONS; i++) {
            int length = key(i);
            fixture.buffer.append(key, length, KeyHash.hash(key, length), value, 0, value.length, i, BufferEntry.PUT);
        }
        fixture.buffer.publish(OPERATIONS);
    }

    @FunctionalInterface
    private interface Round {
        long allocatedBytes(int round);
    }

    /// The first rounds run in the interpreter, which boxes what compiled code does not.
    private static long leastAllocated(Round round) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS && least > 0; i++) {
            least = Math.min(least, round.allocatedBytes(i));
        }
        return least;
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}

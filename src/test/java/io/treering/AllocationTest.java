package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// With the caller's buffers nothing is allocated for a cached get, a put, a seek or a step of a scan; and what takes
/// objects takes no more than it did.
final class AllocationTest {
    private static final int KEYS = 20_000;
    private static final int WARM_UP = 60_000;
    private static final int MEASURED = 60_000;

    /// Bytes over all measured operations: what compiler and measurement themselves leave on the thread.
    private static final long TOLERATED = 6_000;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final byte[] key = new byte[16];
    private final byte[] into = new byte[100];
    private Partition db;

    @BeforeEach
    void fill() {
        open(WalMode.NONE);
        for (int i = 0; i < KEYS; i++) {
            db.put(key(i), into);
        }
    }

    private void open(WalMode mode) {
        db = Partition.inMemory(PartitionConfig.builder()
                .walMode(mode)
                .cacheSize(64 << 20)
                .writeBufferSize(64 << 20)
                .build());
    }

    @AfterEach
    void close() {
        db.close();
    }

    private byte[] key(int i) {
        LONGS.set(key, 0, i * 0x9E37_79B9_7F4A_7C15L);
        LONGS.set(key, Long.BYTES, (long) i);
        return key;
    }

    private interface Operation {
        void run(int i);
    }

    private static void assertAllocatesNothing(String what, Operation operation) {
        assertAllocates(0, what, operation);
    }

    /// Counts only from when the JIT has done its work, which takes more rounds on a busy machine.
    ///
    /// @param most bytes an operation
    private static void assertAllocates(int most, String what, Operation operation) {
        long allowed = TOLERATED + (long) most * MEASURED;
        for (int i = 0; i < WARM_UP; i++) {
            operation.run(i % KEYS);
        }
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 30 && best > allowed; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < MEASURED; i++) {
                operation.run(i % KEYS);
            }
            best = Math.min(best, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        long bytes = best;
        assertTrue(bytes <= allowed, () -> what + ": " + (double) bytes / MEASURED + " bytes an operation");
    }

    @Test
    void aGetFromTheWriteBufferAllocatesNothing() {
        assertAllocatesNothing("get from the buffer", i -> assertEquals(100, db.get(key(i), into)));
    }

    @Test
    void aCachedGetFromTheTreeAllocatesNothing() {
        db.flush();
        assertAllocatesNothing("get from the tree", i -> assertEquals(100, db.get(key(i), into)));
    }

    @Test
    void aGetOfAMissingKeyAllocatesNothing() {
        db.flush();
        assertAllocatesNothing("get of a missing key", i -> assertEquals(-1, db.get(key(KEYS + i), into)));
    }

    @Test
    void aGetWithNativeSegmentsAllocatesNothing() {
        db.flush();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment nativeKey = arena.allocate(16);
            MemorySegment target = arena.allocate(100);
            assertAllocatesNothing("get with segments", i -> {
                MemorySegment.copy(key(i), 0, nativeKey, ValueLayout.JAVA_BYTE, 0, 16);
                assertEquals(100, db.get(nativeKey, 0, 16, target, 0, 100));
            });
        }
    }

    @Test
    void aPutAllocatesNothing() {
        assertAllocatesNothing("put", i -> db.put(key(i), into));
    }

    /// The log is written and synced by others.
    @Test
    void aPutIntoALogAllocatesNothing() {
        db.close();
        open(WalMode.BATCHED);
        assertAllocatesNothing("put into a log", i -> db.put(key(i), into));
    }

    /// Whoever waits for the device queues up, with an object for it.
    @Test
    void aDurablePutAllocatesLittle() {
        db.close();
        open(WalMode.SYNC);
        assertAllocates(200, "durable put", i -> db.put(key(i), into));
    }

    /// A batch is handed over by slices of its keys and values, of which the JIT leaves some.
    @Test
    void anEntryOfABatchTakesTwoSlices() {
        WriteBatch batch = new WriteBatch();
        assertAllocates(100, "entry of a batch", i -> {
            batch.put(key(i), into);
            if (batch.size() == 100) {
                db.write(batch);
                batch.clear();
            }
        });
    }

    /// The array takes 120.
    @Test
    void aKeyOfAMultiGetTakesLittleMoreThanTheArrayOfItsValue() {
        db.flush();
        List<byte[]> keys = IntStream.range(0, 64).mapToObj(i -> key(i).clone()).toList();
        assertAllocates(180, "key of a multiGet", i -> {
            if (i % 64 == 0) {
                assertEquals(64, db.multiGet(keys).size());
            }
        });
    }

    @Test
    void aGetOfALargeValueAllocatesLittle() {
        byte[] value = new byte[16 << 10];
        db.put(key(0), value);
        db.flush();
        assertAllocates(80, "get of a large value", i -> assertEquals(value.length, db.get(key(0), value)));
    }

    @Test
    void aSeekAllocatesNothing() {
        db.flush();
        try (Cursor cursor = db.cursor()) {
            assertAllocatesNothing("seek", i -> {
                assertTrue(cursor.seek(key(i)));
                assertEquals(16, cursor.key().length());
                assertEquals(100, cursor.value().length());
            });
        }
    }

    @Test
    void aStepBackwardsAllocatesNothing() {
        db.flush();
        try (Cursor cursor = db.cursor()) {
            assertAllocatesNothing("step backwards", i -> {
                if (!cursor.previous()) {
                    assertTrue(cursor.last());
                }
                assertEquals(16, cursor.key().length());
                assertEquals(0, cursor.value().byteAt(7));
            });
        }
    }

    /// But for opening the scan: once in 20,000 steps.
    @Test
    void aStepOfAScanAllocatesNothing() {
        db.flush();
        Scan[] scan = {db.scan()};
        assertAllocates(1, "scan step", i -> {
            if (!scan[0].advance()) {
                scan[0].close();
                scan[0] = db.scan();
                assertTrue(scan[0].advance());
            }
            assertEquals(16, scan[0].key().length());
            assertEquals(0, scan[0].value().byteAt(7));
        });
        scan[0].close();
    }
}

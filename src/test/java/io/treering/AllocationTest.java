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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// With the caller's buffers nothing is allocated for a cached get, a put, a seek or a step of a scan.
final class AllocationTest {
    private static final int KEYS = 20_000;
    private static final int WARM_UP = 60_000;
    private static final int MEASURED = 60_000;

    /// Bytes over all measured operations: what compiler and measurement themselves leave on the thread.
    private static final long TOLERATED = 60_000;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final byte[] key = new byte[16];
    private final byte[] into = new byte[100];
    private Partition db;

    @BeforeEach
    void fill() {
        db = Partition.inMemory(PartitionConfig.builder()
                .walMode(WalMode.NONE)
                .cacheSize(64 << 20)
                .writeBufferSize(64 << 20)
                .build());
        for (int i = 0; i < KEYS; i++) {
            db.put(key(i), into);
        }
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

    /// Counts only from when the JIT has done its work, which takes more rounds on a busy machine.
    private static void assertAllocatesNothing(String what, Operation operation) {
        for (int i = 0; i < WARM_UP; i++) {
            operation.run(i % KEYS);
        }
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 30 && best > TOLERATED; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < MEASURED; i++) {
                operation.run(i % KEYS);
            }
            best = Math.min(best, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        long bytes = best;
        assertTrue(bytes <= TOLERATED, () -> what + ": " + (double) bytes / MEASURED + " bytes an operation");
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
    void aStepOfAScanAllocatesNothing() {
        db.flush();
        Scan[] scan = {db.scan()};
        assertAllocatesNothing("scan step", i -> {
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

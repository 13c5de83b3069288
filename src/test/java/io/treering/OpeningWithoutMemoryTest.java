package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import io.treering.testing.FaultyDevice;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A store with a tree and a log behind it, whose opening runs out of memory.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class OpeningWithoutMemoryTest {
    private static final PartitionConfig CONFIG = PartitionConfig.builder()
            .cacheSize(256 << 10)
            .writeBufferSize(64 << 10)
            .walSize(256 << 10)
            .walMode(WalMode.SYNC)
            .build();

    private static final int KEYS = 100;

    /// As a process leaves it that was killed.
    private FailingDevice crashed = new FailingDevice();

    private static byte[] key(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i));
    }

    private static byte[] value(int i) {
        return PartitionContract.bytes("value-" + i);
    }

    @BeforeEach
    void crash() {
        try (Partition db = Partition.open(crashed, CONFIG)) {
            for (int i = 0; i < KEYS; i++) {
                db.put(key(i), value(0));
            }
            db.flush();
            for (int i = 0; i < KEYS; i++) {
                db.put(key(i), value(i));
            }
            crashed = crashed.again();
        }
    }

    /// In the background, too: what the log holds is merged there, and it must read the tree for it.
    @Test
    void whicheverCallItIsTheOpeningThrowsThatErrorAndLosesNothing() {
        long calls = open(0);
        assertTrue(calls > 20, calls + " calls");
        int refused = 0;
        for (long call = 1; call <= calls; call++) {
            refused += open(call) == 0 ? 1 : 0;
        }
        assertTrue(refused > 20, refused + " of " + calls + " openings were refused");
    }

    /// @param failing with which call of the device
    /// @return how many calls the opening has made, or 0 if it was refused
    private long open(long failing) {
        FailingDevice disk = crashed.again();
        OutOfMemoryError error = new OutOfMemoryError("on purpose");
        FaultyDevice device = new FaultyDevice(disk, failing, () -> error);
        long calls = 0;
        try {
            Partition db = Partition.open(device, CONFIG);
            calls = device.calls();
            close(db);
        } catch (OutOfMemoryError refused) {
            assertSame(error, refused, "call " + failing);
        }
        assertTrue(disk.isClosed());
        try (Partition again = Partition.open(disk.copy(), CONFIG)) {
            for (int i = 0; i < KEYS; i++) {
                assertArrayEquals(value(i), again.get(key(i)), "call " + failing);
            }
            assertTrue(again.check().isClean(), () -> again.check().toString());
        }
        return calls;
    }

    /// The call that was to fail may come only behind the opening, in the background.
    private static void close(Partition db) {
        try {
            db.close();
        } catch (PoisonedException e) {
            assertInstanceOf(OutOfMemoryError.class, e.getCause());
        }
    }
}

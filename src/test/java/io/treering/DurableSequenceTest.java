package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the statistics call durable is there after a power cut, and nothing that is known to be durable is left out.
@Timeout(3600)
final class DurableSequenceTest {
    private static final int CUTS = 30 * Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    private static PartitionConfig config(WalMode mode) {
        return PartitionConfig.builder()
                .cacheSize(128 << 10)
                .writeBufferSize(64 << 10)
                .walMode(mode)
                .batchedInterval(Duration.ofMinutes(1))
                .build();
    }

    private static void put(Partition db, long number) {
        db.put(PartitionContract.bytes("key-%06d".formatted(number % 500)), new byte[(int) (number * 37 % 900)]);
    }

    private static void assertDurable(long expected, Partition db) {
        PartitionStats stats = db.stats();
        assertEquals(expected, stats.durableSequence());
        assertTrue(stats.lastSequence() >= expected);
    }

    @Test
    void aWriteIsDurableOnceTheLogHasIt() {
        try (Partition db = Partition.open(CrashDevice.create(4096, SEED), config(WalMode.SYNC))) {
            assertDurable(0, db);
            for (long number = 1; number <= 10; number++) {
                put(db, number);
                assertDurable(number, db);
            }
        }
    }

    @Test
    void aWriteThatTheLogHasNotSyncedIsNotDurable() {
        try (Partition db = Partition.open(CrashDevice.create(4096, SEED), config(WalMode.BATCHED))) {
            put(db, 1);
            assertDurable(0, db);
            db.sync();
            assertDurable(1, db);
            put(db, 2);
            assertDurable(1, db);
            db.flush();
            assertDurable(2, db);
        }
    }

    @Test
    void withoutALogAWriteIsDurableOnceItIsCommitted() {
        CrashDevice disk = CrashDevice.create(4096, SEED);
        try (Partition db = Partition.open(disk, config(WalMode.NONE))) {
            put(db, 1);
            assertDurable(0, db);
            db.flush();
            assertDurable(1, db);
        }
        try (Partition db = Partition.open(disk.with(CrashFaults.none()), config(WalMode.SYNC))) {
            assertDurable(1, db);
        }
    }

    @ParameterizedTest
    @EnumSource(WalMode.class)
    void whatIsCalledDurableSurvivesAPowerCutAtThatMoment(WalMode mode) {
        for (long seed = SEED; seed < SEED + CUTS; seed++) {
            Random random = new Random(seed);
            CrashDevice disk = CrashDevice.create(4096, seed);
            long durable = writeUntilTheCut(disk, mode, random);
            String where = "seed " + seed + ", mode " + mode;
            try (Partition db = Partition.open(disk.afterPowerCut(), config(mode))) {
                long found = db.stats().lastSequence();
                assertTrue(found >= durable, () -> where + ": " + durable + " was durable, " + found + " is there");
                assertDurable(found, db);
            }
        }
    }

    /// @return what the statistics called durable right before the power went
    private static long writeUntilTheCut(CrashDevice disk, WalMode mode, Random random) {
        long durable = 0;
        try (Partition db = Partition.open(disk, config(mode))) {
            int writes = 1 + random.nextInt(400);
            for (long number = 1; number <= writes; number++) {
                put(db, number);
                switch (random.nextInt(60)) {
                    case 0 -> db.sync();
                    case 1 -> db.flush();
                    default -> {}
                }
            }
            durable = db.stats().durableSequence();
            disk.cutPower();
        } catch (RuntimeException e) {
            if (!disk.isDead()) {
                throw e;
            }
        }
        return durable;
    }
}

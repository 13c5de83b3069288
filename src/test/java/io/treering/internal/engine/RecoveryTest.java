package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.WalMode;
import io.treering.internal.format.Meta;
import io.treering.internal.format.MetaPage;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What a recovery does to the meta block and the log.
final class RecoveryTest {
    private static final PartitionConfig CONFIG = PartitionConfig.builder()
            .walMode(WalMode.SYNC)
            .writeBufferSize(1 << 20)
            .cacheSize(1 << 20)
            .build();

    /// Records that a replay has passed over lie behind the log's end and are sound. They stay passed over because
    /// their epoch is not the log's any more, whatever is written in front of them.
    @Test
    void eachRecoveryBeginsAnEpochOfTheLogThatWasNeverUsed() {
        CrashDevice disk = CrashDevice.create(4096, 1);
        long last = 0;
        for (int life = 0; life < 5; life++) {
            CrashDevice next;
            try (Partition db = Partition.open(disk, CONFIG)) {
                if (life > 0) {
                    assertArrayEquals(new byte[] {(byte) life}, db.get(new byte[] {7}));
                }
                db.put(new byte[] {7}, new byte[] {(byte) (life + 1)});
                next = disk.with(CrashFaults.none());
            }
            disk = next;
            long epoch = meta(disk).walEpoch();
            assertTrue(epoch > last, "epoch " + epoch + " after " + last);
            last = epoch;
        }
    }

    /// Positions of the log go on, too: records of an older life must not fit behind new ones.
    @Test
    void eachRecoveryGoesOnWhereTheLogEnded() {
        CrashDevice disk = CrashDevice.create(4096, 1);
        long last = -1;
        for (int life = 0; life < 3; life++) {
            try (Partition db = Partition.open(disk, CONFIG)) {
                long head = meta(disk).walHead();
                assertTrue(head > last, "position " + head + " after " + last);
                last = head;
                db.put(new byte[] {7}, new byte[] {(byte) life});
                disk = disk.with(CrashFaults.none());
            }
        }
    }

    @Test
    void whoMayOnlyReadSeesWhatTheLogHolds() {
        CrashDevice disk = CrashDevice.create(4096, 1);
        CrashDevice afterwards;
        try (Partition db = Partition.open(disk, CONFIG)) {
            db.put(new byte[] {7}, new byte[] {1});
            afterwards = disk.with(CrashFaults.none());
        }
        long writes = afterwards.counters().writes();
        PartitionConfig reading = CONFIG.toBuilder().readOnly(true).build();
        try (Partition db = Partition.open(afterwards, reading)) {
            assertArrayEquals(new byte[] {1}, db.get(new byte[] {7}));
        }
        assertEquals(writes, afterwards.counters().writes());
    }

    @Test
    void aStoreWithoutALogCanBeReadOnly() {
        PartitionConfig config = CONFIG.toBuilder().walMode(WalMode.NONE).build();
        CrashDevice disk = CrashDevice.create(4096, 1);
        CrashDevice afterwards;
        try (Partition db = Partition.open(disk, config)) {
            db.put(new byte[] {7}, new byte[] {1});
            db.flush();
            afterwards = disk.with(CrashFaults.none());
        }
        try (Partition db =
                Partition.open(afterwards, config.toBuilder().readOnly(true).build())) {
            assertArrayEquals(new byte[] {1}, db.get(new byte[] {7}));
        }
    }

    /// Nobody asks for it: the log's own worker writes what is pending.
    @Test
    void batchedWritesBecomeDurableByThemselves() throws InterruptedException {
        PartitionConfig batched = CONFIG.toBuilder()
                .walMode(WalMode.BATCHED)
                .batchedInterval(Duration.ofMillis(5))
                .build();
        CrashDevice disk = CrashDevice.create(4096, 1);
        try (Partition db = Partition.open(disk, batched)) {
            db.put(new byte[] {7}, new byte[] {1});
            boolean durable = false;
            for (int i = 0; i < 1_000 && !durable; i++) {
                Thread.sleep(10);
                try (Partition afterwards = Partition.open(disk.with(CrashFaults.none()), CONFIG)) {
                    durable = afterwards.get(new byte[] {7}) != null;
                }
            }
            assertTrue(durable);
        }
    }

    /// What can be read need not be on the medium: a write that has failed may have left it in a cache, and then the
    /// other slot is all that there is. The first thing that the next commit writes would go over what that one needs.
    @Test
    void theMetaBlockThatWasFoundIsOnTheMediumBeforeAnythingElseIsWritten() {
        CrashDevice disk = CrashDevice.create(4096, 1);
        disk.grow(MetaPage.ALL_BYTES);
        disk.sync();
        Meta found = Meta.builder(UUID.randomUUID(), 4096)
                .commit(7)
                .generations(1, 2)
                .build();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(MetaPage.BLOCK_BYTES, 4096);
            Committer.makeDurable(disk, block, new MetaPage.Choice(found, 0, 0, 1));
        }
        try (Arena arena = Arena.ofConfined()) {
            assertTrue(MetaPage.isAnySound(metaBlocks(disk.with(CrashFaults.none()), arena), 0));
        }
    }

    private static Meta meta(CrashDevice disk) {
        try (Arena arena = Arena.ofConfined()) {
            return Objects.requireNonNull(MetaPage.choose(disk.name(), metaBlocks(disk, arena), 0))
                    .meta();
        }
    }

    private static MemorySegment metaBlocks(CrashDevice disk, Arena arena) {
        MemorySegment blocks = arena.allocate(MetaPage.ALL_BYTES, 4096);
        disk.read(0, blocks);
        return blocks;
    }
}

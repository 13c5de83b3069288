package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import org.junit.jupiter.api.Test;

/// After a sync that failed, the end of the log can be read for as long as the machine runs, and no later sync makes
/// it durable. What a recovery commits of it must not be a part of a batch, for the rest may be gone with the power.
final class ReplayedBatchTest {
    /// Of writes before the batch, all that fits into a buffer but for a part of the batch.
    private static final int BEFORE = 75;

    private static final int BATCH = 60;

    private static PartitionConfig.Builder config(int bufferBytes) {
        return PartitionConfig.builder()
                .cacheSize(256 << 10)
                .writeBufferSize(bufferBytes)
                .walSize(1 << 20)
                .walMode(WalMode.SYNC);
    }

    private static byte[] key(int i) {
        return "key-%03d".formatted(i).getBytes();
    }

    @Test
    void aBatchThatGoesOnInTheNextBufferIsCommittedAsAWhole() {
        assertTrue(wholeBatches(64 << 10, 650) > 0, "no batch was ever there");
    }

    /// The buffers have become so small that none takes the batch.
    @Test
    void aBatchThatIsLargerThanTheBuffersAreNowIsCommittedAsAWhole() {
        assertTrue(wholeBatches(512 << 10, 2_000) > 0, "no batch was ever there");
    }

    @Test
    void aValueThatIsLongerThanTheBuffersAreNowIsRefusedByName() {
        byte[] value = new byte[57_300];
        CrashDevice device = CrashDevice.create(4096, 1);
        try (Partition db = Partition.open(device, config(1 << 20).build())) {
            db.put(key(1), value);
            CrashDevice killed = device.afterKill();
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> Partition.open(killed, config(64 << 10).build()));
            assertTrue(e.getMessage().contains("raise writeBufferSize"), e::getMessage);
            try (Partition again =
                    Partition.open(killed.afterKill(), config(128 << 10).build())) {
                assertArrayEquals(value, again.get(key(1)));
            }
        } catch (TreeringException e) {
            // The process has been killed: nothing could be closed.
            assertTrue(device.isDead(), e::toString);
        }
    }

    /// Lets one operation after the other fail, and all that follow, kills the process, cuts the power somewhere in the
    /// recovery, and looks at what is left.
    ///
    /// @return how often that was all of the batch
    private static int wholeBatches(int bufferBytes, int valueBytes) {
        int whole = 0;
        for (int failing = 2 * BEFORE + 14; failing < 2 * BEFORE + 30; failing++) {
            CrashDevice device =
                    CrashDevice.create(4096, failing).with(CrashFaults.none().withFailureAt(failing, true));
            try (Partition db = Partition.open(device, config(bufferBytes).build())) {
                write(db, valueBytes);
            } catch (TreeringException e) {
                assertTrue(String.valueOf(e.getMessage()).contains("EIO"), e::getMessage);
            }
            boolean cutOff = true;
            for (int cut = 1; cutOff; cut += 2) {
                CrashDevice recovering = device.afterKill(CrashFaults.none().withPowerCutAt(cut));
                recover(recovering);
                cutOff = recovering.isDead();
                int found = found(recovering.afterPowerCut(cut));
                assertTrue(
                        found == 0 || found == BATCH,
                        found + " of " + BATCH + " operations of a batch; operation " + failing
                                + " failed, the recovery was cut off in operation " + cut);
                whole += found / BATCH;
            }
        }
        return whole;
    }

    private static void write(Partition db, int valueBytes) {
        for (int i = 0; i < BEFORE; i++) {
            db.put(key(i), new byte[650]);
        }
        WriteBatch batch = new WriteBatch();
        for (int i = BEFORE; i < BEFORE + BATCH; i++) {
            batch.put(key(i), new byte[valueBytes]);
        }
        db.write(batch);
    }

    private static void recover(CrashDevice device) {
        try (Partition db = Partition.open(device, config(64 << 10).build())) {
            assertTrue(db.check().isClean(), () -> db.check().toString());
        } catch (RuntimeException e) {
            if (!device.isDead()) {
                throw e;
            }
        }
    }

    private static int found(CrashDevice device) {
        try (Partition db = Partition.open(device, config(64 << 10).build())) {
            int found = 0;
            for (int i = BEFORE; i < BEFORE + BATCH; i++) {
                found += db.contains(key(i)) ? 1 : 0;
            }
            return found;
        }
    }
}

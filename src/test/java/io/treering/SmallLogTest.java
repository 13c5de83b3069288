package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Values that fit into a write buffer and not into a record of the log, which takes an eighth of the region.
final class SmallLogTest {
    private static final int LARGEST = 70_000;
    private static final int STEP = 2_371;

    private static byte[] key(int length) {
        return "key-%08d".formatted(length).getBytes();
    }

    private static byte[] value(int length) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) length);
        return value;
    }

    @ParameterizedTest
    @CsvSource({"BATCHED, 256", "BATCHED, 512", "SYNC, 256", "SYNC, 512", "SYNC, 1024"})
    void valuesOfEverySizeAreTakenAndSurvive(WalMode mode, int walKib) {
        PartitionConfig config = PartitionConfig.builder()
                .walMode(mode)
                .walSize((long) walKib << 10)
                .build();
        FailingDevice device = new FailingDevice();
        try (Partition db = Partition.open(device, config)) {
            int count = 0;
            for (int length = 1; length < LARGEST; length += STEP) {
                db.put(key(length), value(length));
                WriteBatch batch = new WriteBatch();
                batch.put(key(-length), value(length));
                batch.delete(key(1_000_000 + length));
                db.write(batch);
                count += 2;
            }
            db.sync();
            try (Partition afterwards = Partition.open(device.copy(), config)) {
                for (int length = 1; length < LARGEST; length += STEP) {
                    assertArrayEquals(value(length), afterwards.get(key(length)));
                    assertArrayEquals(value(length), afterwards.get(key(-length)));
                }
                afterwards.flush();
                assertEquals(count, afterwards.stats().entries());
                assertTrue(afterwards.check().isClean());
            }
        }
    }
}

package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A batch is refused, or it is written: whatever size it has, no buffer turns out to be too small for it.
final class BatchLimitsTest {
    private static final int BUFFER_BYTES = 64 << 10;

    /// Up to it, operations count as so many bytes.
    private static final int LEAST_OPERATION = 86;

    private static final int LONGEST_KEY = 1_024;

    /// What an entry takes beside its key and value, and what a reference takes in place of a value.
    private static final int ENTRY_BYTES = 24;

    private static final int REFERENCE_BYTES = 16;

    private static final Pattern ROOM = Pattern.compile("takes (\\d+) bytes of write buffer");

    private static byte[] key(int i) {
        return "%06d".formatted(i).getBytes();
    }

    private static WriteBatch batch(int count, int valueBytes) {
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < count; i++) {
            batch.put(key(i), new byte[valueBytes]);
        }
        return batch;
    }

    /// From the smallest entries, of which the index takes fewer than the arena does, to large ones.
    @ParameterizedTest
    @CsvSource({"NONE, 0", "SYNC, 0", "NONE, 16", "NONE, 60", "NONE, 500", "BATCHED, 500", "NONE, 3000", "NONE, 3580"})
    void theLargestBatchThatIsNotRefusedIsWritten(WalMode mode, int valueBytes) {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(1 << 20)
                .writeBufferSize(BUFFER_BYTES)
                .walMode(mode)
                .build();
        int largest = 0;
        try (Partition db = Partition.inMemory(config)) {
            int count = 1;
            for (; largest == 0; count++) {
                WriteBatch batch = batch(count, valueBytes);
                try {
                    db.write(batch);
                } catch (IllegalArgumentException e) {
                    largest = count - 1;
                }
            }
            assertThrows(IllegalArgumentException.class, () -> db.write(batch(3 * BUFFER_BYTES / 40, valueBytes)));
            db.put(key(0), new byte[] {1});
            assertArrayEquals(new byte[] {1}, db.get(key(0)));
            assertEquals(valueBytes, db.get(key(largest - 1), new byte[0]));
            assertEquals(-1, db.get(key(largest), new byte[0]), "of a batch that was refused, a part is there");
            db.flush();
            assertEquals(largest, db.stats().entries());
        }
        int operation = Math.max(LEAST_OPERATION, 40 + 6 + valueBytes);
        assertTrue(largest >= BUFFER_BYTES * 7 / 8 / operation - 1, largest + " operations are too few");
    }

    /// Beside a key that leaves no room for its value in a leaf an empty value becomes a reference, if free pages lie
    /// scattered.
    @Test
    void emptyValuesBesideLongKeysCountAsReferences() {
        PartitionConfig config = PartitionConfig.builder()
                .writeBufferSize(BUFFER_BYTES)
                .inlineValueLimit(LONGEST_KEY)
                .walMode(WalMode.NONE)
                .build();
        int size = 1;
        String refusal = "";
        try (Partition db = Partition.inMemory(config)) {
            while (refusal.isEmpty()) {
                WriteBatch batch = new WriteBatch();
                for (int i = 0; i < size; i++) {
                    batch.put(Arrays.copyOf(key(i), LONGEST_KEY), new byte[0]);
                }
                try {
                    db.write(batch);
                    size++;
                } catch (IllegalArgumentException e) {
                    refusal = String.valueOf(e.getMessage());
                }
            }
        }
        Matcher room = ROOM.matcher(refusal);
        assertTrue(room.find(), refusal);
        int taken = size - 1;
        long entry = ENTRY_BYTES + LONGEST_KEY + REFERENCE_BYTES;
        assertTrue(taken > 40, "taken: " + taken);
        assertTrue(taken * entry <= Long.parseLong(room.group(1)), taken + " references in " + room.group());
    }
}

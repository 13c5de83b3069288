package io.treering;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// How large a batch may be: what is taken fits into a write buffer whatever becomes of its values.
final class BatchLimitTest {
    private static final int KEY_BYTES = 1_024;

    /// What an entry takes beside its key and value, and what a reference takes in place of a value.
    private static final int ENTRY_BYTES = 24;

    private static final int REFERENCE_BYTES = 16;

    private static final Pattern ROOM = Pattern.compile("takes (\\d+) bytes of write buffer");

    /// Beside a key that leaves no room for its value in a leaf an empty value becomes a reference, if free pages lie
    /// scattered.
    @Test
    void emptyValuesBesideLongKeysCountAsReferences() {
        PartitionConfig config = PartitionConfig.builder()
                .writeBufferSize(64 << 10)
                .inlineValueLimit(1_024)
                .walMode(WalMode.NONE)
                .build();
        try (Partition db = Partition.inMemory(config)) {
            int size = 1;
            String refusal = "";
            while (refusal.isEmpty()) {
                try {
                    db.write(puts(size));
                    size++;
                } catch (IllegalArgumentException e) {
                    refusal = String.valueOf(e.getMessage());
                }
            }
            Matcher room = ROOM.matcher(refusal);
            assertTrue(room.find(), refusal);
            int taken = size - 1;
            long bytes = Long.parseLong(room.group(1));
            long entry = (ENTRY_BYTES + KEY_BYTES + REFERENCE_BYTES + 7) / 8 * 8;
            assertTrue(taken > 40, "taken: " + taken);
            assertTrue(taken * entry <= bytes, taken + " entries of " + entry + " bytes in " + bytes);
        }
    }

    private static WriteBatch puts(int size) {
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < size; i++) {
            batch.put(Arrays.copyOf(PartitionContract.bytes("long %03d".formatted(i)), KEY_BYTES), new byte[0]);
        }
        return batch;
    }
}

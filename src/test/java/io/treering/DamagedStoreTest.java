package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.FailingDevice;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// Bits that turned over in a store that had been closed: the right answer or [CorruptionException], never a wrong
/// value, another exception or a wait for ever.
final class DamagedStoreTest {
    private static final int KEYS = 1_500;

    private static final TreeMap<byte[], byte[]> CONTENTS = new TreeMap<>(Arrays::compareUnsigned);
    private static final byte[] SOUND = store();

    private static PartitionConfig config() {
        return PartitionConfig.builder()
                .cacheSize(64 << 10)
                .writeBufferSize(64 << 10)
                .walSize(256 << 10)
                .build();
    }

    private static byte[] store() {
        Random random = new Random(7);
        FailingDevice device = new FailingDevice();
        try (Partition db = Partition.open(device, config())) {
            for (int i = 0; i < KEYS; i++) {
                byte[] key = bytes("key-%05d".formatted(random.nextInt(KEYS)));
                byte[] value = new byte[i % 50 == 0 ? 3_000 + 40 * i : random.nextInt(200)];
                random.nextBytes(value);
                db.put(key, value);
                CONTENTS.put(key, value);
                if (i % 400 == 0) {
                    db.flush();
                }
            }
        }
        return device.bytes();
    }

    @Test
    void theStoreIsSoundToBeginWith() {
        try (Partition db = Partition.open(FailingDevice.device(SOUND), config())) {
            assertTrue(db.check().isClean());
            readAll(db);
        }
    }

    @Property(tries = 300)
    void bitsThatTurnedOverAreNoticedOrDoNotMatter(@ForAll long seed) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            Random random = new Random(seed);
            byte[] damaged = SOUND.clone();
            int range = random.nextBoolean() ? damaged.length : Math.min(damaged.length, 256 << 10);
            int flips = 1 + random.nextInt(random.nextInt(10) == 0 ? 2_000 : 4);
            for (int i = 0; i < flips; i++) {
                damaged[random.nextInt(range)] ^= (byte) (1 << random.nextInt(8));
            }
            look(damaged, random);
        });
    }

    @Property(tries = 100)
    void blocksThatWereLostOrMisplacedAreNoticedOrDoNotMatter(@ForAll long seed) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            Random random = new Random(seed);
            byte[] damaged = SOUND.clone();
            // Not the four meta blocks: all of these that are older are sound, too, and name an older state.
            int blocks = damaged.length / 4_096;
            for (int i = random.nextInt(8); i >= 0; i--) {
                int from = 4 + random.nextInt(blocks - 4);
                int to = 4 + random.nextInt(blocks - 4);
                if (random.nextBoolean()) {
                    Arrays.fill(damaged, to * 4_096, (to + 1) * 4_096, (byte) (random.nextBoolean() ? 0 : 0xff));
                } else {
                    System.arraycopy(SOUND, from * 4_096, damaged, to * 4_096, 4_096);
                }
            }
            look(damaged, random);
        });
    }

    private static void look(byte[] damaged, Random random) {
        Partition db;
        try {
            db = Partition.open(FailingDevice.device(damaged), config());
        } catch (CorruptionException | UnsupportedFormatException _) {
            return;
        }
        try {
            boolean noticed = readAll(db);
            CheckReport report = db.check();
            assertTrue(!noticed || !report.isClean(), "check() does not know of what a read has met");
            write(db, random);
        } finally {
            try {
                db.close();
            } catch (CorruptionException | PoisonedException _) {
                // It could not be saved, and said so.
                db = null;
            }
        }
    }

    /// @return whether damage was met
    private static boolean readAll(Partition db) {
        boolean noticed = false;
        for (Map.Entry<byte[], byte[]> entry : CONTENTS.entrySet()) {
            try {
                assertArrayEquals(entry.getValue(), db.get(entry.getKey()));
            } catch (CorruptionException e) {
                assertFalse(String.valueOf(e.getMessage()).isEmpty());
                noticed = true;
            }
        }
        noticed |= scan(db, KeyRange.all(), CONTENTS);
        noticed |= scan(db, KeyRange.all().reversed(), CONTENTS.descendingMap());
        return noticed;
    }

    private static boolean scan(Partition db, KeyRange range, Map<byte[], byte[]> expected) {
        int seen = 0;
        boolean noticed = false;
        var entries = expected.entrySet().iterator();
        try (Scan scan = db.scan(range)) {
            while (scan.advance()) {
                Map.Entry<byte[], byte[]> entry = entries.next();
                assertArrayEquals(entry.getKey(), scan.key().toByteArray());
                try {
                    assertArrayEquals(entry.getValue(), scan.value().toByteArray());
                } catch (CorruptionException _) {
                    noticed = true;
                }
                seen++;
            }
            assertEquals(expected.size(), seen, "a scan ended early");
        } catch (CorruptionException _) {
            noticed = true;
        }
        return noticed;
    }

    /// Writes go on, or are refused because a merge has met the damage.
    private static void write(Partition db, Random random) {
        try {
            for (int i = 0; i < 200; i++) {
                db.put(bytes("key-%05d".formatted(random.nextInt(KEYS))), new byte[300]);
            }
            db.flush();
        } catch (CorruptionException | PoisonedException e) {
            assertFalse(String.valueOf(e.getMessage()).isEmpty());
        }
    }
}

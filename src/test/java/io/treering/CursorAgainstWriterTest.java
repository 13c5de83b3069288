package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A cursor that turns round and round, while what lies between its keys is put and deleted and the buffers that it
/// reads are merged and begin another life.
@Timeout(300)
final class CursorAgainstWriterTest {
    private static final int STEADY = 60;
    private static final int BETWEEN = 20;
    private static final int TURNS = 300_000 * Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    /// Those that are a multiple of [#BETWEEN] are steady, the others come and go. Every other steady key is short, and
    /// the start of keys before the next steady one.
    private static byte[] key(int number) {
        int steady = number / BETWEEN;
        int between = number % BETWEEN;
        String name = "%03d".formatted(steady);
        if (between > 0) {
            name += "z%02d".formatted(between) + "-".repeat(150);
        } else if (steady % 2 == 1) {
            name += "m".repeat(200);
        }
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    private static int number(Cursor cursor) {
        String name = new String(cursor.key().toByteArray(), StandardCharsets.US_ASCII);
        int between = name.length() > 3 && name.charAt(3) == 'z' ? Integer.parseInt(name, 4, 6, 10) : 0;
        return Integer.parseInt(name, 0, 3, 10) * BETWEEN + between;
    }

    @Test
    void steadyKeysAreMetInTheirOrder() throws InterruptedException {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(1 << 20)
                .writeBufferSize(64 << 10)
                .walMode(WalMode.NONE)
                .build();
        AtomicBoolean over = new AtomicBoolean();
        try (Partition db = Partition.inMemory(config)) {
            for (int i = 0; i < STEADY; i++) {
                db.put(key(i * BETWEEN), new byte[1]);
            }
            Thread writer = Thread.ofPlatform().start(() -> comeAndGo(db, over));
            try {
                turnAround(db);
            } finally {
                over.set(true);
                writer.join();
            }
        }
    }

    private static void comeAndGo(Partition db, AtomicBoolean over) {
        Random random = new Random(SEED);
        while (!over.get()) {
            int number = random.nextInt(STEADY * BETWEEN);
            if (number % BETWEEN != 0) {
                if (random.nextInt(3) == 0) {
                    db.put(key(number), new byte[random.nextInt(50)]);
                } else {
                    db.delete(key(number));
                }
            }
        }
    }

    private static void turnAround(Partition db) {
        Random random = new Random(SEED + 1);
        for (int turn = 0; turn < TURNS; ) {
            int steady = random.nextInt(STEADY);
            try (Cursor cursor = db.cursor()) {
                assertTrue(cursor.seek(key(steady * BETWEEN)));
                assertEquals(steady * BETWEEN, number(cursor));
                for (int i = 0; i < 30; i++, turn++) {
                    boolean up = random.nextBoolean();
                    int next = steady + (up ? 1 : -1);
                    int met = toSteady(cursor, up);
                    String where = "seed " + SEED + ", turn " + turn + ", " + (up ? "up" : "down") + " from " + steady;
                    if (met < 0) {
                        assertTrue(next < 0 || next == STEADY, where + " to the end");
                        break;
                    }
                    assertEquals(next * BETWEEN, met, where);
                    steady = next;
                }
            }
        }
    }

    /// To the nearest of the steady keys in one direction; -1 if there is none.
    private static int toSteady(Cursor cursor, boolean up) {
        while (up ? cursor.next() : cursor.previous()) {
            int number = number(cursor);
            if (number % BETWEEN == 0) {
                return number;
            }
        }
        return -1;
    }
}

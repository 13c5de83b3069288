package io.treering.internal.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/// Every way to compare keys says what a comparison byte by byte says.
class KeyOrderTest {
    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void everyWayToCompareAgrees(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] left = bytes(random, random.nextInt(70));
        byte[] right = random.nextInt(3) == 0 ? bytes(random, random.nextInt(70)) : changed(random, left);
        int from = random.nextInt(12);
        byte[] shifted = new byte[from + left.length + random.nextInt(9)];
        random.nextBytes(shifted);
        System.arraycopy(left, 0, shifted, from, left.length);
        int length = from + left.length;
        int expected = Integer.signum(Arrays.compareUnsigned(left, right));
        try (Arena arena = Arena.ofConfined()) {
            // Each key ends where its segment ends.
            MemorySegment leftMemory = copy(arena, left);
            MemorySegment rightMemory = copy(arena, right);
            assertEquals(
                    expected, Integer.signum(KeyOrder.compare(shifted, from, length, rightMemory, 0, right.length)));
            assertEquals(
                    expected,
                    Integer.signum(KeyOrder.compare(leftMemory, 0, left.length, rightMemory, 0, right.length)));
            assertEquals(expected == 0, KeyOrder.equal(shifted, from, length, rightMemory, 0, right.length));
            int mismatch = Arrays.mismatch(left, right);
            assertEquals(
                    mismatch < 0 ? left.length : mismatch,
                    KeyOrder.commonPrefix(leftMemory, 0, left.length, rightMemory, 0, right.length));
            long head = ByteBuffer.wrap(Arrays.copyOf(left, 8)).getLong();
            assertEquals(head, KeyOrder.head(shifted, from, length));
            assertEquals(head, KeyOrder.head(leftMemory, 0, left.length));
        }
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /// The same, longer or shorter, or different in one place.
    private static byte[] changed(Random random, byte[] key) {
        byte[] changed = Arrays.copyOf(key, Math.max(0, key.length + random.nextInt(5) - 2));
        if (changed.length > 0 && random.nextBoolean()) {
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    private static MemorySegment copy(Arena arena, byte[] bytes) {
        MemorySegment memory = arena.allocate(bytes.length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
        return memory;
    }
}

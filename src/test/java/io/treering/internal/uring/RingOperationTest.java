package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoFailureException;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.IoVectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Operations whose entries are carried out by a kernel made of Java, which moves as little at a time as it likes;
/// disks of the machine move all or nothing. The ring is a real one that nothing is ever submitted to.
class RingOperationTest {
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_123L);
    private static final int FILE = 1 << 16;
    private static final int MEMORY = 1 << 16;

    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final MemorySegment file = arena.allocate(FILE);
    private final MemorySegment memory = arena.allocate(MEMORY, 8);
    private final MemorySegment vectors = arena.allocate(64L * IoVectors.SIZE, 8);
    private final RingFile ringFile = new RingFile("the file", 3, new OperationGate("the file"));
    private Ring ring;
    private MemorySegment entry;

    @BeforeEach
    void openRing() throws Exception {
        RingFixture.requireRing();
        ring = Ring.open(1, 2);
        Field entries = Ring.class.getDeclaredField("sqes");
        entries.setAccessible(true);
        entry = (MemorySegment) entries.get(ring);
        // Descriptors are used as they are: the kernel would not take a file that is none.
        ringFile.index = -2;
    }

    @AfterEach
    void closeRing() {
        if (ring != null) {
            ring.close();
        }
        arena.close();
    }

    @Test
    void howeverItIsCutShortEachByteOfAReadComesToItsPlace() {
        for (int round = 0; round < 300; round++) {
            fill(file);
            fill(memory);
            int length = 1 + random.nextInt(5_000);
            int from = random.nextInt(FILE - length);
            int to = random.nextInt(MEMORY - length);
            byte[] expected = bytes(memory);
            MemorySegment.copy(file, JAVA_BYTE, from, expected, to, length);
            carryOut(RingOperation.read(ringFile, from, memory.asSlice(to, length)), length);
            assertSame(expected, memory);
        }
    }

    @Test
    void howeverItIsCutShortEachByteOfAGatheredWriteComesToItsPlace() {
        for (int round = 0; round < 300; round++) {
            fill(file);
            fill(memory);
            MemorySegment[] pieces = pieces();
            int length = Math.toIntExact(IoVectors.length(pieces));
            int position = random.nextInt(FILE - length);
            byte[] expected = bytes(file);
            int at = position;
            for (MemorySegment piece : pieces) {
                MemorySegment.copy(piece, JAVA_BYTE, 0, expected, at, (int) piece.byteSize());
                at += (int) piece.byteSize();
            }
            carryOut(RingOperation.write(ringFile, position, pieces), length);
            assertSame(expected, file);
        }
    }

    /// Some of which are neighbours in memory.
    private MemorySegment[] pieces() {
        List<MemorySegment> pieces = new ArrayList<>();
        int at = 0;
        for (int left = 1 + random.nextInt(20); left > 0; left--) {
            at += random.nextBoolean() ? 0 : random.nextInt(1_000);
            int bytes = 1 + random.nextInt(1_500);
            pieces.add(memory.asSlice(at, bytes));
            at += bytes;
        }
        return pieces.toArray(MemorySegment[]::new);
    }

    @Test
    void whatIsNotAlignedGoesOnWhereTheKernelStopped() {
        RingOperation write =
                RingOperation.write(ringFile, 100, new MemorySegment[] {memory.asSlice(0, 10), memory.asSlice(50, 10)});
        prepare(write);
        assertFalse(write.complete(13));
        prepare(write);
        assertEquals(113, entry.get(JAVA_LONG, UringLayout.SQE_OFFSET));
        assertEquals(memory.address() + 53, entry.get(JAVA_LONG, UringLayout.SQE_ADDRESS));
        assertEquals(7, entry.get(JAVA_INT, UringLayout.SQE_LENGTH));
        assertTrue(write.complete(7));
        write.await();
    }

    @Test
    void aReadBeyondTheEndAndAnErrorBehindAPartFailAsAWhole() {
        for (int result : new int[] {0, -Errno.EIO, -Errno.ENOSPC}) {
            RingOperation read = RingOperation.read(ringFile, 0, memory.asSlice(0, 100));
            prepare(read);
            assertFalse(read.complete(60));
            prepare(read);
            assertTrue(read.complete(result));
            assertThrows(RuntimeException.class, read::await);
        }
    }

    @Test
    void aSyncThatWasInterruptedHasFailed() {
        for (int result : new int[] {-Errno.EINTR, -Errno.EAGAIN, -Errno.EIO}) {
            RingOperation sync = RingOperation.sync(ringFile);
            prepare(sync);
            assertTrue(sync.complete(result));
            assertThrows(IoFailureException.class, sync::await);
        }
    }

    @Test
    void whatIsToBeRepeatedForEverFails() {
        RingOperation read = RingOperation.read(ringFile, 0, memory.asSlice(0, 100));
        int repetitions = 0;
        do {
            prepare(read);
            repetitions++;
        } while (!read.complete(-Errno.EAGAIN));
        assertTrue(repetitions > 1_000, () -> "given up early");
        assertThrows(IoFailureException.class, read::await);
    }

    // ---- the kernel -------------------------------------------------------------------------------------------------

    private void carryOut(RingOperation operation, int length) {
        for (int steps = 0; ; steps++) {
            assertTrue(steps < 4 * length + 100, "it goes on for ever");
            prepare(operation);
            int result = random.nextInt(8) == 0 ? -Errno.EINTR : move(length);
            if (operation.complete(result)) {
                operation.await();
                return;
            }
        }
    }

    private void prepare(RingOperation operation) {
        BufferTable buffers = new BufferTable(ring, arena);
        operation.prepare(ring, buffers, new FileTable(ring, arena), vectors, 0, 7);
        assertEquals(7, ring.takeBack());
        assertEquals(3, entry.get(JAVA_INT, UringLayout.SQE_FD));
    }

    /// Carries out a part of the entry.
    ///
    /// @return how many bytes were moved
    private int move(int length) {
        long offset = entry.get(JAVA_LONG, UringLayout.SQE_OFFSET);
        long address = entry.get(JAVA_LONG, UringLayout.SQE_ADDRESS);
        int count = entry.get(JAVA_INT, UringLayout.SQE_LENGTH);
        int most = 1 + random.nextInt(random.nextBoolean() ? length : 64);
        return switch (entry.get(JAVA_BYTE, UringLayout.SQE_OPCODE)) {
            case UringLayout.OP_READ -> {
                int moved = Math.min(most, count);
                MemorySegment.copy(file, offset, memory, address - memory.address(), moved);
                yield moved;
            }
            case UringLayout.OP_WRITE -> write(offset, address, Math.min(most, count));
            case UringLayout.OP_WRITEV -> gather(offset, address - vectors.address(), count, most);
            default -> throw new AssertionError("an entry of another kind");
        };
    }

    private int gather(long offset, long first, int count, int most) {
        int moved = 0;
        for (int i = 0; i < count && moved < most; i++) {
            long at = first + (long) i * IoVectors.SIZE;
            long bytes = Math.min(most - moved, vectors.get(JAVA_LONG, at + IoVectors.LENGTH));
            moved += write(offset + moved, vectors.get(JAVA_LONG, at + IoVectors.ADDRESS), (int) bytes);
        }
        return moved;
    }

    private int write(long offset, long address, int bytes) {
        MemorySegment.copy(memory, address - memory.address(), file, offset, bytes);
        return bytes;
    }

    private void fill(MemorySegment segment) {
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            segment.set(JAVA_LONG, at, random.nextLong());
        }
    }

    private static byte[] bytes(MemorySegment segment) {
        return segment.toArray(JAVA_BYTE);
    }

    private static void assertSame(byte[] expected, MemorySegment found) {
        assertEquals(-1, MemorySegment.ofArray(expected).mismatch(found), "seed " + SEED);
    }
}

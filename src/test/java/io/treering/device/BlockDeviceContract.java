package io.treering.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.ClosedException;
import io.treering.IoFailureException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every block device promises.
@Timeout(120)
abstract class BlockDeviceContract {
    static final int BLOCK = 4096;

    final Arena arena = Arena.ofShared();
    BlockDevice device;

    /// A device of size 0.
    abstract BlockDevice openDevice() throws IOException;

    @BeforeEach
    void openEmptyDevice() throws IOException {
        device = openDevice();
        assertEquals(BLOCK, device.blockSize());
        assertEquals(0, device.size());
    }

    @AfterEach
    void closeDevice() {
        if (device != null) {
            device.close();
        }
        arena.close();
    }

    /// Blocks of memory, filled with bytes that depend on place and seed.
    final MemorySegment blocks(int count, long seed) {
        MemorySegment memory = empty(count);
        Random random = new Random(seed);
        for (long i = 0; i < memory.byteSize(); i += 8) {
            memory.set(ValueLayout.JAVA_LONG, i, random.nextLong());
        }
        return memory;
    }

    /// Blocks of memory, filled with something that a read must overwrite.
    final MemorySegment empty(int count) {
        return arena.allocate((long) count * BLOCK, BLOCK).fill((byte) 0x55);
    }

    final byte[] read(long block, int count) {
        MemorySegment into = empty(count);
        device.read(block * BLOCK, into);
        return bytes(into);
    }

    static byte[] bytes(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    /// Runs on a platform thread and on a virtual one, and passes on what is thrown.
    static void onBothKindsOfThread(Runnable test) throws InterruptedException {
        for (Thread.Builder builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
            Thread thread = builder.unstarted(test);
            thread.setUncaughtExceptionHandler((ignored, e) -> thrown.add(e));
            thread.start();
            thread.join();
            if (!thrown.isEmpty()) {
                throw new AssertionError("on " + thread, thrown.peek());
            }
        }
    }

    @Test
    void whatIsWrittenIsReadBackWhereverItLies() throws InterruptedException {
        onBothKindsOfThread(() -> {
            device.grow(100 * BLOCK);
            MemorySegment one = blocks(1, 1);
            MemorySegment seven = blocks(7, 2);
            device.write(99 * BLOCK, one);
            device.write(10 * BLOCK, seven);
            device.sync();
            assertArrayEquals(bytes(one), read(99, 1));
            assertArrayEquals(bytes(seven), read(10, 7));
            assertArrayEquals(new byte[3 * BLOCK], read(50, 3));
        });
    }

    @Test
    void aGatheredWritePutsItsPiecesBesideEachOther() {
        device.grow(64 * BLOCK);
        MemorySegment memory = blocks(10, 3);
        // Two neighbours in memory, one from before them, one that is empty, and one that is larger.
        MemorySegment[] pieces = {
            memory.asSlice(2 * BLOCK, BLOCK),
            memory.asSlice(3 * BLOCK, BLOCK),
            memory.asSlice(0, BLOCK),
            memory.asSlice(0, 0),
            memory.asSlice(5 * BLOCK, 5 * BLOCK)
        };
        device.submitWrite(8 * BLOCK, pieces).await();
        MemorySegment expected = empty(8);
        MemorySegment.copy(memory, 2 * BLOCK, expected, 0, 2 * BLOCK);
        MemorySegment.copy(memory, 0, expected, 2 * BLOCK, BLOCK);
        MemorySegment.copy(memory, 5 * BLOCK, expected, 3 * BLOCK, 5 * BLOCK);
        assertArrayEquals(bytes(expected), read(8, 8));
        assertArrayEquals(new byte[BLOCK], read(7, 1));
        assertArrayEquals(new byte[BLOCK], read(16, 1));
    }

    @Test
    void aGatheredWriteMayHaveMorePiecesThanASystemCallTakes() {
        int count = 2500;
        device.grow((long) count * BLOCK);
        MemorySegment memory = blocks(count, 4);
        MemorySegment[] pieces = new MemorySegment[count];
        MemorySegment expected = arena.allocate((long) count * BLOCK, BLOCK);
        for (int i = 0; i < count; i++) {
            // Every second from the end, so that no two are neighbours in memory.
            int from = i % 2 == 0 ? i / 2 : count - 1 - i / 2;
            pieces[i] = memory.asSlice((long) from * BLOCK, BLOCK);
            MemorySegment.copy(pieces[i], 0, expected, (long) i * BLOCK, BLOCK);
        }
        device.submitWrite(0, pieces).await();
        assertArrayEquals(bytes(expected), read(0, count));
    }

    @Test
    void manyOperationsMayBeUnderWayAtOnce() {
        int count = 3000;
        device.grow((long) count * BLOCK);
        MemorySegment memory = blocks(count, 5);
        List<IoOperation> operations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            operations.add(device.submitWrite((long) i * BLOCK, memory.asSlice((long) i * BLOCK, BLOCK)));
        }
        operations.forEach(IoOperation::await);
        operations.clear();
        MemorySegment into = empty(count);
        for (int i = 0; i < count; i++) {
            operations.add(device.submitRead((long) i * BLOCK, into.asSlice((long) i * BLOCK, BLOCK)));
        }
        operations.forEach(IoOperation::await);
        operations.forEach(each -> assertTrue(each.isDone()));
        assertEquals(-1, memory.mismatch(into));
    }

    @Test
    void anyRunOfOperationsLeavesWhatAnArrayOfBytesWouldHold() {
        long seed = Long.getLong("treering.test.seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] model = new byte[0];
        for (int step = 0; step < 400; step++) {
            int blocks = model.length / BLOCK;
            int at = random.nextInt(blocks + 1);
            int count = Math.min(blocks - at, random.nextInt(9));
            String where = "seed " + seed + ", step " + step;
            switch (random.nextInt(8)) {
                case 0 -> {
                    int larger = Math.min(200, blocks + random.nextInt(40));
                    device.grow((long) larger * BLOCK);
                    model = Arrays.copyOf(model, Math.max(model.length, larger * BLOCK));
                }
                case 1 -> {
                    int smaller = Math.max(0, blocks - random.nextInt(20));
                    device.truncate((long) smaller * BLOCK);
                    model = Arrays.copyOf(model, smaller * BLOCK);
                }
                case 2 -> {
                    device.discard((long) at * BLOCK, (long) count * BLOCK);
                    Arrays.fill(model, at * BLOCK, (at + count) * BLOCK, (byte) 0);
                }
                case 3, 4 -> {
                    MemorySegment from = blocks(count, random.nextLong());
                    device.write((long) at * BLOCK, from);
                    System.arraycopy(bytes(from), 0, model, at * BLOCK, count * BLOCK);
                }
                case 5 -> {
                    MemorySegment from = blocks(count, random.nextLong());
                    int cut = random.nextInt(count + 1) * BLOCK;
                    device.submitWrite((long) at * BLOCK, from.asSlice(0, cut), from.asSlice(cut))
                            .await();
                    System.arraycopy(bytes(from), 0, model, at * BLOCK, count * BLOCK);
                }
                case 6 -> device.sync();
                default ->
                    assertArrayEquals(
                            Arrays.copyOfRange(model, at * BLOCK, (at + count) * BLOCK), read(at, count), where);
            }
            assertEquals(model.length, device.size(), where);
        }
        assertArrayEquals(model, read(0, model.length / BLOCK), "seed " + seed);
    }

    @Test
    void whatWasCutOffReadsAsZerosWhenItComesBack() {
        device.grow(8 * BLOCK);
        device.write(0, blocks(8, 6));
        device.truncate(3 * BLOCK);
        assertEquals(3 * BLOCK, device.size());
        device.grow(8 * BLOCK);
        assertArrayEquals(new byte[5 * BLOCK], read(3, 5));
    }

    @Test
    void growingToLessAndTruncatingToMoreDoNothing() {
        device.grow(8 * BLOCK);
        device.grow(4 * BLOCK);
        assertEquals(8 * BLOCK, device.size());
        device.truncate(9 * BLOCK);
        assertEquals(8 * BLOCK, device.size());
    }

    @Test
    void nothingReachesPastTheEnd() throws InterruptedException {
        device.grow(4 * BLOCK);
        onBothKindsOfThread(() -> {
            MemorySegment two = empty(2);
            for (long block : new long[] {3, 4, 5, 1L << 40, Long.MAX_VALUE / BLOCK}) {
                assertThrows(IoFailureException.class, () -> device.read(block * BLOCK, two));
                assertThrows(IoFailureException.class, () -> device.write(block * BLOCK, two));
                assertThrows(
                        IoFailureException.class,
                        () -> device.submitRead(block * BLOCK, two).await());
                assertThrows(
                        IoFailureException.class,
                        () -> device.submitWrite(block * BLOCK, two).await());
                assertThrows(IoFailureException.class, () -> device.discard(block * BLOCK, 2 * BLOCK));
            }
            var e = assertThrows(IoFailureException.class, () -> device.read(3 * BLOCK, two));
            assertTrue(e.getMessage().contains("16384"), e.getMessage());
        });
        assertEquals(4 * BLOCK, device.size());
    }

    @Test
    void onlyWholeBlocksOfNativeMemoryMove() {
        device.grow(8 * BLOCK);
        MemorySegment memory = empty(4);
        List<Runnable> misuses = List.of(
                () -> device.read(1, memory),
                () -> device.read(-BLOCK, memory),
                () -> device.read(0, memory.asSlice(0, BLOCK - 1)),
                () -> device.read(0, memory.asSlice(8, BLOCK)),
                () -> device.read(0, MemorySegment.ofArray(new byte[BLOCK])),
                () -> device.write(512, memory),
                () -> device.submitRead(7, memory),
                () -> device.submitWrite(0, memory, memory.asSlice(1, BLOCK)),
                () -> device.grow(9 * BLOCK + 1),
                () -> device.grow(-BLOCK),
                () -> device.truncate(17),
                () -> device.discard(0, 100),
                () -> device.discard(100, BLOCK));
        for (Runnable misuse : misuses) {
            assertThrows(IllegalArgumentException.class, misuse::run);
        }
    }

    @Test
    void nothingMovesInNothing() {
        device.grow(BLOCK);
        device.read(BLOCK, empty(0));
        device.write(0, empty(0));
        device.submitRead(0, empty(0)).await();
        device.submitWrite(0).await();
        device.discard(0, 0);
    }

    @Test
    void anInterruptedCallerGetsItsAnswerAndStaysInterrupted() throws InterruptedException {
        device.grow(16 * BLOCK);
        MemorySegment written = blocks(2, 8);
        onBothKindsOfThread(() -> {
            Thread.currentThread().interrupt();
            device.write(4 * BLOCK, written);
            device.submitWrite(6 * BLOCK, written).await();
            device.sync();
            device.grow(32 * BLOCK);
            device.discard(0, BLOCK);
            assertArrayEquals(bytes(written), read(4, 2));
            MemorySegment into = empty(2);
            device.submitRead(6 * BLOCK, into).await();
            assertArrayEquals(bytes(written), bytes(into));
            device.truncate(16 * BLOCK);
            assertTrue(Thread.interrupted(), "the status was lost");
        });
        assertArrayEquals(bytes(written), read(4, 2), "the device was harmed");
    }

    @Test
    void hundredsOfVirtualThreadsReadAndWriteAtOnce() throws InterruptedException {
        int threads = 400;
        int rounds = 20;
        device.grow((long) threads * BLOCK);
        Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            long position = (long) t * BLOCK;
            MemorySegment mine = blocks(1, t);
            MemorySegment into = empty(1);
            Thread thread = Thread.ofVirtual().unstarted(() -> {
                for (int round = 0; round < rounds; round++) {
                    mine.set(ValueLayout.JAVA_INT, 0, round);
                    device.write(position, mine);
                    device.read(position, into);
                    assertEquals(-1, mine.mismatch(into));
                }
            });
            thread.setUncaughtExceptionHandler((ignored, e) -> thrown.add(e));
            all.add(thread);
        }
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        assertTrue(thrown.isEmpty(), () -> String.valueOf(thrown.peek()));
    }

    @Test
    void anOperationMayBeAwaitedByManyAndMoreThanOnce() throws InterruptedException {
        device.grow(64 * BLOCK);
        for (int round = 0; round < 50; round++) {
            IoOperation operation = device.submitRead(0, empty(64));
            AtomicInteger returned = new AtomicInteger();
            List<Thread> waiters = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Thread.Builder builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
                waiters.add(builder.start(() -> {
                    operation.await();
                    operation.await();
                    returned.incrementAndGet();
                }));
            }
            for (Thread waiter : waiters) {
                waiter.join();
            }
            assertEquals(8, returned.get());
        }
    }

    @Test
    void whateverComesAfterCloseIsRefused() {
        device.grow(4 * BLOCK);
        MemorySegment memory = empty(1);
        device.close();
        device.close();
        List<Runnable> uses = List.of(
                () -> device.read(0, memory),
                () -> device.write(0, memory),
                () -> device.submitRead(0, memory),
                () -> device.submitWrite(0, memory),
                device::sync,
                () -> device.grow(8 * BLOCK),
                () -> device.truncate(0),
                () -> device.discard(0, BLOCK));
        for (Runnable use : uses) {
            assertThrows(ClosedException.class, use::run);
        }
    }

    @Test
    void closingDuringUseWaitsForWhatIsUnderWayAndRefusesTheRest() throws Exception {
        for (int round = 0; round < 5; round++) {
            BlockDevice used = round == 0 ? device : openDevice();
            used.grow(256 * BLOCK);
            Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
            List<Thread> users = new ArrayList<>();
            CountDownLatch started = new CountDownLatch(12);
            for (int i = 0; i < 12; i++) {
                Thread.Builder builder = i % 3 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
                int user = i;
                Thread thread = builder.unstarted(() -> useUntilClosed(used, user, started));
                thread.setUncaughtExceptionHandler((ignored, e) -> thrown.add(e));
                users.add(thread);
                thread.start();
            }
            boolean allStarted = started.await(30, TimeUnit.SECONDS);
            used.close();
            for (Thread user : users) {
                user.join();
            }
            assertTrue(thrown.isEmpty(), () -> String.valueOf(thrown.peek()));
            assertTrue(allStarted);
        }
    }

    private static void useUntilClosed(BlockDevice used, int user, CountDownLatch started) {
        try (Arena own = Arena.ofShared()) {
            MemorySegment memory = own.allocate(8 * BLOCK, BLOCK);
            boolean first = true;
            try {
                while (true) {
                    switch (user % 4) {
                        case 0 -> used.read((user % 32) * 8L * BLOCK, memory);
                        case 1 -> used.write((user % 32) * 8L * BLOCK, memory);
                        case 2 -> {
                            IoOperation a = used.submitRead(0, memory.asSlice(0, 4 * BLOCK));
                            IoOperation b = submitOrAwait(used, memory, a);
                            a.await();
                            b.await();
                        }
                        default -> used.sync();
                    }
                    if (first) {
                        first = false;
                        started.countDown();
                    }
                    // A device in memory never makes a virtual thread give way to those that have not begun.
                    LockSupport.parkNanos(1_000);
                }
            } catch (ClosedException expected) {
                assertFalse(first, "closed before it was used");
            }
        }
    }

    /// The memory may not go away under a read that is under way, not even when the second one is refused.
    private static IoOperation submitOrAwait(BlockDevice used, MemorySegment memory, IoOperation first) {
        try {
            return used.submitRead(8 * BLOCK, memory.asSlice(4 * BLOCK, 4 * BLOCK));
        } catch (ClosedException e) {
            first.await();
            throw e;
        }
    }

    @Test
    void aSecondCloserReturnsWhenTheDeviceIsClosed() throws InterruptedException {
        device.grow(16 * BLOCK);
        IoOperation last = device.submitRead(0, empty(16));
        List<Thread> closers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            closers.add(Thread.ofPlatform().start(device::close));
        }
        for (Thread closer : closers) {
            closer.join();
        }
        assertTrue(last.isDone());
        last.await();
    }

    @Test
    void registeredBuffersAreUsedLikeAnyOthers() {
        device.grow(64 * BLOCK);
        MemorySegment pool = blocks(64, 9);
        device.registerBuffer(pool);
        for (int round = 0; round < 3; round++) {
            device.submitWrite(0, pool).await();
            device.submitWrite(32 * BLOCK, pool.asSlice(0, 16 * BLOCK), pool.asSlice(32 * BLOCK, 16 * BLOCK))
                    .await();
            MemorySegment into = empty(64);
            device.submitRead(0, into).await();
            assertEquals(-1, into.asSlice(0, 32 * BLOCK).mismatch(pool.asSlice(0, 32 * BLOCK)));
            assertEquals(-1, into.asSlice(48 * BLOCK).mismatch(pool.asSlice(32 * BLOCK, 16 * BLOCK)));
            device.submitRead(48 * BLOCK, pool.asSlice(BLOCK, BLOCK)).await();
            assertEquals(-1, pool.asSlice(BLOCK, BLOCK).mismatch(into.asSlice(48 * BLOCK, BLOCK)));
        }
        device.unregisterBuffer(pool);
        device.submitRead(0, pool).await();
    }
}

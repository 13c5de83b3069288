package io.treering.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.ClosedException;
import io.treering.device.BlockDevice;
import io.treering.device.MemoryBlockDevice;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import io.treering.testing.PowerCut;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Many threads, virtual and platform ones, that commit at the same time.
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WalGroupCommitTest {
    private static final int VIRTUAL = 64;
    private static final int PLATFORM = 8;
    private static final int COMMITS = 60;
    private static final int PAGES = 1024;

    private final WalRegion region = new WalRegion(1, PAGES, 4096);
    private final MemorySegment memory = Arena.ofAuto().allocate(region.memoryBytes(), 4096);
    private final MemoryBlockDevice device = MemoryBlockDevice.create();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /// Stands for the engine's writer lock, which also gives out sequences.
    private final ReentrantLock writer = new ReentrantLock();

    private long sequence;

    @AfterEach
    void close() {
        device.close();
    }

    private WriteAheadLog open(BlockDevice on) {
        on.grow(region.position(0) + region.bytes());
        return WriteAheadLog.open(on, region, memory, 1, 0, 0, GroupTiming.onDemand(), Parking.THREADS);
    }

    /// One write of a thread, as the engine does it; what it wrote is durable afterwards.
    private long write(WriteAheadLog log, int operations) {
        long mine;
        long lsn = 0;
        writer.lock();
        try {
            if (!log.hasRoom(operations, 16L * operations)) {
                // The tests never replay what is older than the log is long.
                log.sync();
                log.advanceHead(log.cut());
            }
            if (operations > 1) {
                log.beginBatch();
            }
            for (int i = 0; i < operations; i++) {
                sequence++;
                byte[] key = ByteBuffer.allocate(8).putLong(sequence).array();
                lsn = log.append(1, key, 8, key, 8, sequence);
            }
            if (operations > 1) {
                lsn = log.endBatch();
            }
            mine = sequence;
        } finally {
            writer.unlock();
        }
        log.commit(lsn);
        assertTrue(log.durableSequence() >= mine, "commit returned before " + mine + " was durable");
        return mine;
    }

    private List<Thread> start(Runnable body) {
        List<Thread> threads = new ArrayList<>();
        Runnable reporting = () -> {
            try {
                body.run();
            } catch (Throwable e) {
                failures.add(e);
            }
        };
        ThreadFactory virtual = Thread.ofVirtual().factory();
        ThreadFactory platform = Thread.ofPlatform().daemon().factory();
        for (int i = 0; i < VIRTUAL + PLATFORM; i++) {
            threads.add((i < VIRTUAL ? virtual : platform).newThread(reporting));
        }
        threads.forEach(Thread::start);
        return threads;
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void concurrentWritersShareASync() throws InterruptedException {
        SlowDevice slow = new SlowDevice(device, 300_000);
        WriteAheadLog log = open(slow);
        join(start(() -> {
            for (int i = 0; i < COMMITS; i++) {
                write(log, 1);
            }
        }));
        assertEquals(List.of(), List.copyOf(failures));
        int commits = (VIRTUAL + PLATFORM) * COMMITS;
        assertEquals(commits, log.durableSequence());
        assertTrue(slow.syncs.get() * 10 <= commits, slow.syncs + " syncs for " + commits + " commits");
        assertEquals(0, slow.overlapping.get(), "groups in flight at the same time");
    }

    /// Without waits in the device, the hand-over of the turn is all there is: what loses a wake-up hangs here.
    @Test
    void noWakeUpIsLost() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            sequence = 0;
            SlowDevice fast = new SlowDevice(device, 0);
            WriteAheadLog log = open(fast);
            AtomicInteger number = new AtomicInteger();
            join(start(() -> {
                int operations = number.getAndIncrement() % 3 == 0 ? 5 : 1;
                for (int i = 0; i < COMMITS; i++) {
                    write(log, operations);
                }
            }));
            assertEquals(List.of(), List.copyOf(failures));
            assertEquals(sequence, log.durableSequence());
            assertEquals(0, fast.overlapping.get(), "groups in flight at the same time");
        }
    }

    @Test
    void whatWasCommittedByAnyThreadSurvivesAPowerCut() throws InterruptedException {
        for (int round = 0; round < 30; round++) {
            sequence = 0;
            failures.clear();
            CrashDevice empty = CrashDevice.create(4096, round);
            empty.grow(region.position(0) + region.bytes());
            empty.sync();
            CrashDevice disk = empty.with(CrashFaults.none().withPowerCutAt(20 + 7L * round));
            WriteAheadLog log = open(disk);
            AtomicLong acknowledged = new AtomicLong();
            join(start(() -> {
                try {
                    for (int i = 0; i < COMMITS; i++) {
                        acknowledged.accumulateAndGet(write(log, 1), Math::max);
                    }
                } catch (PowerCut _) {
                    // Every thread ends like this, or is done.
                }
            }));
            assertEquals(List.of(), List.copyOf(failures));
            long[] last = new long[1];
            WalReplay.run(disk.afterPowerCut(), region, memory, 0, 1, 0, new Ascending(last));
            assertTrue(
                    last[0] >= acknowledged.get(), last[0] + " of " + acknowledged + " acknowledged, round " + round);
        }
    }

    @Test
    void whoWaitsForABatchToEndGoesOnWhenItHas() throws InterruptedException {
        WriteAheadLog log = open(device);
        byte[] key = new byte[8];
        long lsn = log.append(1, key, 8, key, 8, 1);
        log.beginBatch();
        log.append(1, key, 8, key, 8, 2);
        Thread waiting = Thread.ofPlatform().daemon().start(() -> log.commit(lsn));
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(0, log.durableSequence());
        log.append(1, key, 8, key, 8, 3);
        log.endBatch();
        waiting.join();
        assertEquals(3, log.durableSequence());
    }

    /// The story of a leader that was let in before a batch began and got to the pending group before the batch ended:
    /// it took the batch's last operation away before that was marked as the last, and the batch was never whole.
    @Test
    void aLeaderThatCameBeforeABatchDoesNotTakeHalfOfIt() throws InterruptedException {
        byte[] key = new byte[8];
        for (int round = 0; round < 300; round++) {
            Queue<Thread> leaders = new ConcurrentLinkedQueue<>();
            AtomicLong time = new AtomicLong();
            List<WriteAheadLog> opened = new ArrayList<>();
            // Asked for the time by the first append, which has the lock: a leader comes and has to wait for it.
            GroupTiming timing = new GroupTiming(Long.MAX_VALUE, Long.MAX_VALUE, time::get, () -> {
                if (leaders.isEmpty()) {
                    leaders.add(Thread.ofPlatform()
                            .daemon()
                            .start(() -> opened.getFirst().commit(1)));
                    while (leaders.element().getState() != Thread.State.WAITING) {
                        Thread.onSpinWait();
                    }
                }
            });
            device.grow(region.position(0) + region.bytes());
            WriteAheadLog log = WriteAheadLog.open(device, region, memory, round, 0, 0, timing, Parking.THREADS);
            opened.add(log);
            log.append(1, key, 8, key, 8, 1);
            log.beginBatch();
            log.append(1, ByteBuffer.allocate(8).putLong(2).array(), 8, key, 8, 2);
            for (long end = System.nanoTime() + round % 30 * 10_000; System.nanoTime() < end; ) {
                Thread.onSpinWait();
            }
            log.commit(log.endBatch());
            leaders.element().join();
            assertEquals(2, replayed(round), "round " + round);
        }
    }

    private long replayed(long epoch) {
        return WalReplay.run(device, region, Arena.ofAuto().allocate(region.memoryBytes(), 4096), 0, epoch, 0, NOTHING)
                .operations();
    }

    private static final ReplayHandler NOTHING = new ReplayHandler() {
        @Override
        public void apply(
                int kind,
                int treeId,
                MemorySegment from,
                long keyOffset,
                int keyLength,
                long valueOffset,
                int valueLength,
                long operation,
                boolean more) {
            // What is there is counted by the replay.
        }

        @Override
        public boolean verifyOverflow(MemorySegment from, long keyOffset, int keyLength, long referenceOffset) {
            throw new AssertionError("there are no overflow runs");
        }
    };

    @Test
    void whoWaitsForABatchToEndIsToldThatItWasAbandoned() throws InterruptedException {
        WriteAheadLog log = open(device);
        byte[] key = new byte[8];
        long lsn = log.append(1, key, 8, key, 8, 1);
        log.beginBatch();
        RuntimeException cause = new IllegalStateException("no more");
        List<Throwable> told = new ArrayList<>();
        Thread waiting = Thread.ofPlatform().daemon().start(() -> {
            try {
                log.commit(lsn);
            } catch (IllegalStateException e) {
                told.add(e);
            }
        });
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        log.abandonBatch(cause);
        waiting.join();
        assertEquals(List.of(cause), told);
    }

    @Test
    void aFailureReachesEveryThreadThatWaits() throws InterruptedException {
        SlowDevice slow = new SlowDevice(device, 1_000_000);
        WriteAheadLog log = open(slow);
        RuntimeException failure = new IllegalStateException("the disk is gone");
        slow.failAfter = 5;
        slow.failure = failure;
        AtomicInteger seen = new AtomicInteger();
        join(start(() -> {
            try {
                for (int i = 0; i < COMMITS; i++) {
                    write(log, 1);
                }
            } catch (IllegalStateException e) {
                assertEquals(failure, e);
                seen.getAndIncrement();
            }
        }));
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(VIRTUAL + PLATFORM, seen.get());
        assertEquals(6, slow.syncs.get(), "no sync is tried again");
    }

    @Test
    void closingWaitsForTheGroupInFlight() throws InterruptedException {
        SlowDevice slow = new SlowDevice(device, 0);
        WriteAheadLog log = open(slow);
        slow.held = true;
        Thread writing = Thread.ofPlatform().daemon().start(() -> write(log, 1));
        while (slow.syncs.get() == 0) {
            Thread.onSpinWait();
        }
        Thread closing = Thread.ofPlatform().daemon().start(log::close);
        while (closing.getState() != Thread.State.WAITING && closing.isAlive()) {
            Thread.onSpinWait();
        }
        assertTrue(closing.isAlive(), "closed while a sync was in flight");
        slow.held = false;
        closing.join();
        assertEquals(0, slow.inFlight.get());
        writing.join();
        assertEquals(1, log.durableSequence());
    }

    @Test
    void closingReleasesWhoWaits() throws InterruptedException {
        SlowDevice slow = new SlowDevice(device, 2_000_000);
        WriteAheadLog log = open(slow);
        AtomicInteger refused = new AtomicInteger();
        List<Thread> threads = start(() -> {
            try {
                while (true) {
                    write(log, 1);
                }
            } catch (ClosedException _) {
                refused.getAndIncrement();
            }
        });
        while (slow.syncs.get() < 3) {
            Thread.onSpinWait();
        }
        log.close();
        int operations = slow.operations.get();
        assertEquals(0, slow.inFlight.get());
        join(threads);
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(VIRTUAL + PLATFORM, refused.get());
        assertEquals(operations, slow.operations.get(), "the device was used after close");
    }

    @Test
    void anInterruptNeitherEndsAWaitNorIsLost() throws InterruptedException {
        SlowDevice slow = new SlowDevice(device, 500_000);
        WriteAheadLog log = open(slow);
        AtomicInteger interrupted = new AtomicInteger();
        List<Thread> threads = start(() -> {
            for (int i = 0; i < 20; i++) {
                write(log, 1);
            }
            // Every thread is interrupted before it is done, because it waits for the others' interrupts.
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
                LockSupport.parkNanos(1_000);
            }
            interrupted.getAndIncrement();
        });
        for (Thread thread : threads) {
            thread.interrupt();
        }
        join(threads);
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(VIRTUAL + PLATFORM, interrupted.get());
        assertEquals(20L * (VIRTUAL + PLATFORM), log.durableSequence());
    }

    private record Ascending(long[] last) implements ReplayHandler {
        @Override
        public void apply(
                int kind,
                int treeId,
                MemorySegment from,
                long keyOffset,
                int keyLength,
                long valueOffset,
                int valueLength,
                long operation,
                boolean more) {
            assertEquals(last[0] + 1, operation);
            ByteBuffer key = from.asSlice(keyOffset, keyLength).asByteBuffer();
            assertEquals(operation, key.getLong());
            last[0] = operation;
        }

        @Override
        public boolean verifyOverflow(MemorySegment from, long keyOffset, int keyLength, long referenceOffset) {
            throw new AssertionError("there are no overflow runs");
        }
    }
}

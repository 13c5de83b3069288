package io.treering.internal.wal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.BlockDevice;
import io.treering.internal.format.WalOperation;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A store that consists of a log and little else: what a tree and its meta blocks would hold is three numbers here,
/// which survive every crash. It knows each operation that was ever appended, which of them must survive, and where
/// batches end; so every reopening checks itself.
final class LogStore {
    static final int PAGE_SIZE = 4096;
    static final int FIRST_PAGE = 4;

    /// Blocks behind the log that stand for overflow runs.
    private static final int RUNS = 64;

    private static final int REFERENCE_BYTES = 16;

    record Operation(int kind, byte[] key, byte[] value, boolean more) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Operation o
                    && kind == o.kind
                    && Arrays.equals(key, o.key)
                    && Arrays.equals(value, o.value);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(key);
        }

        @Override
        public String toString() {
            return kind + ":" + Arrays.hashCode(key) + "=" + value.length + " bytes";
        }
    }

    final WalRegion region;
    final MemorySegment memory;
    private final MemorySegment replayMemory;
    CrashDevice disk;
    WriteAheadLog log;

    /// What the meta block says.
    long epoch;

    long head;
    long treeSequence;

    /// By sequence, from 1 on.
    final List<Operation> history = new ArrayList<>();

    /// Up to here, everything must survive.
    long acknowledged;

    private final SplittableRandom random;

    LogStore(int pages, int blockSize, long seed) {
        random = new SplittableRandom(seed);
        region = new WalRegion(FIRST_PAGE, pages, Math.max(PAGE_SIZE, blockSize));
        memory = Arena.ofAuto().allocate(region.memoryBytes(), 4096);
        replayMemory = Arena.ofAuto().allocate(region.memoryBytes(), 4096);
        disk = CrashDevice.create(blockSize, seed);
        disk.grow((FIRST_PAGE + pages + RUNS) * (long) region.pageSize());
        disk.sync();
        log = open();
    }

    private WriteAheadLog open() {
        return WriteAheadLog.open(
                disk, region, memory, epoch, head, treeSequence, GroupTiming.onDemand(), new NoParking());
    }

    /// With one thread nobody ever waits.
    static final class NoParking implements Parking {
        @Override
        public void park(Object blocker) {
            throw new AssertionError("a single thread waits");
        }

        @Override
        public void unpark(Thread thread) {
            throw new AssertionError("a single thread wakes another");
        }
    }

    long lastSequence() {
        return history.size();
    }

    Operation operation(long sequence) {
        return history.get((int) sequence - 1);
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    /// A value of that many random bytes.
    long put(int keyLength, int valueLength) {
        return append(new Operation(WalOperation.PUT, bytes(keyLength), bytes(valueLength), false));
    }

    long delete(int keyLength) {
        return append(new Operation(WalOperation.DELETE, bytes(keyLength), new byte[0], false));
    }

    /// Writes a run behind the log, and then the reference to it.
    long putOverflow(int keyLength) {
        byte[] reference = bytes(REFERENCE_BYTES);
        int run = (int) (lastSequence() % RUNS);
        MemorySegment block = Arena.ofAuto().allocate(region.pageSize(), region.pageSize());
        MemorySegment.copy(reference, 0, block, JAVA_BYTE, 0, REFERENCE_BYTES);
        disk.write(runPosition(run), block);
        return append(new Operation(WalOperation.PUT_OVERFLOW, bytes(keyLength), reference, false));
    }

    /// Operations with random keys and values; the lengths of the values are given.
    long batch(int... valueLengths) {
        log.beginBatch();
        for (int i = 0; i < valueLengths.length; i++) {
            boolean more = i < valueLengths.length - 1;
            append(new Operation(WalOperation.PUT, bytes(8), bytes(valueLengths[i]), more));
        }
        return log.endBatch();
    }

    private long append(Operation operation) {
        // In the history first: what the power cut leaves of it may include this one.
        history.add(operation);
        long sequence = lastSequence();
        return log.append(
                operation.kind, operation.key, operation.key.length, operation.value, operation.value.length, sequence);
    }

    void commit(long lsn, long sequence) {
        log.commit(lsn);
        acknowledged = Math.max(acknowledged, sequence);
        assertTrue(log.durableSequence() >= sequence, "commit returned too early");
    }

    void sync() {
        log.sync();
        acknowledged = lastSequence();
    }

    /// Merges everything so far into the "tree" and commits it: the head moves.
    void checkpoint() {
        long cut = log.cut();
        disk.sync();
        head = cut;
        treeSequence = lastSequence();
        acknowledged = treeSequence;
        log.advanceHead(cut);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private long runPosition(int run) {
        return (region.firstPage() + region.pages() + (long) run) * region.pageSize();
    }

    // ---- crashing ---------------------------------------------------------------------------------------------------

    /// Goes on, on the same log, with a disk that has these faults. What is not synced is lost.
    void reopenWith(CrashFaults faults) {
        disk = disk.with(faults);
        recover();
    }

    /// Cuts the power and starts again.
    void crash() {
        disk = disk.afterPowerCut();
        recover();
    }

    /// Replays, checks, and commits what was found with a new epoch.
    void recover() {
        long survived = checkReplay(disk);
        history.subList((int) survived, history.size()).clear();
        WalReplay.Result result = replay(disk, new Replayed());
        assertEquals(survived, result.lastSequence());
        head = result.endLsn();
        treeSequence = survived;
        acknowledged = survived;
        epoch++;
        log = open();
    }

    WalReplay.Result replay(BlockDevice device, ReplayHandler handler) {
        return WalReplay.run(device, region, replayMemory, head, epoch, treeSequence, handler);
    }

    /// What the log holds is a prefix of what was appended, with whole batches, and has all that was acknowledged.
    ///
    /// @return the last sequence that survived
    long checkReplay(BlockDevice device) {
        Replayed replayed = new Replayed();
        WalReplay.Result result = replay(device, replayed);
        long last = treeSequence + replayed.operations.size();
        assertTrue(
                last >= acknowledged,
                () -> "operations up to " + acknowledged + " were acknowledged, up to " + last + " are there");
        assertTrue(last <= lastSequence(), () -> "more than was ever appended: " + last);
        assertEquals(history.subList((int) treeSequence, (int) last), replayed.operations);
        if (last > 0) {
            assertTrue(!operation(last).more, () -> "half a batch: it goes on behind " + last);
        }
        assertEquals(last, result.lastSequence());
        assertEquals(replayed.operations.size(), result.operations());
        return last;
    }

    /// Collects what is replayed.
    final class Replayed implements ReplayHandler {
        final List<Operation> operations = new ArrayList<>();

        @Override
        public void apply(
                int kind,
                int treeId,
                MemorySegment from,
                long keyOffset,
                int keyLength,
                long valueOffset,
                int valueLength,
                long sequence,
                boolean more) {
            assertEquals(treeSequence + operations.size() + 1, sequence, "sequences have no gaps");
            assertEquals(0, treeId);
            operations.add(new Operation(
                    kind,
                    from.asSlice(keyOffset, keyLength).toArray(JAVA_BYTE),
                    from.asSlice(valueOffset, valueLength).toArray(JAVA_BYTE),
                    false));
        }

        @Override
        public boolean verifyOverflow(MemorySegment from, long keyOffset, int keyLength, long referenceOffset) {
            ByteBuffer wanted = from.asSlice(referenceOffset, REFERENCE_BYTES).asByteBuffer();
            MemorySegment block = Arena.ofAuto().allocate(region.pageSize(), region.pageSize());
            for (int run = 0; run < RUNS; run++) {
                disk.read(runPosition(run), block);
                if (block.asSlice(0, REFERENCE_BYTES).asByteBuffer().equals(wanted)) {
                    return true;
                }
            }
            return false;
        }
    }
}

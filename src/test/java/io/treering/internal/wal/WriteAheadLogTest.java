package io.treering.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.ClosedException;
import io.treering.IoFailureException;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.WalOperation;
import io.treering.internal.format.WalRecord;
import io.treering.testing.CrashFaults;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// The log as one thread sees it; [LogStore] fails if that thread ever waits.
class WriteAheadLogTest {
    private static final int PAGES = 32;
    private static final byte[] KEY = {1, 2, 3};

    private final LogStore store = new LogStore(PAGES, 4096, 7);

    @Test
    void aCommitIsOneWriteAndOneSync() {
        store.commit(store.put(8, 100), 1);
        long writes = store.disk.counters().writes();
        long syncs = store.disk.counters().syncs();
        store.commit(store.put(8, 100), 2);
        assertEquals(writes + 1, store.disk.counters().writes());
        assertEquals(syncs + 1, store.disk.counters().syncs());
    }

    @Test
    void aCommitTakesEverythingThatIsPending() {
        long first = store.put(8, 100);
        long second = store.put(8, 100);
        store.commit(first, 1);
        assertEquals(2, store.log.durableSequence());
        long syncs = store.disk.counters().syncs();
        store.commit(second, 2);
        store.sync();
        assertEquals(syncs, store.disk.counters().syncs());
        assertEquals(2, store.checkReplay(store.disk));
    }

    @Test
    void nothingIsWrittenBeforeSomebodyWantsIt() {
        store.put(8, 100);
        assertEquals(0, store.disk.counters().writes());
        assertEquals(0, store.log.durableSequence());
        assertEquals(0, store.checkReplay(store.disk));
    }

    @Test
    void zerosGoAheadOnTheFirstLapOnly() {
        int pages = 1024;
        LogStore large = new LogStore(pages, 4096, 1);
        AtomicLong groups = new AtomicLong();
        long bytes = large.region.bytes();
        while (large.log.durableLsn() < bytes) {
            large.checkpoint();
            large.commit(large.put(8, 50_000), large.lastSequence());
            groups.incrementAndGet();
        }
        long zeros = large.disk.counters().writes() - groups.get();
        // One of 256 KiB after another, and a group at the region's end in two writes.
        assertTrue(zeros >= bytes / ZeroAhead.BYTES - 1 && zeros <= bytes / ZeroAhead.BYTES + 5, zeros + " writes");

        long before = large.disk.counters().writes();
        for (int i = 0; i < 20; i++) {
            large.checkpoint();
            large.commit(large.put(8, 50_000), large.lastSequence());
        }
        assertEquals(before + 20, large.disk.counters().writes());
    }

    @Test
    void theLogGoesRoundManyTimes() {
        SplittableRandom random = new SplittableRandom(3);
        while (store.log.durableLsn() < 60 * store.region.bytes()) {
            if (store.log.usedBytes() > store.region.bytes() / 3) {
                assertEquals(store.log.durableSequence(), store.checkReplay(store.disk));
                store.checkpoint();
            }
            store.put(random.nextInt(30), random.nextInt(random.nextInt(10) == 0 ? 15_000 : 900));
            if (random.nextInt(6) == 0) {
                store.sync();
            }
        }
        store.sync();
        assertEquals(store.lastSequence(), store.checkReplay(store.disk));
    }

    @Test
    void aPlaceIsReusedOnlyWhenTheHeadHasPassedIt() {
        int appended = 0;
        while (store.log.hasRoom(1, 1_000)) {
            store.commit(store.put(8, 992), store.lastSequence());
            appended++;
        }
        assertTrue(appended > 10, appended + " operations");
        assertEquals(appended, store.checkReplay(store.disk));
        while (store.log.usedBytes() < store.region.bytes()) {
            store.commit(store.put(8, 992), store.lastSequence());
        }
        assertThrows(IllegalStateException.class, () -> store.log.append(1, KEY, 3, KEY, 3, store.lastSequence() + 1));
        assertEquals(store.lastSequence(), store.checkReplay(store.disk));
        assertEquals(store.region.bytes(), store.log.capacity());
        store.checkpoint();
        assertEquals(0, store.log.usedBytes());
        assertTrue(store.log.hasRoom(1, 1_000));
        assertThrows(IllegalArgumentException.class, () -> store.log.advanceHead(store.head + 4096));
    }

    /// A record that does not fit before the region's end takes what is left there, too.
    @Test
    void atTheRegionsEndAnOperationNeedsRoomForThePadAsWell() {
        while (store.log.usedBytes() < store.region.bytes() - 4096) {
            store.commit(store.put(8, 992), store.lastSequence());
        }
        byte[] value = new byte[10_000];
        IllegalStateException refused = assertThrows(
                IllegalStateException.class,
                () -> store.log.append(1, KEY, 3, value, value.length, store.lastSequence() + 1));
        assertTrue(refused.getMessage().contains("no room"), refused::getMessage);
        assertEquals(store.lastSequence(), store.checkReplay(store.disk));
        store.checkpoint();
        store.commit(store.put(8, value.length), store.lastSequence());
        assertEquals(4096 + 3 * 4096, store.log.usedBytes());
        assertEquals(store.lastSequence(), store.checkReplay(store.disk));
    }

    /// Whatever the sizes: where there is room for a batch, no operation of it is refused.
    @Property(tries = 300)
    void whatIsSaidToHaveRoomFits(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int blockSize = random.nextBoolean() ? 4096 : 512 << random.nextInt(4);
        LogStore full = new LogStore(PAGES + 8 * random.nextInt(4), blockSize, seed);
        for (int i = 0; i < 20; i++) {
            int longest = 1 + random.nextInt(random.nextBoolean() ? 300 : full.log.longestKeyAndValue() - 8);
            int[] lengths = random.ints(1 + random.nextInt(30), 0, longest)
                    .map(l -> random.nextInt(3) == 0 ? longest : l)
                    .toArray();
            long bytes = 0;
            for (int length : lengths) {
                bytes += 8 + length;
            }
            if (full.log.hasRoom(lengths.length, bytes)) {
                assertTrue(full.log.couldHaveRoom(lengths.length, bytes));
                full.batch(lengths);
            } else {
                full.checkpoint();
            }
        }
        full.sync();
        assertEquals(full.lastSequence(), full.checkReplay(full.disk));
    }

    /// A log that is kept as full as it says it can be, with records that leave long pads.
    @Test
    void thePadAtTheRegionsEndIsPartOfTheRoom() {
        SplittableRandom random = new SplittableRandom(5);
        LogStore full = new LogStore(2_048, 4096, 1);
        Queue<Long> heads = new ArrayDeque<>();
        for (int i = 0; i < 120; i++) {
            int length = random.nextInt(full.log.longestKeyAndValue() - 8);
            while (!full.log.hasRoom(1, length + 8L)) {
                full.treeSequence = full.lastSequence() - heads.size() + 1;
                full.head = heads.remove();
                full.log.advanceHead(full.head);
            }
            full.put(8, length);
            heads.add(full.log.cut());
        }
        full.sync();
        assertTrue(full.log.durableLsn() > 4 * full.region.bytes());
        assertEquals(full.lastSequence(), full.checkReplay(full.disk));
    }

    @Test
    void whatNeverFitsIsKnown() {
        assertTrue(store.log.couldHaveRoom(1, store.log.longestKeyAndValue()));
        assertTrue(store.log.couldHaveRoom(10, store.region.bytes() / 8));
        assertFalse(store.log.couldHaveRoom(1, store.region.bytes()));
        assertFalse(store.log.couldHaveRoom(Integer.MAX_VALUE, 1L << 30));
    }

    @Test
    void operationsOutOfBoundsOrOutOfOrderAreRefusedAndHarmless() {
        WriteAheadLog log = store.log;
        byte[] value = new byte[log.longestKeyAndValue() + 1];
        assertThrows(IllegalArgumentException.class, () -> log.append(1, KEY, 3, value, value.length - 3, 1));
        assertThrows(IllegalArgumentException.class, () -> log.append(1, value, 4096, KEY, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> log.append(1, KEY, 3, KEY, 3, 2));
        assertThrows(IllegalArgumentException.class, () -> log.append(1, KEY, 3, KEY, 3, 0));
        assertThrows(IllegalArgumentException.class, () -> log.commit(1));
        store.commit(store.put(3, log.longestKeyAndValue() - 3), 1);
        assertEquals(1, store.checkReplay(store.disk));
    }

    @Test
    void aLogIsOpenedOnlyWhereItHasRoomAndAtABlock() {
        assertThrows(IllegalArgumentException.class, () -> new WalRegion(4, 31, 4096));
        assertThrows(IllegalArgumentException.class, () -> new WalRegion(0, 64, 4096));
        assertThrows(IllegalArgumentException.class, () -> new WalRegion(4, 64, 5000));
        assertThrows(IllegalArgumentException.class, () -> new WalRegion(4, 64, 2048));
        assertThrows(IllegalArgumentException.class, () -> new WalRegion(4, 0, 4096));
        assertThrows(IllegalArgumentException.class, () -> openAt(4095));
        assertThrows(IllegalArgumentException.class, () -> openAt(-4096));
    }

    /// A store that was made on smaller blocks, and copied.
    @Test
    void aLogThatIsTooShortForTheBlocksOfItsDeviceIsRefused() {
        LogStore large = new LogStore(32, 32_768, 3);
        for (int pages : new int[] {64, 257}) {
            WalRegion region = new WalRegion(8, pages, 4096);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> WriteAheadLog.open(
                            large.disk,
                            region,
                            large.memory,
                            1,
                            0,
                            0,
                            GroupTiming.onDemand(),
                            new LogStore.NoParking()));
        }
    }

    private WriteAheadLog openAt(long lsn) {
        return WriteAheadLog.open(
                store.disk, store.region, store.memory, 1, lsn, 0, GroupTiming.onDemand(), new LogStore.NoParking());
    }

    // ---- batches ----------------------------------------------------------------------------------------------------

    @Test
    void aBatchOverSeveralGroupsIsDurableOnlyAsAWhole() {
        store.commit(store.put(8, 10), 1);
        store.log.beginBatch();
        byte[] value = new byte[12_000];
        for (int i = 2; i < 8; i++) {
            store.history.add(new LogStore.Operation(1, KEY, value, true));
            store.log.append(1, KEY, KEY.length, value, value.length, i);
        }
        assertTrue(store.log.durableLsn() > 2 * 16_384, "groups have been written");
        assertEquals(1, store.log.durableSequence());
        assertEquals(1, store.checkReplay(store.disk));
        store.history.add(new LogStore.Operation(1, KEY, value, false));
        store.log.append(1, KEY, KEY.length, value, value.length, 8);
        long end = store.log.endBatch();
        store.commit(end, 8);
        assertEquals(8, store.checkReplay(store.disk));
    }

    @Test
    void anEmptyBatchIsNothing() {
        store.log.beginBatch();
        assertEquals(0, store.log.endBatch());
        long lsn = store.put(8, 10);
        store.log.beginBatch();
        assertEquals(lsn, store.log.endBatch());
        store.commit(lsn, 1);
        assertEquals(1, store.checkReplay(store.disk));
    }

    @Test
    void batchesDoNotNestAndAreNotWaitedForByTheirOwner() {
        assertThrows(IllegalStateException.class, store.log::endBatch);
        long before = store.put(8, 10);
        store.log.beginBatch();
        assertThrows(IllegalStateException.class, store.log::beginBatch);
        assertThrows(IllegalStateException.class, store.log::cut);
        assertThrows(IllegalStateException.class, () -> store.log.commit(before));
        assertThrows(IllegalStateException.class, store.log::sync);
        store.log.endBatch();
        store.sync();
    }

    @Test
    void anAbandonedBatchEndsTheLog() {
        store.commit(store.put(8, 10), 1);
        store.log.beginBatch();
        store.log.append(1, KEY, 3, KEY, 3, 2);
        RuntimeException cause = new IllegalStateException("no more");
        store.log.abandonBatch(cause);
        assertSame(cause, assertThrows(IllegalStateException.class, store.log::endBatch));
        assertSame(cause, assertThrows(IllegalStateException.class, store.log::sync));
        assertEquals(1, store.checkReplay(store.disk));
    }

    // ---- cuts -------------------------------------------------------------------------------------------------------

    @Test
    void aReplayFromACutHasExactlyWhatCameAfterIt() {
        store.put(8, 10);
        store.put(8, 10);
        long cut = store.log.cut();
        assertEquals(cut, store.log.cut(), "a second cut changes nothing");
        store.put(8, 10);
        store.sync();
        store.head = cut;
        store.treeSequence = 2;
        assertEquals(3, store.checkReplay(store.disk));
        assertEquals(3, LogRecords.of(store).firstEntry().getValue().firstSequence());
    }

    @Test
    void theHeadMayPassWhatWasNeverWritten() {
        store.put(8, 10);
        store.checkpoint();
        assertEquals(0, store.disk.counters().writes());
        store.commit(store.put(8, 10), 2);
        assertEquals(2, store.checkReplay(store.disk));
    }

    // ---- failures ---------------------------------------------------------------------------------------------------

    @Test
    void theFirstFailureStaysAndNothingIsTriedAgain() {
        for (int operation = 1; operation <= 3; operation++) {
            LogStore failing = new LogStore(PAGES, 4096, operation);
            failing.reopenWith(CrashFaults.none().withFailureAt(operation, false));
            long lsn = failing.put(8, 100);
            IoFailureException failure = assertThrows(IoFailureException.class, () -> failing.log.commit(lsn));
            long operations = failing.disk.operations();
            assertSame(failure, assertThrows(IoFailureException.class, () -> failing.log.commit(lsn)));
            assertSame(failure, assertThrows(IoFailureException.class, () -> failing.put(8, 100)));
            assertSame(failure, assertThrows(IoFailureException.class, failing.log::sync));
            assertSame(failure, assertThrows(IoFailureException.class, failing.log::beginBatch));
            assertEquals(operations, failing.disk.operations(), "operations after the failure");
            assertEquals(0, failing.log.durableSequence());
            assertEquals(Long.MAX_VALUE, failing.log.nanosUntilDue(0));
            failing.history.removeLast();
            failing.crash();
        }
    }

    @Test
    void whatWasDurableBeforeAFailureStaysSo() {
        LogStore failing = new LogStore(PAGES, 4096, 1);
        failing.reopenWith(CrashFaults.none().withFailureAt(5, true));
        long first = failing.put(8, 100);
        failing.commit(first, 1);
        long second = failing.put(8, 100);
        assertThrows(IoFailureException.class, () -> failing.log.commit(second));
        failing.log.commit(first);
        assertEquals(1, failing.log.durableSequence());
        failing.crash();
    }

    @Test
    void aClosedLogRefusesEverything() {
        long durable = store.put(8, 10);
        store.commit(durable, 1);
        long pending = store.put(8, 10);
        store.log.close();
        store.log.close();
        assertThrows(ClosedException.class, () -> store.log.commit(pending));
        assertThrows(ClosedException.class, () -> store.log.append(1, KEY, 3, KEY, 3, 3));
        assertThrows(ClosedException.class, store.log::sync);
        assertThrows(ClosedException.class, store.log::beginBatch);
        store.log.commit(durable);
        assertEquals(1, store.checkReplay(store.disk));
    }

    // ---- groups in the background ---------------------------------------------------------------------------------

    @Test
    void aGroupIsDueByItsAgeOrItsBytes() {
        AtomicLong now = new AtomicLong(1_000);
        AtomicInteger wakes = new AtomicInteger();
        WriteAheadLog log = WriteAheadLog.open(
                store.disk,
                store.region,
                store.memory,
                1,
                0,
                0,
                new GroupTiming(500, 5_000, now::get, wakes::incrementAndGet),
                new LogStore.NoParking());
        assertEquals(Long.MAX_VALUE, log.nanosUntilDue(now.get()));
        log.append(1, KEY, 3, KEY, 3, 1);
        assertEquals(1, wakes.get());
        now.addAndGet(200);
        log.append(1, KEY, 3, KEY, 3, 2);
        assertEquals(300, log.nanosUntilDue(now.get()));
        assertEquals(-100, log.nanosUntilDue(now.get() + 400));
        assertEquals(1, wakes.get());
        byte[] value = new byte[4_000];
        log.append(1, KEY, 3, value, 4_000, 3);
        assertEquals(300, log.nanosUntilDue(now.get()));
        log.append(1, KEY, 3, value, 4_000, 4);
        assertEquals(0, log.nanosUntilDue(now.get()));
        assertEquals(2, wakes.get());
        log.sync();
        assertEquals(4, log.durableSequence());
        assertEquals(Long.MAX_VALUE, log.nanosUntilDue(now.get()));
    }

    @Test
    void withoutADeadlineNothingIsEverDue() {
        store.put(8, 100);
        assertEquals(Long.MAX_VALUE, store.log.nanosUntilDue(Long.MAX_VALUE / 2));
        store.sync();
        assertEquals(Long.MAX_VALUE, store.log.nanosUntilDue(0));
    }

    @Test
    void theAppendingThreadWritesAGroupThatIsFull() {
        for (int i = 0; i < 5; i++) {
            store.put(8, 12_000);
        }
        assertTrue(store.log.durableSequence() >= 2);
        assertEquals(store.log.durableSequence(), store.checkReplay(store.disk));
    }

    // ---- the region -----------------------------------------------------------------------------------------------

    @Test
    void recordsOfARegionOfRealSizeAreAMebibyteAtMost() {
        LogStore large = new LogStore(16 * 256, 4096, 1);
        assertEquals(WalRecord.MAXIMUM_BYTES, large.region.recordBytes());
        int longest = large.log.longestKeyAndValue();
        assertEquals(WalRecord.MAXIMUM_BYTES - WalRecord.BYTES - WalOperation.BYTES, longest);
        large.put(8, longest - 8);
        large.batch(500_000, 500_000, 500_000, 500_000, 500_000);
        for (int i = 0; i < 3_000; i++) {
            large.put(16, 100);
        }
        large.sync();
        assertEquals(large.lastSequence(), large.checkReplay(large.disk));
    }

    /// What memory held before is nobody's business on disk.
    @Test
    void whatPadsARecordIsZeros() {
        store.memory.fill((byte) 0xee);
        store.commit(store.put(8, 100), 1);
        store.commit(store.batch(15_000, 15_000, 15_000), 4);
        MemorySegment block = Arena.ofAuto().allocate(store.region.recordBytes(), 4096);
        for (LogRecords.Found record : LogRecords.of(store).values()) {
            int padded = Bytes.roundUp(record.length(), 4096);
            store.disk.read(store.region.position(record.lsn()), block.asSlice(0, padded));
            for (int at = record.length(); at < padded; at++) {
                assertEquals(0, Bytes.u8(block, at), "byte " + at + " of the record at " + record.lsn());
            }
        }
    }

    @Test
    void blocksLargerThanAPageOfMemoryAreKept() {
        LogStore coarse = new LogStore(32, 16_384, 1);
        for (int i = 0; i < 100; i++) {
            coarse.checkpoint();
            coarse.commit(coarse.put(8, i * 37), coarse.lastSequence());
        }
        assertEquals(100L * 16_384, coarse.log.durableLsn());
        assertEquals(100, coarse.checkReplay(coarse.disk));
    }

    /// As a stack leaves it that has ended in the middle, and again where that was to be noted.
    @Test
    void anOperationThatBrokeOffUnnoticedIsNotWritten() throws Exception {
        store.put(8, 100);
        Field unfinished = WriteAheadLog.class.getDeclaredField("unfinished");
        unfinished.setAccessible(true);
        assertFalse(unfinished.getBoolean(store.log));
        unfinished.setBoolean(store.log, true);
        assertThrows(IllegalStateException.class, store::sync);
        assertThrows(IllegalStateException.class, () -> store.put(8, 100));
        assertEquals(0, store.disk.counters().writes());
    }
}

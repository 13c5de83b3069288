package io.treering.internal.wal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CorruptionException;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.WalOperation;
import io.treering.internal.format.WalRecord;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// What had been durable and cannot be read any more is reported, never left out; and whatever bytes stand in the
/// region, there is an answer.
class WalDamageTest {
    private static final int PAGES = 32;

    /// Groups of random size, all acknowledged; the log has gone round at least once.
    private static LogStore acknowledgedGroups(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LogStore store = new LogStore(PAGES, 4096, seed);
        for (int lap = 0; lap < 4; lap++) {
            store.checkpoint();
            while (store.log.usedBytes() < store.region.bytes() / 3) {
                for (int i = random.nextInt(5); i >= 0; i--) {
                    store.put(random.nextInt(20), random.nextInt(6_000));
                }
                store.sync();
            }
        }
        return store;
    }

    private static CrashDevice copy(CrashDevice disk) {
        return disk.with(CrashFaults.none());
    }

    @Property(tries = 100)
    void aBadRecordIsReportedIfAnotherGroupFollowed(@ForAll long seed) {
        LogStore store = acknowledgedGroups(seed);
        SplittableRandom random = new SplittableRandom(seed);
        CrashDevice pristine = store.disk;
        assertEquals(store.lastSequence(), store.checkReplay(pristine), "before the damage");
        List<LogRecords.Found> records = new ArrayList<>(LogRecords.of(store).values());
        long lastGroup = records.getLast().durableLsn();
        assertTrue(lastGroup > store.head, "there are groups");
        for (LogRecords.Found record : records) {
            store.disk = copy(pristine);
            store.disk.flipBit(
                    store.region.position(record.lsn()) + random.nextInt(record.length()), random.nextInt(8));
            if (record.lsn() < lastGroup) {
                CorruptionException damage =
                        assertThrows(CorruptionException.class, () -> store.checkReplay(store.disk));
                assertEquals(store.region.page(record.lsn()), damage.page(), damage::getMessage);
            } else {
                // Nothing knows that the last group had been durable: it looks like a group that was in flight.
                store.acknowledged = 0;
                assertEquals(record.firstSequence() - 1, store.checkReplay(store.disk));
            }
        }
    }

    /// A sector of the log as it was a lap ago, the trace of a write that the disk lost.
    @Property(tries = 50)
    void aLostWriteIsReportedIfAnotherGroupFollowed(@ForAll long seed) {
        LogStore store = acknowledgedGroups(seed);
        CrashDevice pristine = store.disk;
        List<LogRecords.Found> records = new ArrayList<>(LogRecords.of(store).values());
        long lastGroup = records.getLast().durableLsn();
        for (LogRecords.Found record : records) {
            if (record.lsn() < lastGroup) {
                store.disk = copy(pristine);
                long lost = store.region.position(record.lsn());
                // The block as an older lap wrote it: valid, and with another LSN.
                long other = store.region.position(records.getFirst().lsn());
                if (lost == other) {
                    store.disk.zero(lost, 4096);
                } else {
                    store.disk.copy(other, lost, 4096);
                }
                assertThrows(CorruptionException.class, () -> store.checkReplay(store.disk));
            }
        }
    }

    /// The furthest that a record which knows better can be: two of the largest groups, with pads.
    @Test
    void theLookAheadReachesBehindTheLargestGroups() {
        for (int offset = 0; offset < PAGES; offset++) {
            LogStore store = new LogStore(PAGES, 4096, offset);
            for (int i = 0; i < offset; i++) {
                store.commit(store.put(8, 100), store.lastSequence());
            }
            store.checkpoint();
            int longest = store.log.longestKeyAndValue();
            for (int group = 0; group < 2; group++) {
                store.put(8, longest - 8);
                store.put(8, longest - 8);
                store.sync();
            }
            List<LogRecords.Found> records =
                    new ArrayList<>(LogRecords.of(store).values());
            long second = records.getLast().durableLsn();
            assertTrue(second > store.head);
            store.disk.flipBit(store.region.position(store.head), 0);
            // Of the second group, only the last record is left.
            for (LogRecords.Found record : records) {
                if (record.lsn() >= second && record.lsn() != records.getLast().lsn()) {
                    store.disk.flipBit(store.region.position(record.lsn()), 0);
                }
            }
            assertThrows(CorruptionException.class, () -> store.checkReplay(store.disk), "offset " + offset);
        }
    }

    @Test
    void damageInThePaddingIsNone() {
        LogStore store = new LogStore(PAGES, 4096, 1);
        store.commit(store.put(8, 100), 1);
        store.commit(store.put(8, 100), 2);
        store.disk.flipBit(store.region.position(0) + 4095, 3);
        assertEquals(2, store.checkReplay(store.disk));
    }

    @Test
    void aGapBetweenTreeAndLogIsDamage() {
        LogStore store = new LogStore(PAGES, 4096, 1);
        for (int i = 1; i <= 5; i++) {
            store.commit(store.put(8, 100), i);
        }
        store.head = 2 * 4096;
        store.treeSequence = 2;
        assertEquals(5, store.checkReplay(store.disk));
        store.treeSequence = 1;
        assertThrows(CorruptionException.class, () -> store.checkReplay(store.disk));
        store.treeSequence = 4;
        assertEquals(5, store.checkReplay(store.disk), "what is in the tree is not applied again");
    }

    @Test
    void aMissingOverflowRunEndsTheLogOrIsDamage() {
        LogStore store = new LogStore(PAGES, 4096, 1);
        store.commit(store.put(8, 100), 1);
        store.commit(store.putOverflow(8), 2);
        long run = (store.region.firstPage() + store.region.pages() + 1L) * store.region.pageSize();
        CrashDevice pristine = copy(store.disk);
        store.disk.zero(run, 4096);
        store.acknowledged = 1;
        assertEquals(1, store.checkReplay(store.disk), "the power went before the run was there");

        store.disk = pristine;
        store.recover();
        store.commit(store.putOverflow(8), 3);
        store.commit(store.put(8, 100), 4);
        store.disk.zero(run + store.region.pageSize(), 4096);
        assertThrows(CorruptionException.class, () -> store.checkReplay(store.disk));
        store.treeSequence = 3;
        assertEquals(4, store.checkReplay(store.disk), "a run whose reference is in the tree is not looked at");
    }

    /// The story of a record that was discarded because its overflow run was missing, and of a run that turned up
    /// later, when its pages were written for something else or the disk's cache gave it back.
    @Test
    void aDiscardedRecordStaysDiscardedWhateverTurnsUpLater() {
        LogStore store = new LogStore(PAGES, 4096, 1);
        store.commit(store.put(8, 100), 1);
        store.commit(store.putOverflow(8), 2);
        CrashDevice whole = copy(store.disk);
        long run = (store.region.firstPage() + store.region.pages() + 1L) * store.region.pageSize();
        store.disk.zero(run, 4096);
        store.acknowledged = 1;
        store.recover();
        assertEquals(1, store.lastSequence());
        store.disk = whole;
        assertEquals(1, store.checkReplay(store.disk));
    }

    @Test
    void aRecordThatDoesNotFollowTheOneBeforeItEndsTheLog() {
        LogStore store = new LogStore(PAGES, 4096, 1);
        for (int i = 1; i <= 3; i++) {
            store.commit(store.put(8, 100), i);
        }
        LogRecords.Found last = LogRecords.of(store).lastEntry().getValue();
        MemorySegment block = Arena.ofAuto().allocate(4096, 4096);
        store.disk.read(store.region.position(last.lsn()), block);
        Bytes.putI32(block, WalRecord.PREVIOUS_CRC, ~WalRecord.previousCrc(block, 0));
        rewrite(store, last, block);
        store.acknowledged = 2;
        assertEquals(2, store.checkReplay(store.disk));
    }

    private static void rewrite(LogStore store, LogRecords.Found record, MemorySegment memory) {
        int covered = (int) Math.clamp((long) WalRecord.length(memory, 0), WalRecord.BYTES, memory.byteSize());
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(4, covered - 4).asByteBuffer());
        Bytes.putI32(memory, 0, (int) crc.getValue());
        store.disk.overwrite(
                store.region.position(record.lsn()),
                memory.asSlice(0, Bytes.roundUp(record.length(), 4096)).toArray(JAVA_BYTE));
    }

    @Test
    void aHeadOrARegionThatCannotBeIsDamage() {
        LogStore store = new LogStore(PAGES, 4096, 1);
        for (long head : new long[] {-4096, 1, 4095, Long.MIN_VALUE, Long.MAX_VALUE - 4095}) {
            store.head = head;
            assertThrows(CorruptionException.class, () -> store.checkReplay(store.disk), "head " + head);
        }
        store.head = 0;
        store.disk.truncate(store.region.position(0) + store.region.bytes() - 4096);
        assertThrows(CorruptionException.class, () -> store.checkReplay(store.disk));
    }

    /// Records whose fields were changed and whose checksums were made right again.
    @Property(tries = 1500)
    void hostileRecordsGiveAShorterLogOrAnException(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LogStore store = new LogStore(PAGES, 4096, seed);
        for (int i = 0; i < 6; i++) {
            if (random.nextInt(3) == 0) {
                store.batch(random.nextInt(5_000), random.nextInt(9_000), random.nextInt(9_000));
            } else {
                store.put(random.nextInt(20), random.nextInt(3_000));
            }
            store.sync();
        }
        List<LogRecords.Found> records = new ArrayList<>(LogRecords.of(store).values());
        for (int i = random.nextInt(3); i >= 0; i--) {
            mutate(store, records.get(random.nextInt(records.size())), random);
        }
        long[] last = new long[1];
        try {
            WalReplay.Result result = store.replay(store.disk, new Bounded(last));
            assertTrue(result.endLsn() <= store.region.bytes());
            assertEquals(0, result.endLsn() % 4096);
        } catch (CorruptionException _) {
            // The other good answer.
        }
    }

    private static void mutate(LogStore store, LogRecords.Found record, SplittableRandom random) {
        MemorySegment memory = Arena.ofAuto().allocate(store.region.recordBytes(), 4096);
        store.disk.read(store.region.position(record.lsn()), memory.asSlice(0, Bytes.roundUp(record.length(), 4096)));
        for (int i = random.nextInt(3); i >= 0; i--) {
            int field = switch (random.nextInt(4)) {
                case 0 -> WalRecord.BYTES + random.nextInt(WalOperation.BYTES);
                case 1 -> random.nextInt(record.length());
                default -> 4 + random.nextInt(WalRecord.BYTES - 4);
            };
            int value = switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> 0xff;
                case 2 -> 0x7f;
                default -> random.nextInt(256);
            };
            Bytes.putU8(memory, field, value);
        }
        rewrite(store, record, memory);
    }

    /// Touches every byte that it is given.
    private record Bounded(long[] last) implements ReplayHandler {
        @Override
        public void apply(
                int kind,
                int treeId,
                MemorySegment memory,
                long keyOffset,
                int keyLength,
                long valueOffset,
                int valueLength,
                long sequence,
                boolean more) {
            assertEquals(keyOffset + keyLength, valueOffset);
            memory.asSlice(keyOffset, (long) keyLength + valueLength);
            assertTrue(sequence > last[0], "sequences ascend");
            last[0] = sequence;
        }

        @Override
        public boolean verifyOverflow(MemorySegment memory, long keyOffset, int keyLength, long referenceOffset) {
            memory.asSlice(referenceOffset, 16);
            return true;
        }
    }

    @Property(tries = 200)
    void randomBytesGiveAnEmptyLog(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LogStore store = new LogStore(PAGES, 4096, seed);
        byte[] bytes = new byte[(int) store.region.bytes()];
        random.nextBytes(bytes);
        store.disk.overwrite(store.region.position(0), bytes);
        store.head = random.nextInt(1_000) * 4096L;
        assertEquals(
                store.head,
                store.replay(store.disk, new Bounded(new long[] {0})).endLsn());
    }
}

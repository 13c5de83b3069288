package io.treering.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import io.treering.testing.PowerCut;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// Random logs on a disk whose power is cut, several times over. What is replayed is always a prefix of what was
/// appended, with everything that was acknowledged, whole batches, and nothing that an earlier recovery discarded
/// ([LogStore] checks that at every reopening).
class WalCrashTest {
    private static final int SMALLEST_REGION = 32;
    private static final int CRASHES = 5;
    private static final int STEPS = 60;

    @Property(tries = 300)
    void whatIsReplayedIsAPrefixWithAllThatWasAcknowledged(@ForAll long seed) {
        life(seed);
    }

    /// The same seed does the same to the disk, so that a failure can be repeated.
    @Test
    void aLifeDependsOnItsSeedOnly() {
        for (long seed = 1; seed <= 3; seed++) {
            assertEquals(life(seed), life(seed), "seed " + seed);
        }
    }

    private static long life(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int blockSize = random.nextInt(4) == 0 ? 512 << random.nextInt(5) : 4096;
        LogStore store = new LogStore(SMALLEST_REGION + random.nextInt(3) * 8, blockSize, random.nextLong());
        long trace = 0;
        for (int crash = 0; crash < CRASHES; crash++) {
            CrashFaults faults = CrashFaults.none().withTorn(random.nextInt(3) == 0 ? random.nextInt(1000) : 0);
            store.reopenWith(random.nextInt(4) == 0 ? faults : faults.withPowerCutAt(1 + random.nextInt(60)));
            long acknowledgedBefore = store.acknowledged;
            try {
                for (int step = random.nextInt(STEPS); step >= 0; step--) {
                    step(store, random);
                }
            } catch (PowerCut _) {
                assertTrue(store.acknowledged >= acknowledgedBefore);
            }
            trace = trace * 31 + store.disk.trace();
            store.crash();
        }
        return trace;
    }

    private static void step(LogStore store, SplittableRandom random) {
        if (store.log.usedBytes() > store.region.bytes() / 4) {
            store.checkpoint();
        }
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> put(store, random, 200);
            case 3 -> put(store, random, store.log.longestKeyAndValue() - 20);
            case 4 -> {
                long lsn = store.put(8, random.nextInt(300));
                store.commit(lsn, store.lastSequence());
            }
            case 5 -> store.delete(random.nextInt(20));
            case 6 -> store.putOverflow(random.nextInt(20));
            case 7 -> store.sync();
            case 8 -> store.batch(lengths(random, 1 + random.nextInt(6), 500));
            case 9 -> store.batch(lengths(random, 1 + random.nextInt(12), 5_000));
            case 10 -> {
                long lsn = store.batch(lengths(random, 1 + random.nextInt(6), 2_000));
                store.commit(lsn, store.lastSequence());
            }
            default -> {
                if (random.nextInt(4) == 0) {
                    store.checkpoint();
                }
            }
        }
    }

    private static void put(LogStore store, SplittableRandom random, int longest) {
        store.put(random.nextInt(20), random.nextInt(longest));
    }

    private static int[] lengths(SplittableRandom random, int count, int longest) {
        return random.ints(count, 0, longest).toArray();
    }

    /// The story of a group of two records of which only the second survived: an ordinary power cut. Refusing it would
    /// be a false alarm; taking the second record when the first has been written anew would bring back what was
    /// discarded.
    @Test
    void aSecondRecordWithoutTheFirstIsDiscardedForGood() {
        int onlySecond = 0;
        Set<Long> outcomes = new HashSet<>();
        for (long outcome = 0; outcome < 300; outcome++) {
            LogStore store = new LogStore(SMALLEST_REGION, 4096, 1);
            // The first group is a write, zeros ahead and a sync; the second a write and this sync.
            store.reopenWith(CrashFaults.none().withPowerCutAt(5));
            store.commit(store.put(8, 100), 1);
            store.put(8, 10_000);
            long end = store.put(8, 10_000);
            assertThrows(PowerCut.class, () -> store.log.commit(end));
            store.disk = store.disk.afterPowerCut(outcome);
            long survived = store.checkReplay(store.disk);
            outcomes.add(survived);
            if (survived == 1 && LogRecords.of(store).containsKey(4 * 4096L)) {
                onlySecond++;
                store.recover();
                for (long sequence = 2; sequence <= 3; sequence++) {
                    store.commit(store.put(8, 10_000), sequence);
                    store.disk = store.disk.afterPowerCut();
                    assertEquals(sequence, store.checkReplay(store.disk));
                    store.recover();
                }
            }
        }
        assertEquals(Set.of(1L, 2L, 3L), outcomes);
        assertTrue(onlySecond > 0, "no outcome had the second record without the first");
    }

    /// Every write and every sync of a fixed run of operations is where the power goes once, with several outcomes
    /// each.
    @Test
    void aPowerCutInEveryOperationIsSurvived() {
        long operations = fixedRun(0, 1).operations();
        for (long at = 1; at <= operations; at++) {
            for (int outcome = 0; outcome < 4; outcome++) {
                fixedRun(at, outcome);
            }
        }
    }

    private static CrashDevice fixedRun(long powerCutAt, long seed) {
        LogStore store = new LogStore(SMALLEST_REGION, 4096, seed);
        store.reopenWith(CrashFaults.none().withPowerCutAt(powerCutAt));
        SplittableRandom random = new SplittableRandom(42);
        CrashDevice used = store.disk;
        try {
            for (int i = 0; i < 40; i++) {
                step(store, random);
            }
        } catch (PowerCut _) {
            // As asked for.
        }
        store.crash();
        store.commit(store.put(8, 100), store.lastSequence());
        store.crash();
        return used;
    }
}

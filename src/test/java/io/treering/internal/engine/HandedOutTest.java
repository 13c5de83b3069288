package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CheckReport;
import io.treering.CommitMode;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.PoisonedException;
import io.treering.Snapshot;
import io.treering.WalMode;
import io.treering.WriteBatch;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.KeyHash;
import io.treering.testing.FailingDevice;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Pages that were handed out and are in no tree yet: a check knows who has each of them.
@Timeout(60)
final class HandedOutTest {
    private static final byte[] LARGE = new byte[200 << 10];

    private final FailingDevice device = new FailingDevice();

    private Partition open(WalMode walMode) {
        return Partition.open(
                device,
                PartitionConfig.builder()
                        .walMode(walMode)
                        .commitMode(walMode == WalMode.NONE ? CommitMode.EXPLICIT : CommitMode.AUTOMATIC)
                        .writeBufferSize(1 << 20)
                        .cacheSize(4 << 20)
                        .build());
    }

    private static byte[] key(int i) {
        return new byte[] {1, (byte) (i >> 8), (byte) i};
    }

    private static void assertClean(Partition db) {
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
    }

    // ---- what a write holds -----------------------------------------------------------------------------------------

    /// The engine does not know which call runs out of memory, nor what else is thrown there.
    @Test
    void aWriteThatBreaksOffHoldsNothing() {
        try (Partition db = open(WalMode.BATCHED)) {
            db.put(key(0), LARGE);
            // Else the log would be written in the background, and meet what is meant for the others.
            db.sync();
            AtomicInteger writes = new AtomicInteger();
            for (Error error : List.of(new OutOfMemoryError("on purpose"), new StackOverflowError("on purpose"))) {
                for (int last = 1; last <= 2; last++) {
                    int failing = last;
                    writes.set(0);
                    device.duringWrites(() -> {
                        if (writes.incrementAndGet() == failing) {
                            throw error;
                        }
                    });
                    WriteBatch batch = new WriteBatch();
                    batch.put(key(1), LARGE);
                    batch.put(key(2), LARGE);
                    assertThrows(error.getClass(), () -> db.write(batch));
                    writes.set(failing - 1);
                    assertThrows(error.getClass(), () -> db.put(key(3), LARGE));
                    assertClean(db);
                }
            }
            device.duringWrites(() -> {});
            db.put(key(1), LARGE);
            assertClean(db);
        }
    }

    @Test
    void whatAWriteUnderWayHoldsIsNotLost() throws Exception {
        try (Partition db = open(WalMode.NONE)) {
            CountDownLatch writes = new CountDownLatch(1);
            CountDownLatch goesOn = new CountDownLatch(1);
            device.duringWrites(() -> {
                writes.countDown();
                try {
                    goesOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            FutureTask<Void> put = new FutureTask<>(() -> db.put(key(1), LARGE), null);
            Thread.ofPlatform().start(put);
            writes.await();
            try {
                assertClean(db);
                assertFalse(EngineOpening.handedOut(db).isClean(), "nothing is in hand");
            } finally {
                goesOn.countDown();
            }
            put.get();
            assertClean(db);
            assertTrue(EngineOpening.handedOut(db).isClean());
        }
    }

    /// The log may name what a partition that has failed holds.
    @Test
    void afterAFailureNobodyAsks() {
        try (Partition db = open(WalMode.NONE)) {
            db.put(key(0), LARGE);
            device.failWritesAfter(0);
            assertThrows(PoisonedException.class, () -> db.put(key(1), LARGE));
            assertClean(db);
        }
    }

    // ---- what buffers hold ------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void whatIsBufferedOrReplacedInTheBufferIsNotLost(WalMode walMode) {
        try (Partition db = open(walMode)) {
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 5; i++) {
                    db.put(key(i), LARGE);
                    db.put(key(i), LARGE);
                }
                db.delete(key(4));
                assertClean(db);
                try (Snapshot snapshot = db.snapshot()) {
                    db.put(key(1), LARGE);
                    assertClean(db);
                    db.flush();
                    assertClean(db);
                    assertTrue(snapshot.contains(key(1)));
                }
                assertEquals(0, detached(db));
            }
        }
    }

    /// Between two merges, for pages may be moved further down meanwhile.
    private static int detached(Partition db) {
        Parts parts = parts(db);
        return parts.flusher()
                .whilePaused(_ -> parts.space().account().detached().cardinality());
    }

    @ParameterizedTest
    @EnumSource
    void besideWritersAndMergesNothingIsTakenForLost(WalMode walMode) throws Exception {
        try (Partition db = open(walMode)) {
            AtomicBoolean over = new AtomicBoolean();
            List<FutureTask<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int number = i;
                FutureTask<Void> writer = new FutureTask<>(() -> write(db, new SplittableRandom(number), over), null);
                writers.add(writer);
                Thread.ofPlatform().start(writer);
            }
            try {
                for (int i = 0; i < 60; i++) {
                    assertClean(db);
                }
            } finally {
                over.set(true);
                for (FutureTask<Void> writer : writers) {
                    writer.get();
                }
            }
            db.flush();
            assertEquals(0, detached(db));
            assertClean(db);
        }
    }

    private static void write(Partition db, SplittableRandom random, AtomicBoolean over) {
        while (!over.get()) {
            switch (random.nextInt(8)) {
                case 0 -> db.delete(key(random.nextInt(40)));
                case 1 -> db.flush();
                case 2 -> {
                    WriteBatch batch = new WriteBatch();
                    for (int i = 0; i < 3; i++) {
                        batch.put(key(random.nextInt(40)), new byte[random.nextInt(LARGE.length)]);
                    }
                    db.write(batch);
                }
                case 3, 4 -> db.put(key(random.nextInt(40)), LARGE);
                default -> db.put(key(random.nextInt(40)), new byte[random.nextInt(5_000)]);
            }
        }
    }

    // ---- canaries: who cannot see these sees nothing ----------------------------------------------------------------

    private static Parts parts(Partition db) {
        return ((PartitionEngine) db).parts;
    }

    @Test
    void aRunThatAWriteForgetsIsReported() {
        try (Partition db = open(WalMode.NONE)) {
            db.put(key(0), LARGE);
            Parts parts = parts(db);
            RunsInHand.Hand hand = parts.space().inHand().open(parts.poison());
            int first = parts.space().allocateRun(hand, 3);
            assertClean(db);
            hand.areBuffered();
            CheckReport report = db.check();
            assertEquals(3, report.problemCount(), report::toString);
            assertEquals(first, report.problems().getFirst().page());
            db.flush();
            assertEquals(3, db.check().problemCount());
        }
    }

    @Test
    void aRunThatIsFreeAlthoughABufferNamesItIsReported() {
        try (Partition db = open(WalMode.NONE)) {
            db.put(key(0), LARGE);
            Parts parts = parts(db);
            int first = parts.space().account().detached().nextSetBit(0);
            RunsInHand.Hand hand = parts.space().inHand().open(parts.poison());
            hand.prepare();
            hand.take(first, 2);
            hand.close();
            CheckReport report = db.check();
            assertEquals(2, report.problemCount(), report::toString);
            assertEquals(first, report.problems().getFirst().page());
        }
    }

    @Test
    void aRunThatTwoEntriesNameIsReported() {
        try (Partition db = open(WalMode.NONE)) {
            db.put(key(0), LARGE);
            WriteBuffer buffer = parts(db).views().current().active();
            byte[][] named = new byte[1][];
            long _ = buffer.forEachFrom(
                    0,
                    entry -> named[0] = buffer.memory()
                            .asSlice(buffer.valueOffset(entry), buffer.valueLength(entry))
                            .toArray(ValueLayout.JAVA_BYTE));
            byte[] other = key(1);
            long hash = KeyHash.hash(other, other.length);
            long _ =
                    buffer.append(other, other.length, hash, named[0], 0, named[0].length, 2, BufferEntry.PUT_OVERFLOW);
            CheckReport report = db.check();
            assertEquals(1, report.problemCount(), report::toString);
        }
    }
}

package io.treering.simulation;

import io.treering.CheckReport;
import io.treering.KeyRange;
import io.treering.KeyValueReader;
import io.treering.Partition;
import io.treering.Snapshot;
import io.treering.WalMode;
import io.treering.WriteBatch;
import io.treering.simulation.History.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A thread that uses a partition, and holds every answer against the oracle.
final class Client {
    private static final int MOST_SNAPSHOTS = 3;

    private final int number;
    private final List<Action> actions;
    private final Partition partition;
    private final Keys keys;
    private final Oracle oracle;
    private final Scheduler scheduler;
    private final Verdict verdict;
    private final WalMode walMode;
    private final List<Held> snapshots = new ArrayList<>();
    private int next;
    private boolean ended;

    /// A snapshot, and the versions that it may show.
    private record Held(Snapshot snapshot, int[] from, int[] to) {}

    Client(
            int number,
            List<Action> actions,
            Partition partition,
            Keys keys,
            Oracle oracle,
            Scheduler scheduler,
            Verdict verdict,
            WalMode walMode) {
        this.number = number;
        this.actions = actions;
        this.partition = partition;
        this.keys = keys;
        this.oracle = oracle;
        this.scheduler = scheduler;
        this.verdict = verdict;
        this.walMode = walMode;
    }

    void run() {
        while (next < actions.size() && !verdict.isOver()) {
            carryOut(actions.get(next));
            scheduler.note(next);
            next++;
            scheduler.pass();
        }
    }

    void end() {
        try {
            snapshots.forEach(held -> held.snapshot.close());
        } finally {
            ended = true;
        }
    }

    boolean hasEnded() {
        return ended;
    }

    private void carryOut(Action action) {
        switch (action.kind()) {
            case PUT -> put(action.key(), action.length());
            case DELETE ->
                write(
                        new int[] {action.key()},
                        new int[] {Action.DELETED},
                        id -> partition.delete(keys.key(action.key())));
            case BATCH -> batch(action.batch());
            case GET -> reading(() -> get(partition, action.key()));
            case MULTI_GET -> reading(() -> multiGet(action.key(), action.length()));
            case SCAN -> reading(() -> scan(partition, action.key(), action.length(), false));
            case REVERSED_SCAN -> reading(() -> scan(partition, action.key(), action.length(), true));
            case SNAPSHOT -> takeSnapshot();
            case RANGE_SCAN -> reading(() -> rangeScan(partition, action.key(), action.length()));
            case WALK -> reading(() -> walk(partition, action.key(), action.length()));
            case LOOK_AT_SNAPSHOT -> reading(() -> lookAtSnapshot(action.key(), action.length()));
            case DROP_SNAPSHOT -> dropSnapshot();
            case FLUSH -> flush(partition::flush);
            case SYNC -> sync();
            case PAUSE -> scheduler.sleep(TimeUnit.MICROSECONDS.toNanos(action.length()), verdict::isOver);
            case CHECK -> reading(this::check);
        }
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    private interface Writing {
        void carryOut(int id);
    }

    private void put(int key, int length) {
        write(new int[] {key}, new int[] {length}, id -> partition.put(keys.key(key), Keys.value(id, key, length)));
    }

    private void batch(int[] operations) {
        int[] written = new int[operations.length / 2];
        int[] lengths = new int[written.length];
        for (int i = 0; i < written.length; i++) {
            written[i] = operations[2 * i];
            lengths[i] = operations[2 * i + 1];
        }
        write(written, lengths, id -> {
            WriteBatch batch = new WriteBatch();
            for (int i = 0; i < written.length; i++) {
                byte[] key = keys.key(written[i]);
                if (lengths[i] == Action.DELETED) {
                    batch.delete(key);
                } else {
                    batch.put(key, Keys.value(id, written[i], lengths[i]));
                }
            }
            partition.write(batch);
        });
    }

    private void write(int[] written, int[] lengths, Writing writing) {
        boolean refused = verdict.refusesWrites();
        Write write = oracle.begin(number, written, lengths);
        try {
            writing.carryOut(write.id);
        } catch (RuntimeException | OutOfMemoryError e) {
            if (verdict.onWriting(e, refused)) {
                oracle.reject(number, write);
            }
            return;
        }
        if (!verdict.isOver()) {
            verdict.onWritten(refused);
            oracle.acknowledge(number, write, scheduler.now(), walMode == WalMode.SYNC);
        }
    }

    private void flush(Runnable flush) {
        boolean refused = verdict.refusesWrites();
        Object token = oracle.beginFlush();
        try {
            flush.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            boolean _ = verdict.onWriting(e, refused);
            return;
        }
        if (!verdict.isOver()) {
            verdict.onWritten(refused);
            oracle.endFlush(token);
        }
    }

    private void sync() {
        if (walMode == WalMode.NONE) {
            flush(partition::sync);
            return;
        }
        boolean refused = verdict.refusesWrites();
        int[] acknowledged = oracle.acknowledged();
        try {
            partition.sync();
        } catch (RuntimeException | OutOfMemoryError e) {
            boolean _ = verdict.onWriting(e, refused);
            return;
        }
        if (!verdict.isOver()) {
            verdict.onWritten(refused);
            oracle.durable(acknowledged);
        }
    }

    // ---- reading ----------------------------------------------------------------------------------------------------

    private void reading(Runnable read) {
        try {
            read.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            verdict.onReading(e);
        }
    }

    private void get(KeyValueReader reader, int key) {
        int from = oracle.acknowledged(key);
        byte[] value = reader.get(keys.key(key));
        check("get", key, value, from, oracle.versions(key));
    }

    private void multiGet(int first, int count) {
        List<byte[]> asked = new ArrayList<>();
        int end = Math.min(first + count, keys.count());
        for (int key = first; key < end; key++) {
            asked.add(keys.key(key));
        }
        int[] from = oracle.beginRead();
        List<byte[]> values = partition.multiGet(asked);
        int[] to = oracle.endRead();
        for (int key = first; key < end; key++) {
            check("multiGet", key, values.get(key - first), from[key], to[key]);
        }
    }

    private void scan(KeyValueReader reader, int key, int count, boolean reversed) {
        int rank = keys.rank(key);
        int[] from = oracle.beginRead();
        if (reversed) {
            int last = Math.max(0, rank - count);
            Reading.backwards(
                    reader,
                    keys,
                    rank,
                    last,
                    (seen, value) -> check("cursor", seen, value, from[seen], oracle.versions(seen)));
        } else {
            int end = Math.min(rank + count, keys.count());
            Reading.scan(
                    reader,
                    keys,
                    rank,
                    end,
                    (seen, value) -> check("scan", seen, value, from[seen], oracle.versions(seen)));
        }
    }

    private void rangeScan(KeyValueReader reader, int key, int count) {
        int rank = keys.rank(key);
        byte[] end = keys.key(keys.inOrder(Math.min(rank + count, keys.count()) - 1));
        KeyRange range = Reading.range(count % Reading.FORMS, keys.key(key), end);
        int[] from = oracle.beginRead();
        Reading.range(
                reader,
                keys,
                range,
                (seen, value) -> check("scan of " + range, seen, value, from[seen], oracle.versions(seen)));
    }

    private void walk(KeyValueReader reader, int key, int steps) {
        int[] from = oracle.beginRead();
        Reading.walk(
                reader,
                keys,
                keys.rank(key),
                steps,
                (seen, value) -> check("walk", seen, value, from[seen], oracle.versions(seen)));
    }

    private void check(String what, int key, byte[] value, int from, int to) {
        if (!verdict.isOver()) {
            oracle.check(what, key, value, value == null ? 0 : value.length, from, to);
        }
    }

    // ---- snapshots --------------------------------------------------------------------------------------------------

    private void takeSnapshot() {
        if (snapshots.size() == MOST_SNAPSHOTS) {
            snapshots.removeFirst().snapshot.close();
        }
        int[] from = oracle.beginRead();
        Snapshot snapshot = partition.snapshot();
        snapshots.add(new Held(snapshot, from, oracle.endRead()));
    }

    private void dropSnapshot() {
        if (!snapshots.isEmpty()) {
            snapshots.removeFirst().snapshot.close();
        }
    }

    private void lookAtSnapshot(int key, int count) {
        if (snapshots.isEmpty()) {
            return;
        }
        Held held = snapshots.get(key % snapshots.size());
        int rank = keys.rank(key);
        Reading.scan(
                held.snapshot,
                keys,
                rank,
                Math.min(rank + count, keys.count()),
                (seen, value) -> check("scan of a snapshot", seen, value, held.from[seen], held.to[seen]));
        check("get of a snapshot", key, held.snapshot.get(keys.key(key)), held.from[key], held.to[key]);
    }

    // ---- the whole --------------------------------------------------------------------------------------------------

    private void check() {
        CheckReport report = partition.check();
        if (!report.isClean() && !verdict.mayBeDamaged() && !verdict.readsMayFail() && !verdict.isOver()) {
            throw new AssertionError(report.toString());
        }
    }

    @Override
    public String toString() {
        return "client " + number + ", action " + next + " of " + actions.size() + ": "
                + (next < actions.size() ? actions.get(next) : "done");
    }
}

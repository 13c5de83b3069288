package io.treering;

import static io.treering.PartitionContract.assertHolds;
import static io.treering.PartitionContract.bytes;
import static io.treering.PartitionContract.key;
import static io.treering.PartitionContract.keys;
import static io.treering.PartitionContract.text;
import static io.treering.PartitionContract.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What the manual promises of opening a partition, of what is there then, and of closing it, the same for every
/// backend. Subclasses choose the backend.
abstract class PartitionLifecycleContract extends PartitionFixture {
    @Test
    void everythingIsThereAfterReopening() {
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        try (Partition db = open()) {
            for (int i = 0; i < 5_000; i++) {
                byte[] value = value(i, 0, i % 300);
                db.put(key(i), value);
                model.put(key(i), value);
            }
        }
        Partition db = open();
        assertHolds(db, model);
    }

    @Test
    void syncMakesWritesDurableAndEverythingStillWorks() {
        for (WalMode mode : WalMode.values()) {
            try (Partition db = open(config().walMode(mode).build())) {
                db.put(bytes("mode"), bytes(mode.name()));
                db.sync();
                assertEquals(mode.name(), text(db.get(bytes("mode"))));
            }
        }
        assertEquals(WalMode.SYNC.name(), text(open().get(bytes("mode"))));
    }

    @Test
    void explicitCommitModeDiscardsWhatWasNotFlushed() {
        PartitionConfig explicit = config().walMode(WalMode.NONE)
                .commitMode(CommitMode.EXPLICIT)
                .writeBufferSize(128 << 10)
                .build();
        try (Partition db = open(explicit)) {
            db.put(bytes("a"), bytes("flushed"));
            db.flush();
            for (int i = 0; i < 10_000; i++) {
                db.put(key(i), value(i, 0, 100));
            }
            db.put(bytes("a"), bytes("not flushed"));
        }
        Partition db = open(explicit);
        assertEquals("flushed", text(db.get(bytes("a"))));
        assertEquals(List.of("a"), keys(db.scan()));
    }

    @Test
    void aSecondOpenIsRefusedWithTheOwnersPid() {
        Partition db = open();
        LockedException refused = assertThrows(LockedException.class, this::open);
        assertEquals(ProcessHandle.current().pid(), refused.ownerPid());
        db.put(bytes("a"), bytes("still usable"));
        assertEquals("still usable", text(db.get(bytes("a"))));
    }

    @Test
    void aReadOnlyPartitionReadsTheLogAndRefusesWrites() {
        try (Partition db = open()) {
            db.put(bytes("a"), bytes("1"));
        }
        Partition db = open(config().readOnly(true).build());
        assertEquals("1", text(db.get(bytes("a"))));
        assertThrows(UnsupportedOperationException.class, () -> db.put(bytes("a"), bytes("2")));
        assertThrows(UnsupportedOperationException.class, () -> db.delete(bytes("a")));
        assertThrows(UnsupportedOperationException.class, db::flush);
    }

    @Test
    void afterCloseEverythingAnswersClosed() {
        Partition db = open();
        db.put(bytes("a"), bytes("1"));
        db.flush();
        Snapshot snapshot = db.snapshot();
        Scan scan = db.scan();
        Cursor cursor = db.cursor();
        db.close();
        db.close();
        assertThrows(ClosedException.class, () -> db.get(bytes("a")));
        assertThrows(ClosedException.class, () -> db.get(bytes("a"), new byte[1]));
        assertThrows(ClosedException.class, () -> db.put(bytes("a"), bytes("2")));
        assertThrows(ClosedException.class, () -> db.delete(bytes("a")));
        assertThrows(ClosedException.class, () -> db.write(new WriteBatch()));
        assertThrows(ClosedException.class, db::scan);
        assertThrows(ClosedException.class, db::cursor);
        assertThrows(ClosedException.class, db::snapshot);
        assertThrows(ClosedException.class, db::flush);
        assertThrows(ClosedException.class, db::sync);
        assertThrows(ClosedException.class, db::stats);
        assertThrows(ClosedException.class, db::check);
        assertThrows(ClosedException.class, () -> db.multiGet(List.of(bytes("a"))));
        assertThrows(ClosedException.class, () -> db.read(bytes("a"), Slice::length));
        assertThrows(ClosedException.class, () -> snapshot.get(bytes("a")));
        assertThrows(ClosedException.class, snapshot::scan);
        assertThrows(ClosedException.class, scan::advance);
        assertThrows(ClosedException.class, cursor::first);
        snapshot.close();
        scan.close();
        cursor.close();
    }

    @Test
    void statsNameTheBackendAndWhy() {
        Partition db = open();
        PartitionStats stats = db.stats();
        assertEquals(backend(), stats.backend());
        assertFalse(stats.backendReason().isBlank());
        assertFalse(stats.toString().isBlank());
    }
}

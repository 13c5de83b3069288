package io.treering.fuzz;

import io.treering.CheckReport;
import io.treering.CorruptionException;
import io.treering.KeyRange;
import io.treering.NoSpaceException;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.PoisonedException;
import io.treering.Scan;
import io.treering.Snapshot;
import io.treering.TreeringException;
import io.treering.UnsupportedFormatException;
import io.treering.WalMode;
import io.treering.WriteBatch;
import io.treering.internal.format.PageAnomaly;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A store whose bytes were changed, checksums included, and operations on it.
///
/// What it may answer with is an exception that the manual names for damage. If it says of itself that it is sound, by
/// [Partition#check], then everything has to work: gets, scans both ways, writes, and opening it again all agree with
/// each other.
public final class StoreTarget {
    private static final long MOST_MEMORY = 64 << 20;
    private static final int MOST_ACTIONS = 48;

    private final Input input;

    /// What is in the store, if it is sound.
    private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

    /// Which keys are in the store.
    private boolean longKeys;

    /// Whether the store says that it is.
    private boolean sound;

    private StoreTarget(Input input) {
        this.input = input;
    }

    /// For Jazzer.
    public static void fuzzerTestOneInput(byte[] bytes) {
        new StoreTarget(new Input(bytes)).run();
    }

    private void run() {
        List<StoreImage> images = StoreImages.all();
        int choice = input.below(images.size());
        StoreImage image = images.get(choice);
        longKeys = choice == 1;
        int setup = input.u8();
        PartitionConfig config = StoreImages.config()
                .readOnly((setup & 7) == 7)
                .walMode(WalMode.values()[(setup >> 3) % 3])
                .build();
        HeapDevice device = new HeapDevice(Mutation.of(image, input));
        if (use(device, config)) {
            openAgain(device, config);
        }
    }

    /// @return false if the store was refused
    private boolean use(HeapDevice device, PartitionConfig config) {
        Partition db;
        try {
            db = Partition.open(device, config);
        } catch (TreeringException e) {
            assertNamed(e);
            return false;
        }
        try (db) {
            CheckReport report = db.check();
            sound = report.isClean();
            boolean isWhole = readAll(db);
            assertTrue(isWhole || !sound, "a store that is sound cannot be read");
            act(db, config.readOnly());
            long memory = db.stats().memoryBytes();
            assertTrue(memory < MOST_MEMORY, "it takes " + memory + " bytes of memory");
        } catch (TreeringException e) {
            assertNamed(e);
            assertTrue(!sound || e instanceof NoSpaceException, "a store that is sound has failed", e);
            sound = false;
        }
        return true;
    }

    private void openAgain(HeapDevice device, PartitionConfig config) {
        try (Partition db = Partition.open(new HeapDevice(device.image()), config)) {
            if (!sound) {
                readAll(db);
                return;
            }
            CheckReport report = db.check();
            assertTrue(report.isClean(), "a store that was sound is so no more: " + report);
            List<Map.Entry<byte[], byte[]>> found = scan(db, KeyRange.all());
            assertEqual(new ArrayList<>(model.entrySet()), found, config.readOnly() ? "read again" : "written");
        } catch (TreeringException e) {
            assertNamed(e);
            assertTrue(!sound, "a store that was sound cannot be opened again", e);
        }
    }

    // ---- reading ----------------------------------------------------------------------------------------------------

    /// Takes what is there for the model, if all of it can be read.
    private boolean readAll(Partition db) {
        boolean isWhole = true;
        List<Map.Entry<byte[], byte[]>> forwards = List.of();
        try {
            forwards = scan(db, KeyRange.all());
            List<Map.Entry<byte[], byte[]>> backwards = scan(db, KeyRange.all().reversed());
            Collections.reverse(backwards);
            if (sound) {
                assertEqual(forwards, backwards, "there and back");
            }
        } catch (TreeringException e) {
            assertNamed(e);
            isWhole = false;
        }
        for (int i = 0; i < StoreImages.KEYS; i += 3) {
            try {
                db.get(StoreImages.key(i));
            } catch (TreeringException e) {
                assertNamed(e);
                isWhole = false;
            }
        }
        if (sound && isWhole) {
            forwards.forEach(entry -> model.put(entry.getKey(), entry.getValue()));
            for (Map.Entry<byte[], byte[]> entry : forwards) {
                assertTrue(Arrays.equals(entry.getValue(), db.get(entry.getKey())), "a get and a scan differ");
            }
        }
        return isWhole;
    }

    /// Everything in a range. Keys ascend or descend, whatever the bytes: so it ends.
    private static List<Map.Entry<byte[], byte[]>> scan(Partition db, KeyRange range) {
        List<Map.Entry<byte[], byte[]>> entries = new ArrayList<>();
        try (Scan scan = db.scan(range)) {
            byte[] last = null;
            while (scan.advance()) {
                byte[] key = scan.key().toByteArray();
                if (last != null) {
                    int order = Arrays.compareUnsigned(key, last);
                    assertTrue(range.isReversed() ? order < 0 : order > 0, "keys out of order");
                }
                assertTrue(range.contains(key), "a key outside of the range");
                last = key;
                entries.add(Map.entry(key, scan.value().toByteArray()));
            }
        }
        return entries;
    }

    // ---- operations -------------------------------------------------------------------------------------------------

    private void act(Partition db, boolean readOnly) {
        for (int left = MOST_ACTIONS; left > 0 && !input.isEmpty(); left--) {
            try {
                act(db, input.below(readOnly ? 5 : 13));
            } catch (TreeringException e) {
                assertNamed(e);
                if (sound) {
                    throw e;
                }
            }
        }
        if (sound) {
            assertEqual(new ArrayList<>(model.entrySet()), scan(db, KeyRange.all()), "after the operations");
            CheckReport report = db.check();
            assertTrue(report.isClean(), "a store that was sound is so no more: " + report);
        }
    }

    private void act(Partition db, int action) {
        switch (action) {
            case 0, 1 -> get(db);
            case 2 -> scan(db, KeyRange.closed(key(), key()));
            case 3 -> scan(db, KeyRange.closed(key(), key()).reversed());
            case 4 -> db.check();
            case 5, 6 -> put(db, key(), input.u8());
            case 7 -> put(db, key(), 1_900 + 60 * input.u8());
            case 8 -> put(db, key(), 65_537 + input.u8());
            case 9 -> delete(db, key());
            case 10 -> batch(db);
            case 11 -> db.flush();
            default -> holdSnapshot(db);
        }
    }

    private byte[] key() {
        int number = input.below(StoreImages.KEYS + 16);
        return longKeys ? StoreImages.longKey(number) : StoreImages.key(number);
    }

    private void get(Partition db) {
        byte[] key = key();
        byte[] found = db.get(key);
        byte[] expected = model.get(key);
        assertTrue(!sound || Arrays.equals(found, expected), "another value than was scanned");
    }

    private void put(Partition db, byte[] key, int length) {
        byte[] value = StoreImages.value(length, length);
        db.put(key, value);
        model.put(key, value);
    }

    private void delete(Partition db, byte[] key) {
        db.delete(key);
        model.remove(key);
    }

    private void batch(Partition db) {
        WriteBatch batch = new WriteBatch();
        TreeMap<byte[], byte[]> after = new TreeMap<>(model);
        for (int i = input.below(8); i >= 0; i--) {
            byte[] key = key();
            if (input.u8() % 4 == 0) {
                batch.delete(key);
                after.remove(key);
            } else {
                byte[] value = StoreImages.value(i, 100 * i);
                batch.put(key, value);
                after.put(key, value);
            }
        }
        db.write(batch);
        model.clear();
        model.putAll(after);
    }

    /// In a store that is not sound a get can miss a key that lies in the wrong leaf, and find it, in a snapshot, too,
    /// when a merge has moved it to the right one.
    private void holdSnapshot(Partition db) {
        byte[] key = key();
        try (Snapshot snapshot = db.snapshot()) {
            byte[] before = db.get(key);
            put(db, key, 60);
            db.flush();
            byte[] after = snapshot.get(key);
            assertTrue(!sound || Arrays.equals(before, after), "a snapshot shows what came later");
        }
    }

    // ---- judging ----------------------------------------------------------------------------------------------------

    /// Damage, a format that is not known, want of room, or the refusal that follows one of these; and nothing else
    /// behind it.
    private static void assertNamed(TreeringException e) {
        boolean named = e instanceof CorruptionException
                || e instanceof UnsupportedFormatException
                || e instanceof NoSpaceException
                || e instanceof PoisonedException;
        assertTrue(named, "another exception than damage has", e);
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            assertTrue(
                    cause instanceof TreeringException || cause instanceof PageAnomaly, "a cause that is a bug", cause);
        }
        assertTrue(e.getSuppressed().length == 0, "something else failed with it", e);
    }

    private static void assertEqual(
            List<Map.Entry<byte[], byte[]>> expected, List<Map.Entry<byte[], byte[]>> found, String when) {
        assertTrue(expected.size() == found.size(), when + ": " + expected.size() + " entries and " + found.size());
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(Arrays.equals(expected.get(i).getKey(), found.get(i).getKey()), when + ": other keys");
            assertTrue(Arrays.equals(expected.get(i).getValue(), found.get(i).getValue()), when + ": other values");
        }
    }

    private static void assertTrue(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private static void assertTrue(boolean holds, String what, Throwable cause) {
        if (!holds) {
            throw new AssertionError(what, cause);
        }
    }
}

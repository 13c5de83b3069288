package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Views that nobody closes: the warning about each, and that what they held is released.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class AbandonedViewTest {
    private static final Logger LOGGER = Logger.getLogger("io.treering");

    /// The views that can be abandoned, and the methods of this class in which that is done.
    private static final Map<String, String> OPENERS =
            Map.of("snapshot", "leaveASnapshotBehind", "scan", "leaveAScanBehind", "cursor", "leaveACursorBehind");

    private final List<LogRecord> warnings = new CopyOnWriteArrayList<>();

    private final Handler collector = new Handler() {
        @Override
        public void publish(LogRecord logged) {
            if (logged.getLevel().equals(Level.WARNING)) {
                warnings.add(logged);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(collector);
        LOGGER.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        LOGGER.removeHandler(collector);
        LOGGER.setUseParentHandlers(true);
    }

    private static Partition open(boolean track) {
        Partition db = Partition.inMemory(
                PartitionConfig.builder().cacheSize(1 << 20).trackViews(track).build());
        db.put(bytes("key"), bytes("value"));
        return db;
    }

    private static void leaveASnapshotBehind(Partition db) {
        assertNotNull(db.snapshot().get(bytes("key")));
    }

    private static void leaveAScanBehind(Partition db) {
        assertTrue(db.scan().advance());
    }

    private static void leaveACursorBehind(Partition db) {
        Cursor cursor = db.cursor();
        moveAbout(cursor);
    }

    /// What a cursor holds is exchanged here; it was not opened here.
    private static void moveAbout(Cursor cursor) {
        assertTrue(cursor.first());
        cursor.refresh();
    }

    private static void leaveBehind(Partition db, String kind) throws ReflectiveOperationException {
        Method opener = AbandonedViewTest.class.getDeclaredMethod(OPENERS.get(kind), Partition.class);
        opener.invoke(null, db);
    }

    /// Returns once the collector of garbage has found the one view that was left behind.
    private static void awaitRelease(Partition db) throws InterruptedException {
        while (db.stats().openViews() > 0) {
            System.gc();
            Thread.sleep(5);
        }
    }

    @Test
    void theWarningNamesThePlaceWhereTheViewWasOpened() throws Exception {
        for (String kind : OPENERS.keySet()) {
            warnings.clear();
            try (Partition db = open(true)) {
                leaveBehind(db, kind);
                awaitRelease(db);
                assertEquals(1, warnings.size(), kind);
                LogRecord warning = warnings.getFirst();
                assertTrue(warning.getMessage().contains("A " + kind + " was never closed"), warning::getMessage);
                Throwable place = warning.getThrown();
                assertNotNull(place, kind);
                assertTrue(place.getMessage().contains(Thread.currentThread().getName()), place::getMessage);
                List<String> methods = Arrays.stream(place.getStackTrace())
                        .map(StackTraceElement::getMethodName)
                        .toList();
                assertTrue(methods.contains(OPENERS.get(kind)), methods::toString);
                assertFalse(methods.contains("moveAbout"), methods::toString);
            }
        }
    }

    @Test
    void withoutTrackingTheWarningNamesTheKindAndTheSetting() throws Exception {
        for (String kind : OPENERS.keySet()) {
            warnings.clear();
            try (Partition db = open(false)) {
                leaveBehind(db, kind);
                awaitRelease(db);
                assertEquals(1, warnings.size(), kind);
                LogRecord warning = warnings.getFirst();
                assertTrue(warning.getMessage().contains("A " + kind + " was never closed"), warning::getMessage);
                assertTrue(warning.getMessage().contains("trackViews"), warning::getMessage);
                assertNull(warning.getThrown(), kind);
            }
        }
    }

    @Test
    void noWarningIsGivenOfViewsThatWereClosed() throws Exception {
        try (Partition db = open(true)) {
            db.snapshot().close();
            db.scan().close();
            Cursor cursor = db.cursor();
            moveAbout(cursor);
            cursor.close();
            // Whoever came before it in the cleaner's queue has been warned of once this one has.
            leaveASnapshotBehind(db);
            awaitRelease(db);
            assertEquals(1, warnings.size());
            assertTrue(warnings.getFirst().getMessage().contains("A snapshot"));
        }
    }
}

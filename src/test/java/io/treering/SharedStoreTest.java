package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Several processes that want the same store: one writes, or any number read.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class SharedStoreTest {
    private static final IoBackend[] OPENERS = {IoBackend.AUTO, IoBackend.PREAD, IoBackend.CHANNEL};

    @TempDir
    Path directory;

    static PartitionConfig.Builder config(IoBackend backend) {
        return PartitionConfig.builder()
                .ioBackend(backend)
                .cacheSize(256 << 10)
                .writeBufferSize(64 << 10)
                .walSize(256 << 10)
                .walMode(WalMode.SYNC);
    }

    private Partition open(IoBackend backend, boolean readOnly) {
        return Partition.open(directory, config(backend).readOnly(readOnly).build());
    }

    private void assertLocked(long owner, boolean readOnly) {
        for (IoBackend backend : OPENERS) {
            LockedException refused = assertThrows(LockedException.class, () -> open(backend, readOnly));
            assertEquals(owner, refused.ownerPid(), refused::getMessage);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IoBackend.class,
            names = {"AUTO", "PREAD", "CHANNEL"})
    void whoWritesHasItAloneUntilItIsKilled(IoBackend backend) throws Exception {
        try (HoldingChild other = new HoldingChild(directory, backend, false)) {
            assertEquals("open", other.answer());
            assertEquals("done", other.ask("put before"));
            assertLocked(other.pid(), false);
            assertLocked(other.pid(), true);
            assertEquals("done", other.ask("put behind"));
            assertEquals("present", other.ask("get before"));
            assertEquals("clean", other.ask("check it"));
            other.kill();
            try (Partition db = open(IoBackend.AUTO, false)) {
                assertArrayEquals(bytes("before"), db.get(bytes("before")));
                assertArrayEquals(bytes("behind"), db.get(bytes("behind")));
                assertTrue(db.check().isClean(), () -> db.check().toString());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IoBackend.class,
            names = {"AUTO", "PREAD", "CHANNEL"})
    void whoReadsSharesItWithOthersWhoRead(IoBackend backend) throws Exception {
        try (Partition db = open(backend, false)) {
            db.put(bytes("key"), bytes("value"));
        }
        try (HoldingChild one = new HoldingChild(directory, backend, true);
                HoldingChild two = new HoldingChild(directory, IoBackend.AUTO, true)) {
            assertEquals("open", one.answer());
            assertEquals("open", two.answer());
            try (Partition here = open(backend, true)) {
                assertNotNull(here.get(bytes("key")));
                assertEquals("present", one.ask("get key"));
                assertEquals("present", two.ask("get key"));
            }
            if (backend == IoBackend.AUTO) {
                // Takes some seconds: who holds it might be a killed process whose last writes are under way.
                LockedException refused = assertThrows(LockedException.class, () -> open(backend, false));
                assertEquals(-1, refused.ownerPid(), refused::getMessage);
            }
            assertEquals("present", one.ask("get key"));
            assertEquals("clean", two.ask("check it"));
        }
        open(backend, false).close();
    }

    @Test
    void aSecondOpeningInTheProcessHarmsNeitherTheFirstNorItsLock() throws Exception {
        for (IoBackend backend : OPENERS) {
            try (Partition first = open(backend, false)) {
                first.put(bytes("a"), bytes("1"));
                long here = ProcessHandle.current().pid();
                assertLocked(here, false);
                assertLocked(here, true);
                first.put(bytes("b"), bytes("2"));
                try (HoldingChild other = new HoldingChild(directory, backend, false)) {
                    assertEquals("locked by " + here, other.answer());
                }
                assertArrayEquals(bytes("1"), first.get(bytes("a")));
                assertTrue(first.check().isClean(), () -> first.check().toString());
            }
        }
    }

    /// The process that the lock file names has died, and its number is another process's now, or was never one.
    @Test
    void whatTheLockFileSaysIsNoLock() throws Exception {
        open(IoBackend.PREAD, false).close();
        for (String owner : new String[] {"1\n", "0", "-7", "99999999999999999999", "", "nonsense", "\u0000"}) {
            for (IoBackend backend : OPENERS) {
                Files.writeString(directory.resolve("lock"), owner);
                open(backend, false).close();
            }
        }
    }
}

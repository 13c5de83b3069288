package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A real file system that is really full: 10 MiB of memory, mounted for the test. Skipped where that is not allowed.
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class SmallFileSystemTest {
    @TempDir
    Path directory;

    private Path mounted;

    @BeforeEach
    void mount() throws Exception {
        mounted = Files.createDirectory(directory.resolve("small"));
        String refusal = run("mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", mounted.toString());
        if (!refusal.isEmpty()) {
            mounted = null;
        }
        assumeTrue(refusal.isEmpty(), () -> "skipped: no small file system can be mounted here: " + refusal);
    }

    /// Why the last [#fill] came to its end.
    private String refusal = "";

    @AfterEach
    void unmount() throws Exception {
        if (mounted != null) {
            assertEquals("", run("umount", mounted.toString()));
        }
    }

    /// @return what it complained about, nothing if it went well
    private static String run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes()).strip();
            int exit = process.waitFor();
            return exit == 0 ? "" : said.isEmpty() ? "exit value " + exit : said;
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static PartitionConfig config(IoBackend backend, WalMode mode) {
        return PartitionConfig.builder()
                .cacheSize(1 << 20)
                .writeBufferSize(1 << 20)
                .walSize(2 << 20)
                .walMode(mode)
                .ioBackend(backend)
                .build();
    }

    private static byte[] key(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i * 7_919L % 1_000_003));
    }

    private static byte[] value(int i) {
        byte[] value = new byte[i % 50 == 0 ? 9_000 : 150 + i % 100];
        new Random(i).nextBytes(value);
        return value;
    }

    private int fill(Partition db, int from) {
        for (int i = from; i < 200_000; i++) {
            try {
                db.put(key(i), value(i));
            } catch (NoSpaceException e) {
                refusal = e.getMessage();
                return i;
            }
        }
        throw new AssertionError("the file system never became full");
    }

    @ParameterizedTest
    @CsvSource({"AUTO, NONE", "AUTO, BATCHED", "AUTO, SYNC", "PREAD, BATCHED", "CHANNEL, BATCHED"})
    void aFullFileSystemTakesEveryDelete(IoBackend backend, WalMode mode) {
        fillAndEmpty(backend, mode);
    }

    @Tag("nightly")
    @ParameterizedTest
    @CsvSource({"PREAD, NONE", "PREAD, SYNC", "CHANNEL, NONE", "CHANNEL, SYNC"})
    void aFullFileSystemTakesEveryDeleteOfAllOthers(IoBackend backend, WalMode mode) {
        fillAndEmpty(backend, mode);
    }

    private void fillAndEmpty(IoBackend backend, WalMode mode) {
        int written;
        try (Partition db = Partition.open(mounted.resolve("db"), config(backend, mode))) {
            written = fill(db, 0);
            assertTrue(written > 8_000, "full after " + written + ": " + refusal);
            db.flush();
        }
        try (Partition db = Partition.open(mounted.resolve("db"), config(backend, mode))) {
            for (int i = 0; i < written; i++) {
                assertArrayEquals(value(i), db.get(key(i)));
            }
            for (int i = 0; i < written; i++) {
                db.delete(key(i));
            }
            db.flush();
            assertEquals(0, db.stats().entries());
            assertTrue(db.check().isClean(), () -> db.check().toString());
            db.put(key(0), value(0));
            db.flush();
        }
    }

    /// Somebody else takes all that is left, so that nothing can grow any more.
    @ParameterizedTest
    @EnumSource(WalMode.class)
    void deletesFindTheReserveWhenAnotherFileHasTakenTheRest(WalMode mode) throws IOException {
        int written = 10_000;
        try (Partition db = Partition.open(mounted.resolve("db"), config(IoBackend.AUTO, mode))) {
            for (int i = 0; i < written; i++) {
                db.put(key(i), value(i));
            }
            db.flush();
            takeTheRest();
            for (int i = 0; i < written; i += 3) {
                db.delete(key(i));
            }
            db.flush();
            int more = fill(db, written);
            for (int i = 0; i < more; i++) {
                assertEquals(i >= written || i % 3 != 0, db.contains(key(i)), "key " + i);
            }
            assertTrue(db.check().isClean(), () -> db.check().toString());
            for (int i = 0; i < more; i++) {
                db.delete(key(i));
            }
        }
        try (Partition db = Partition.open(mounted.resolve("db"), config(IoBackend.AUTO, mode))) {
            assertEquals(0, db.stats().entries());
        }
    }

    private void takeTheRest() throws IOException {
        Path other = mounted.resolve("other");
        byte[] block = new byte[64 << 10];
        for (int size = block.length; size >= 1 << 10; size /= 2) {
            byte[] piece = size == block.length ? block : new byte[size];
            assertThrows(IOException.class, () -> {
                while (true) {
                    Files.write(other, piece, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                }
            });
        }
    }
}

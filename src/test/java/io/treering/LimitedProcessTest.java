package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.testing.ChildProcess;
import io.treering.testing.MemoryDirectory;
import io.treering.testing.SystemCallFilter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A process that may not do what others may: it goes on with what it has, or says what is missing. Each is a real
/// process under a real limit; what it does there is [LimitedChild]'s affair.
@Timeout(3600)
final class LimitedProcessTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final int NOBODY = 65_534;

    @TempDir
    Path directory;

    @BeforeEach
    void isOnLinux() {
        if (!SystemCallFilter.isAvailable()) {
            skip("limits and filters are Linux's, on amd64 and aarch64");
        }
    }

    private static void skip(String why) {
        assumeTrue(false, why);
    }

    private void requireRing() {
        PartitionConfig config =
                PartitionConfig.builder().ioBackend(IoBackend.URING).build();
        try {
            Partition.open(directory.resolve("trial"), config).close();
        } catch (UnsupportedOperationException e) {
            skip(String.valueOf(e.getMessage()));
        }
    }

    private List<String> run(ChildProcess child, Object... arguments) throws Exception {
        Object[] all = new Object[arguments.length + 1];
        all[0] = arguments[0];
        all[1] = directory;
        System.arraycopy(arguments, 1, all, 2, arguments.length - 1);
        return child.run(LimitedChild.class, all);
    }

    private static String answer(List<String> lines, Object subject) {
        return lines.stream()
                .filter(line -> line.startsWith(subject + " "))
                .map(line -> line.substring(subject.toString().length() + 1))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing about " + subject + " in " + lines));
    }

    // ---- a sandbox --------------------------------------------------------------------------------------------------

    /// Docker's default profile answers EPERM, some sandboxes ENOSYS; some let a ring be made and not used.
    @ParameterizedTest
    @CsvSource({
        "io_uring_setup, 1, EPERM",
        "io_uring_setup, 38, ENOSYS",
        "io_uring_enter, 1, EPERM",
        "io_uring_register, 1, EPERM"
    })
    void whereTheRingIsForbiddenSystemCallsAreMadeAndTheReasonIsSaid(String call, int errno, String name)
            throws Exception {
        requireRing();
        List<String> lines = run(new ChildProcess(), "backends", call, errno);
        String why = call + " was refused with " + name;
        assertEquals("PREAD: " + why, answer(lines, IoBackend.AUTO));
        for (IoBackend ring : List.of(IoBackend.URING, IoBackend.URING_FIXED)) {
            assertEquals("refused: backend " + ring + " is not to be had: " + why, answer(lines, ring));
        }
        assertEquals("PREAD: asked for", answer(lines, IoBackend.PREAD));
        assertEquals("CHANNEL: asked for", answer(lines, IoBackend.CHANNEL));
    }

    @Test
    void whatOnlySomeFileSystemsAndKernelsHaveIsNotNeeded() throws Exception {
        // EOPNOTSUPP, ENOSYS
        List<String> lines = run(new ChildProcess(), "backends", "fallocate", 95, "fstatfs", 38);
        for (IoBackend backend : IoBackend.values()) {
            String said = answer(lines, backend);
            assertTrue(
                    said.startsWith(backend == IoBackend.AUTO ? "" : backend + ": ") || said.startsWith("refused"),
                    said);
        }
        assertEquals("PREAD: asked for", answer(lines, IoBackend.PREAD));
    }

    @Test
    void aRingThatIsForbiddenWhileItIsUsedPoisonsThePartitionAndLosesNothing() throws Exception {
        requireRing();
        List<String> lines = run(new ChildProcess(), "lateRing");
        assertTrue(lines.getFirst().contains("event loop died"), lines::toString);
        assertTrue(lines.getLast().startsWith("closed"), lines::toString);
        try (Partition db = Partition.open(directory)) {
            for (int i = 0; i < 3_000; i++) {
                assertArrayEquals(LimitedChild.value(i), db.get(LimitedChild.key(i)));
            }
            assertTrue(db.check().isClean(), () -> db.check().toString());
        }
    }

    // ---- failures of the system's -----------------------------------------------------------------------------------

    @Test
    void aStoreWhoseDirectoryCannotBeSyncedIsNotOpenedNotEvenTheSecondTime() throws Exception {
        List<String> lines = run(new ChildProcess(), "newDirectory");
        assertEquals(2, lines.size(), lines::toString);
        for (String line : lines) {
            assertTrue(line.startsWith("EIO in sync of directory"), lines::toString);
        }
    }

    @Test
    void aSyncThatFailsPoisonsThePartition() throws Exception {
        assertEquals(List.of("closed"), run(new ChildProcess(), "failingSync"));
    }

    // ---- resource limits --------------------------------------------------------------------------------------------

    @Test
    void anOrdinaryUserWithoutLockableMemoryGetsBuffersThatAreNotRegistered() throws Exception {
        requireRing();
        ChildProcess child = new ChildProcess().limited("-l 64");
        if (isRoot()) {
            if (!ChildProcess.isInstalled("setpriv")) {
                skip("setpriv is not installed, by which root could become an ordinary user");
            }
            Path classes = Files.createDirectory(directory.resolve("classes"));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
            child.under("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--no-new-privs")
                    .classPath(copyForEverybody(classes));
        }
        List<String> lines = run(child, "backends");
        String chosen = answer(lines, IoBackend.AUTO);
        assertTrue(chosen.startsWith("URING: "), chosen);
        assertTrue(chosen.contains("ENOMEM, RLIMIT_MEMLOCK is 65536"), chosen);
        String refused = answer(lines, IoBackend.URING_FIXED);
        assertTrue(refused.startsWith("refused: backend URING_FIXED is not to be had"), refused);
        assertTrue(refused.contains("ENOMEM, RLIMIT_MEMLOCK is 65536"), refused);
        assertEquals("URING: asked for", answer(lines, IoBackend.URING));
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /// What a child needs of the class path, where an ordinary user can read it.
    private static String copyForEverybody(Path target) throws IOException {
        StringBuilder path = new StringBuilder();
        int number = 0;
        for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path from = Path.of(each);
            Path to = target.resolve(number++ + "-" + from.getFileName());
            if (Files.isDirectory(from)) {
                try (Stream<Path> files = Files.walk(from)) {
                    for (Path file : files.toList()) {
                        Files.copy(file, to.resolve(from.relativize(file).toString()));
                    }
                }
            } else if (each.matches(".*(jctools|hashing|jspecify|junit-jupiter-api|opentest4j|junit-platform).*")) {
                Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
            } else {
                continue;
            }
            path.append(path.isEmpty() ? "" : File.pathSeparator).append(to);
        }
        try (Stream<Path> files = Files.walk(target)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        return path.toString();
    }

    /// The limit answers a write with a part of it first, and the next one with a signal that ends processes.
    @Test
    void theLimitOfFileSizesIsAFullDisk() throws Exception {
        // Deletes on a full disk are committed in small groups, and each takes a sync.
        try (MemoryDirectory memory = new MemoryDirectory(directory)) {
            fillUpToTheLimit(SCALE == 1 ? memory.path() : directory);
        }
    }

    private static void fillUpToTheLimit(Path directory) throws Exception {
        List<String> stores = SCALE == 1
                ? List.of("CHANNEL-NONE", "AUTO-BATCHED", "PREAD-SYNC")
                : Stream.of("AUTO", "PREAD", "CHANNEL")
                        .flatMap(backend -> Stream.of(WalMode.values()).map(mode -> backend + "-" + mode))
                        .toList();
        List<Object> arguments = new ArrayList<>(List.of("files", directory));
        arguments.addAll(stores);
        List<String> lines = new ChildProcess().limited("-f 3072").run(LimitedChild.class, arguments.toArray());
        for (String store : stores) {
            int written = Integer.parseInt(answer(lines, store));
            try (Partition db = Partition.open(directory.resolve(store), LimitedChild.sizedConfig(store))) {
                assertTrue(db.stats().fileBytes() <= 3 << 20, () -> db.stats().toString());
                for (int i = 0; i < written; i++) {
                    byte[] found = db.get(LimitedChild.key(i));
                    assertArrayEquals(i % 3 == 0 ? null : LimitedChild.value(i), found, store + ", key " + i);
                }
                for (int i = 0; i < 12_000; i++) {
                    db.put(LimitedChild.key(i), LimitedChild.value(i));
                }
                db.flush();
                assertTrue(db.stats().fileBytes() > 3 << 20, () -> db.stats().toString());
                assertTrue(db.check().isClean(), () -> db.check().toString());
            }
        }
    }

    @Test
    void anOpeningThatRunsOutOfDescriptorsSaysSoAndLeavesNone() throws Exception {
        List<String> lines = run(new ChildProcess().limited("-n 200"), "descriptors");
        assertEquals(IoBackend.values().length, lines.size(), lines::toString);
        for (String line : lines) {
            if (line.endsWith("is not to be had")) {
                continue;
            }
            String[] answers = line.substring(line.indexOf(' ') + 1).split(" \\| ");
            assertTrue(answers.length > 2, line);
            assertEquals("opened", answers[answers.length - 1], line);
            for (int i = 0; i < answers.length - 1; i++) {
                assertTrue(
                        answers[i].matches("(IoFailureException|UnsupportedOperationException): .*"
                                + "(EMFILE|Too many open files).*"),
                        line);
            }
        }
    }

    @Test
    void anOpeningThatGetsNoMemorySaysSoAndLeavesNothing() throws Exception {
        List<String> lines = run(new ChildProcess().options("-Xint", "-Xmx64m"), "memory");
        for (IoBackend backend : new IoBackend[] {IoBackend.AUTO, IoBackend.PREAD, IoBackend.CHANNEL}) {
            assertTrue(Integer.parseInt(answer(lines, backend)) >= 5, lines::toString);
        }
    }

    @Test
    void aWriteThatGetsNoBufferSaysSoAndNothingIsLost() throws Exception {
        List<String> lines = run(new ChildProcess().options("-Xmx64m"), "lateMemory");
        for (WalMode mode : WalMode.values()) {
            assertFalse(answer(lines, mode).equals("0"), lines::toString);
        }
    }
}

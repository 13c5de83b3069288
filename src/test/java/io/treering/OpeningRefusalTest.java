package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.internal.format.MetaPage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What cannot be opened says why, is left as it is, and costs nothing.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class OpeningRefusalTest {
    @TempDir
    Path directory;

    private static PartitionConfig.Builder config() {
        return PartitionConfig.builder()
                .cacheSize(64 << 10)
                .writeBufferSize(64 << 10)
                .walSize(256 << 10)
                .ioBackend(IoBackend.PREAD);
    }

    private Path store() {
        return directory.resolve("store");
    }

    private Path file() {
        return store().resolve("data.treering");
    }

    private Partition open() {
        return Partition.open(store(), config().build());
    }

    @Test
    void aPathOfAnotherFileSystemIsRefusedBeforeAnythingIsMade() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(directory.resolve("some.zip"), Map.of("create", "true"))) {
            Path elsewhere = zip.getPath(directory.toString(), "store");
            assertThrows(IllegalArgumentException.class, () -> Partition.open(elsewhere));
            assertFalse(Files.exists(elsewhere));
            assertFalse(Files.exists(store()));
        }
    }

    private void create() {
        try (Partition db = open()) {
            for (int i = 0; i < 500; i++) {
                db.put(bytes("key-" + i), bytes("value-" + i));
            }
        }
    }

    private <E extends TreeringException> void refuses(Class<E> kind, String... said) throws IOException {
        byte[] before = Files.isRegularFile(file()) ? Files.readAllBytes(file()) : new byte[0];
        E refused = assertThrows(kind, () -> open().close());
        for (String each : said) {
            assertTrue(
                    String.valueOf(refused.getMessage()).contains(each),
                    () -> "does not say " + each + ": " + refused.getMessage());
        }
        byte[] after = Files.isRegularFile(file()) ? Files.readAllBytes(file()) : new byte[0];
        assertArrayEquals(before, after, "a file that was refused was changed");
    }

    @Test
    void aDirectoryThatIsAFileIsRefused() throws IOException {
        Files.writeString(store(), "a file");
        refuses(IoFailureException.class, store().toString(), "not a directory");
        assertEquals("a file", Files.readString(store()));
    }

    @Test
    void aDirectoryThatIsMissingIsRefusedUnlessItMayBeMade() {
        for (PartitionConfig config : List.of(
                config().createIfMissing(false).build(), config().readOnly(true).build())) {
            IoFailureException refused = assertThrows(IoFailureException.class, () -> Partition.open(store(), config));
            assertTrue(String.valueOf(refused.getMessage()).contains(store().toString()), refused::getMessage);
            assertFalse(Files.exists(store()));
        }
    }

    @Test
    void aDirectoryWithoutAStoreIsRefusedUnlessOneMayBeMade() throws IOException {
        Files.createDirectory(store());
        for (PartitionConfig config : List.of(
                config().createIfMissing(false).build(), config().readOnly(true).build())) {
            IoFailureException refused = assertThrows(IoFailureException.class, () -> Partition.open(store(), config));
            assertTrue(String.valueOf(refused.getMessage()).contains("data.treering"), refused::getMessage);
            assertFalse(Files.exists(file()));
        }
    }

    @Test
    void aFileOfSomebodyElseIsRefusedAndLeftAsItIs() throws IOException {
        Files.createDirectory(store());
        byte[] random = new byte[300_000];
        new Random(1).nextBytes(random);
        for (byte[] foreign : List.of(
                new byte[] {1},
                bytes("Dear diary"),
                new byte[4_095],
                new byte[5_000],
                bytes("Dear diary, ".repeat(10_000)),
                Arrays.copyOf(random, 4_096),
                random)) {
            Files.write(file(), foreign);
            refuses(CorruptionException.class, "data.treering", "a Treering store");
        }
    }

    @Test
    void aFileThatIsEmptyOrNothingButZerosIsWhatACrashWhileItWasMadeLeaves() throws IOException {
        Files.createDirectory(store());
        for (int length : new int[] {0, 1 << 20}) {
            Files.write(file(), new byte[length]);
            try (Partition db = open()) {
                assertNull(db.get(bytes("key-1")));
                db.put(bytes("a"), bytes("1"));
            }
            try (Partition db = open()) {
                assertArrayEquals(bytes("1"), db.get(bytes("a")));
            }
        }
    }

    @Test
    void anotherFormatVersionIsRefusedWithBothVersions() throws IOException {
        create();
        byte[] sound = Files.readAllBytes(file());
        for (int version : new int[] {0, 2, 77, -1}) {
            byte[] other = sound.clone();
            for (int block = 0; block < MetaPage.SLOTS * MetaPage.COPIES; block++) {
                ByteBuffer meta = ByteBuffer.wrap(other, block * MetaPage.BLOCK_BYTES, MetaPage.BLOCK_BYTES)
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
                meta.putInt(4, version);
                CRC32C crc = new CRC32C();
                crc.update(meta.slice(4, MetaPage.BLOCK_BYTES - 4));
                meta.putInt(0, (int) crc.getValue());
            }
            Files.write(file(), other);
            refuses(UnsupportedFormatException.class, "version " + version, "version 1");
        }
        Files.write(file(), sound);
        try (Partition db = open()) {
            assertArrayEquals(bytes("value-7"), db.get(bytes("key-7")));
        }
    }

    @Test
    void aFileThatWasCutOffIsRefusedWhereverThatWas() throws IOException {
        create();
        byte[] sound = Files.readAllBytes(file());
        Random random = new Random(2);
        List<Integer> lengths = new ArrayList<>(List.of(1, 4_095, 4_096, 8_192, 16_383, 16_384, 20_000, 24_576));
        for (int i = 0; i < 12; i++) {
            lengths.add(random.nextInt(1, sound.length));
        }
        lengths.add(sound.length - 4_096);
        lengths.add(sound.length - 1);
        for (int length : lengths) {
            Files.write(file(), Arrays.copyOf(sound, length));
            refuses(CorruptionException.class, "data.treering");
        }
        Files.write(file(), Arrays.copyOf(sound, sound.length + 12_345));
        try (Partition db = open()) {
            assertArrayEquals(bytes("value-499"), db.get(bytes("key-499")));
            assertTrue(db.check().isClean());
        }
    }

    @Test
    void aDirectoryThatCannotBeWrittenToIsRefused() throws IOException {
        create();
        Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("r-x------"));
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("r--------"));
        try {
            if (Files.isWritable(file())) {
                assumeTrue(false, "permissions do not bind this user (root?)");
            }
            refuses(IoFailureException.class, store().toString(), "EACCES");
        } finally {
            Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("rwx------"));
            Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));
        }
    }

    // ---- a second opener --------------------------------------------------------------------------------------------

    @Test
    void aSecondOpenerInTheSameProcessIsTurnedAwayWithTheProcessId() throws IOException {
        long pid = ProcessHandle.current().pid();
        try (Partition first = open()) {
            first.put(bytes("a"), bytes("1"));
            for (PartitionConfig config : List.of(
                    config().build(), config().ioBackend(IoBackend.CHANNEL).build())) {
                LockedException refused = assertThrows(LockedException.class, () -> Partition.open(store(), config));
                assertEquals(pid, refused.ownerPid());
                assertTrue(String.valueOf(refused.getMessage()).contains("pid " + pid), refused::getMessage);
            }
            assertArrayEquals(bytes("1"), first.get(bytes("a")));
        }
        open().close();
    }

    @Test
    void aSecondProcessIsTurnedAwayWithTheProcessIdOfTheFirst() throws Exception {
        try (Partition first = open()) {
            first.put(bytes("a"), bytes("1"));
            assertEquals("locked by " + ProcessHandle.current().pid(), openInAnotherProcess());
            assertArrayEquals(bytes("1"), first.get(bytes("a")));
        }
        assertEquals("opened", openInAnotherProcess());
    }

    private String openInAnotherProcess() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OpeningRefusalTest.class.getName(),
                        store().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = child.inputReader()) {
            String line = lines.readLine();
            assertEquals(0, child.waitFor());
            return line;
        }
    }

    /// The other process.
    public static void main(String[] arguments) {
        PrintStream out = System.out;
        try (Partition _ = Partition.open(Path.of(arguments[0]), config().build())) {
            out.println("opened");
        } catch (LockedException e) {
            out.println("locked by " + e.ownerPid());
        }
    }

    // ---- nothing leaks ----------------------------------------------------------------------------------------------

    @Test
    void neitherOpeningsThatFailNorOthersLeakADescriptorOrAThread() throws Exception {
        Path descriptors = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(descriptors), "there is no " + descriptors);
        create();
        byte[] sound = Files.readAllBytes(file());
        int damage = MetaPage.ALL_BYTES + 5;
        openInTurn(sound, damage, 4);
        long before = count(descriptors);
        openInTurn(sound, damage, 200);
        long after = count(descriptors);
        assertTrue(after <= before + 2, before + " descriptors before, " + after + " after 200 openings");
    }

    private void openInTurn(byte[] sound, int damage, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            byte[] bytes = sound.clone();
            switch (i % 4) {
                case 0 -> {
                    Files.write(file(), sound);
                    try (Partition first = open()) {
                        assertThrows(LockedException.class, this::open);
                        assertArrayEquals(bytes("value-7"), first.get(bytes("key-7")));
                    }
                }
                case 1 -> {
                    Files.write(file(), Arrays.copyOf(bytes, bytes.length / 2));
                    assertThrows(CorruptionException.class, this::open);
                }
                case 2 -> {
                    Arrays.fill(bytes, 0, MetaPage.ALL_BYTES, (byte) 7);
                    Files.write(file(), bytes);
                    assertThrows(CorruptionException.class, this::open);
                }
                default -> {
                    // Both slots of the space map.
                    bytes[damage] ^= 1;
                    bytes[damage + 4_096] ^= 1;
                    bytes[damage + 2 * 4_096] ^= 1;
                    bytes[damage + 3 * 4_096] ^= 1;
                    Files.write(file(), bytes);
                    assertThrows(CorruptionException.class, this::open);
                }
            }
        }
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }
}

package io.treering.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.ClosedException;
import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.LockedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What every device that is a file promises beyond the contract of block devices.
abstract class FileBlockDeviceContract extends BlockDeviceContract {
    @TempDir
    Path directory;

    private int devices;

    abstract IoBackend backend();

    /// Each gets a directory of its own, as a partition would.
    @Override
    BlockDevice openDevice() throws IOException {
        Path own = Files.createDirectory(directory().resolve("device-" + devices++));
        return open(own.resolve("data"));
    }

    Path directory() {
        return directory;
    }

    final Path file() {
        return directory().resolve("device-0").resolve("data");
    }

    final FileBlockDevice open(Path file) {
        return open(file, false, true);
    }

    final FileBlockDevice open(Path file, boolean readOnly, boolean create) {
        try {
            return FileBlockDevice.open(
                    file,
                    FileDeviceConfig.builder()
                            .backend(backend())
                            .readOnly(readOnly)
                            .createIfMissing(create)
                            .build());
        } catch (UnsupportedOperationException e) {
            // Never skipped in silence: the report shows the reason.
            assumeTrue(false, "skipped: " + e.getMessage());
            throw e;
        }
    }

    @Test
    void itSaysWhichBackendItHasAndWhy() {
        FileBlockDevice file = (FileBlockDevice) device;
        assertEquals(backend(), file.backend());
        assertTrue(file.backendReason().startsWith("asked for"), file.backendReason());
        assertEquals(file().toString(), file.name());
    }

    @Test
    void whatWasWrittenIsThereAfterReopening() {
        device.grow(100 * BLOCK);
        MemorySegment written = blocks(100, 1);
        device.write(0, written);
        device.sync();
        device.close();
        device = open(file());
        assertEquals(100 * BLOCK, device.size());
        assertArrayEquals(bytes(written), read(0, 100));
    }

    @Test
    void itKnowsHowFarItCanGrow() throws IOException {
        long room = device.roomToGrow();
        long usable = Files.getFileStore(file()).getUsableSpace();
        assertTrue(Math.abs(room - usable) <= Math.max(64L << 20, usable / 8), room + " bytes, but " + usable);
        device.close();
        assertThrows(ClosedException.class, device::roomToGrow);
    }

    @Test
    void onlyItsOwnerMayReadIt() throws IOException {
        assumeTrue(
                Files.getFileStore(directory).supportsFileAttributeView("posix"),
                "skipped: no permissions on this platform");
        var expected = PosixFilePermissions.fromString("rw-------");
        assertEquals(expected, Files.getPosixFilePermissions(file()));
        assertEquals(expected, Files.getPosixFilePermissions(file().resolveSibling("lock")));
    }

    @Test
    void aSecondOpenInTheSameProcessIsRefusedAndHarmsNothing() throws Exception {
        long pid = ProcessHandle.current().pid();
        for (IoBackend other : IoBackend.values()) {
            var e = assertThrows(
                    LockedException.class,
                    () -> FileBlockDevice.open(
                            file(), FileDeviceConfig.builder().backend(other).build()));
            assertEquals(pid, e.ownerPid());
        }
        Path alias = Files.createSymbolicLink(directory.resolve("alias"), file().getParent());
        assertThrows(LockedException.class, () -> open(alias.resolve("data")));
        assertEquals("locked " + pid, ask("open", file(), IoBackend.AUTO));
    }

    @Test
    void anotherProcessIsRefusedWithTheOwnersPid() throws Exception {
        for (IoBackend other : new IoBackend[] {IoBackend.AUTO, IoBackend.CHANNEL}) {
            assertEquals("locked " + ProcessHandle.current().pid(), ask("open", file(), other));
        }
        device.close();
        assertEquals("opened", ask("open", file(), backend()));
    }

    @Test
    void anotherProcessHoldsItUntilItDies() throws Exception {
        device.close();
        Process child = DeviceChild.start("hold", file(), backend());
        try (var lines = child.inputReader()) {
            assertEquals("opened", lines.readLine());
            var e = assertThrows(LockedException.class, () -> open(file()));
            assertEquals(child.pid(), e.ownerPid());
            assertTrue(e.getMessage().contains(Long.toString(child.pid())), e.getMessage());
        } finally {
            child.destroyForcibly();
        }
        // It may still be dying.
        assertTrue(child.waitFor(30, TimeUnit.SECONDS));
        device = open(file());
        device.grow(BLOCK);
    }

    @Test
    void readersShareAndAWriterDoesNot() throws Exception {
        device.grow(4 * BLOCK);
        MemorySegment written = blocks(4, 2);
        device.write(0, written);
        device.close();
        device = open(file(), true, true);
        assertTrue(device.readOnly());
        assertArrayEquals(bytes(written), read(0, 4));
        assertThrows(UnsupportedOperationException.class, () -> device.write(0, written));
        assertThrows(UnsupportedOperationException.class, () -> device.submitWrite(0, written));
        assertThrows(UnsupportedOperationException.class, () -> device.grow(8 * BLOCK));
        assertThrows(UnsupportedOperationException.class, () -> device.truncate(0));
        assertThrows(UnsupportedOperationException.class, () -> device.discard(0, BLOCK));
        assertEquals("opened", ask("read", file(), backend()));
        assertTrue(ask("open", file(), backend()).startsWith("locked"));
    }

    @Test
    void aMissingFileIsCreatedOnlyIfThatIsAskedFor() {
        Path missing = directory.resolve("missing");
        var e = assertThrows(IoFailureException.class, () -> open(missing, false, false));
        assertTrue(e.getMessage().contains("missing") && e.getMessage().contains("ENOENT"), e.getMessage());
        assertThrows(IoFailureException.class, () -> open(missing, true, true));
        assertFalse(Files.exists(missing));
        assertThrows(IoFailureException.class, () -> open(missing.resolve("in-a-missing-directory")));
    }

    @Test
    void onlyARegularFileIsOpened() throws IOException {
        Path target = Files.createFile(directory.resolve("target"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        assertThrows(IoFailureException.class, () -> open(link));
        assertThrows(IoFailureException.class, () -> open(Files.createDirectory(directory.resolve("directory"))));
        assertThrows(IoFailureException.class, () -> open(target.resolve("below-a-file")));
        // What was refused is not held.
        open(target).close();
        open(target).close();
    }

    @Test
    void aFileThatEndsInsideABlockIsCutToWholeOnes() throws IOException {
        device.close();
        byte[] odd = new byte[2 * BLOCK + 1000];
        Arrays.fill(odd, (byte) 7);
        Files.write(file(), odd);
        device = open(file());
        assertEquals(2 * BLOCK, device.size());
        assertArrayEquals(Arrays.copyOf(odd, 2 * BLOCK), read(0, 2));
        device.grow(4 * BLOCK);
        assertArrayEquals(new byte[2 * BLOCK], read(2, 2));
    }

    @Test
    void aFileThatWasCutBehindItsBackFailsToReadAndDoesNotLie() throws Exception {
        device.grow(8 * BLOCK);
        device.write(0, blocks(8, 3));
        device.sync();
        try (var channel = java.nio.channels.FileChannel.open(file(), java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(3 * BLOCK);
        }
        onBothKindsOfThread(() -> {
            assertThrows(IoFailureException.class, () -> device.read(2 * BLOCK, empty(4)));
            var e = assertThrows(
                    IoFailureException.class,
                    () -> device.submitRead(6 * BLOCK, empty(1)).await());
            assertTrue(e.getMessage().contains("ended"), e.getMessage());
        });
        device.submitRead(0, empty(3)).await();
    }

    @Test
    void anInterruptedThreadOpensAndClosesIt() throws InterruptedException {
        device.close();
        onBothKindsOfThread(() -> {
            Thread.currentThread().interrupt();
            FileBlockDevice file = open(file());
            file.grow(BLOCK);
            file.close();
            assertTrue(Thread.interrupted());
        });
    }

    /// The limit makes the kernel write less than was asked for, then nothing.
    @Test
    void growingAndWritingPastTheLimitOfFileSizesIsWantOfSpace() throws Exception {
        device.close();
        assertEquals("grown nospace size 65536 intact", DeviceChild.limited(64, "limit", file(), backend()));
    }

    /// The system takes what lies before the limit, and says so; only the next call fails.
    @Test
    void aWriteThatIsCutShortByTheLimitOfFileSizesHasFailed() throws Exception {
        device.grow(32 * 4096);
        device.close();
        assertEquals("nospace nospace", DeviceChild.limited(64, "straddle", file(), backend()));
    }

    private static String ask(String command, Path file, IoBackend backend) throws Exception {
        return DeviceChild.run(command, file, backend);
    }
}

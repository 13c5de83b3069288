package io.treering.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treering.IoBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is chosen where something is missing; each case is another process that lacks it.
class BackendChoiceTest {
    @TempDir
    Path directory;

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void requireTool(String tool) {
        boolean there = List.of(System.getenv("PATH").split(":")).stream()
                .anyMatch(each -> Files.isExecutable(Path.of(each, tool)));
        assumeTrue(there, "skipped: " + tool + " is not installed");
    }

    /// 64 KiB that may be locked in memory, and no privilege to lock more.
    private String withLittleLockableMemory(String action, IoBackend backend) throws Exception {
        List<String> prefix = new ArrayList<>(List.of("bash", "-c", "ulimit -l 64; exec \"$@\"", "bash"));
        if (isRoot()) {
            requireTool("setpriv");
            prefix.addAll(List.of("setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"));
        }
        return DeviceChild.run(prefix, List.of(), action, directory.resolve("data"), backend);
    }

    private void requireRing() {
        try {
            FileBlockDevice.open(
                            directory.resolve("data"),
                            FileDeviceConfig.builder().backend(IoBackend.URING).build())
                    .close();
        } catch (UnsupportedOperationException e) {
            assumeTrue(false, "skipped: " + e.getMessage());
        }
    }

    @Test
    void withoutLockableMemoryBuffersAreNotRegisteredAndTheReasonIsReported() throws Exception {
        requireRing();
        String answer = withLittleLockableMemory("register", IoBackend.AUTO);
        assertTrue(answer.startsWith("URING: "), answer);
        assertTrue(answer.contains("ENOMEM, RLIMIT_MEMLOCK is 65536"), answer);
    }

    @Test
    void whoInsistsOnRegisteredBuffersIsToldWhyThereAreNone() throws Exception {
        requireRing();
        String answer = withLittleLockableMemory("register", IoBackend.URING_FIXED);
        assertTrue(answer.startsWith("refused: backend URING_FIXED"), answer);
        assertTrue(answer.contains("ENOMEM"), answer);
    }

    @Test
    void withoutNativeAccessFileChannelsAreUsedAndTheFlagIsNamed() throws Exception {
        List<String> denied = List.of("--illegal-native-access=deny", "--enable-native-access=some.module");
        String answer = DeviceChild.run(List.of(), denied, "register", directory.resolve("data"), IoBackend.AUTO);
        assertTrue(answer.startsWith("CHANNEL: "), answer);
        assertTrue(answer.contains("--enable-native-access=ALL-UNNAMED"), answer);
        answer = DeviceChild.run(List.of(), denied, "register", directory.resolve("data"), IoBackend.PREAD);
        assertTrue(answer.startsWith("refused: backend PREAD"), answer);
        assertTrue(answer.contains("--enable-native-access=ALL-UNNAMED"), answer);
    }

    @Test
    void anExplicitChoiceIsKept() throws Exception {
        for (IoBackend backend : new IoBackend[] {IoBackend.PREAD, IoBackend.CHANNEL}) {
            String answer = DeviceChild.run(List.of(), List.of(), "register", directory.resolve("data"), backend);
            assertEquals(backend + ": asked for", answer.split(";")[0]);
        }
    }
}

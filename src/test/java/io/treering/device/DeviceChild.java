package io.treering.device;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoBackend;
import io.treering.LockedException;
import io.treering.NoSpaceException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Another process with a device. Prints what happened as one line.
final class DeviceChild {
    private DeviceChild() {}

    static Process start(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    static Process start(String action, Path file, IoBackend backend) throws Exception {
        return start(commandLine(action, file, backend).toArray(String[]::new));
    }

    static String run(String action, Path file, IoBackend backend) throws Exception {
        return answer(start(action, file, backend));
    }

    /// Under a limit of file sizes.
    static String limited(int kibibytes, String action, Path file, IoBackend backend) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("bash", "-c", "ulimit -f " + kibibytes + "; exec \"$@\"", "bash"));
        command.addAll(commandLine(action, file, backend));
        return answer(start(command.toArray(String[]::new)));
    }

    /// With a command in front, and with options of Java's in place of the usual ones.
    static String run(List<String> prefix, List<String> options, String action, Path file, IoBackend backend)
            throws Exception {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(commandLine(options, action, file, backend));
        return answer(start(command.toArray(String[]::new)));
    }

    private static String answer(Process child) throws Exception {
        try (var lines = child.inputReader()) {
            String line = lines.readLine();
            assertTrue(child.waitFor(60, SECONDS));
            assertEquals(0, child.exitValue(), line);
            return line;
        }
    }

    private static List<String> commandLine(String action, Path file, IoBackend backend) {
        return commandLine(List.of(), action, file, backend);
    }

    private static List<String> commandLine(List<String> options, String action, Path file, IoBackend backend) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options.isEmpty() ? List.of("--enable-native-access=ALL-UNNAMED") : options);
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                // Its own file of counters would meet the limit of file sizes, too.
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                DeviceChild.class.getName(),
                action,
                file.toString(),
                backend.name()));
        return command;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        String action = arguments[0];
        FileDeviceConfig config = FileDeviceConfig.builder()
                .backend(IoBackend.valueOf(arguments[2]))
                .readOnly(action.equals("read"))
                .build();
        try (FileBlockDevice device = FileBlockDevice.open(Path.of(arguments[1]), config)) {
            switch (action) {
                case "hold" -> {
                    out.println("opened");
                    Thread.sleep(60_000);
                }
                case "register" -> {
                    device.grow(4096);
                    MemorySegment memory = Arena.global().allocate(1 << 20, 4096);
                    device.registerBuffer(memory);
                    // It is registered in the background, unless that was insisted on.
                    for (int i = 0; i < 100 && device.backend() == IoBackend.URING_FIXED; i++) {
                        Thread.sleep(10);
                    }
                    device.unregisterBuffer(memory);
                    out.println(device.backend() + ": " + device.backendReason());
                }
                case "limit" -> out.println(limit(device));
                case "straddle" -> out.println(straddle(device));
                default -> out.println("opened");
            }
        } catch (UnsupportedOperationException e) {
            out.println("refused: " + e.getMessage());
        } catch (LockedException e) {
            out.println("locked " + e.ownerPid());
        }
    }

    /// A write of which the system takes a part, by a system call and by the ring if there is one.
    private static String straddle(FileBlockDevice device) {
        MemorySegment memory = Arena.global().allocate(16 * 4096, 4096).fill((byte) 1);
        String called = outcome(() -> device.write(8 * 4096, memory));
        return called + " " + outcome(() -> device.submitWrite(8 * 4096, memory).await());
    }

    private static String outcome(Runnable write) {
        try {
            write.run();
            return "written";
        } catch (NoSpaceException e) {
            return "nospace";
        }
    }

    private static String limit(FileBlockDevice device) {
        device.grow(16 * 4096);
        MemorySegment memory = Arena.global().allocate(16 * 4096, 4096).fill((byte) 1);
        device.submitWrite(0, memory).await();
        String outcome = "grown";
        try {
            device.grow(32 * 4096);
            outcome += " anyway";
        } catch (NoSpaceException e) {
            outcome += " nospace";
        }
        outcome += " size " + device.size();
        MemorySegment into = Arena.global().allocate(16 * 4096, 4096);
        device.read(0, into);
        return outcome + (memory.mismatch(into) == -1 ? " intact" : " damaged");
    }
}

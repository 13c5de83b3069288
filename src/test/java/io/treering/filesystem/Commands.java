package io.treering.filesystem;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// The commands of the system that these tests need.
final class Commands {
    private static final List<String> PLACES = List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin");

    private Commands() {}

    /// What a command says, and whether it went well.
    record Answer(int exit, String said) {}

    static Answer tryTo(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes()).strip();
            return new Answer(process.waitFor(), said);
        } catch (IOException e) {
            return new Answer(-1, e.toString());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static String run(String... command) {
        Answer answer = tryTo(command);
        if (answer.exit != 0) {
            throw new IllegalStateException(Arrays.toString(command) + ": exit " + answer.exit + ": " + answer.said);
        }
        return answer.said;
    }

    /// Skips the test, saying why, where something is missing.
    static void require(List<String> commands, List<Path> devices) {
        Answer user = tryTo("id", "-u");
        assumeTrue(user.said.equals("0"), "skipped: mounting needs root");
        for (Path device : devices) {
            assumeTrue(Files.exists(device), () -> "skipped: there is no " + device);
        }
        for (String command : commands) {
            boolean found = PLACES.stream().anyMatch(place -> Files.isExecutable(Path.of(place, command)));
            assumeTrue(found, () -> "skipped: there is no " + command);
        }
    }
}

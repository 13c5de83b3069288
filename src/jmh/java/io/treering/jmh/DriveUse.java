package io.treering.jmh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// How much of the drive a store takes, and how much this process has written to it, as the system keeps account.
final class DriveUse {
    private static final long QUIET_SECONDS = 2;
    private static final long LONGEST_WAIT_SECONDS = 120;

    private DriveUse() {}

    /// What the files below a directory take on the drive: holes count for nothing.
    static long occupied(Path directory) throws IOException {
        Process du = new ProcessBuilder("du", "-sk", directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Long.parseLong(output.split("\t", 2)[0]) << 10;
    }

    /// What this process has caused to be written to drives since it began. Only Linux tells.
    static long written() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/io"))) {
            if (line.startsWith("write_bytes: ")) {
                return Long.parseLong(line.substring("write_bytes: ".length()));
            }
        }
        throw new IOException("/proc/self/io does not tell how much was written");
    }

    /// Waits until nothing is written any more: flushes, compactions and what makes files smaller have ended then.
    static void settle() throws IOException, InterruptedException {
        long before = -1;
        long now = written();
        for (long waited = 0; now != before && waited < LONGEST_WAIT_SECONDS; waited += QUIET_SECONDS) {
            TimeUnit.SECONDS.sleep(QUIET_SECONDS);
            before = now;
            now = written();
        }
    }
}

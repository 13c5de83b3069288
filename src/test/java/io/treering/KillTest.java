package io.treering;

import io.treering.testing.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// kill -9 of a writing process, over and over, on the same store: what survives is a prefix of what it wrote, and
/// reaches as far as the mode promises.
///
/// The process says through a pipe what has returned, and what it has been promised; what it has said is read after it
/// is dead. It is killed after some number of operations, or some moments after it began to open the store, which is
/// where it recovers from the kill before.
final class KillTest {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);

    /// In all modes together.
    private static final int KILLS = Integer.getInteger("treering.test.kills", SCALE == 1 ? 100 : 250 * SCALE);

    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);
    private static final IoBackend[] BACKENDS = {IoBackend.AUTO, IoBackend.AUTO, IoBackend.PREAD, IoBackend.CHANNEL};
    private static final long LONGEST_OPENING = TimeUnit.MILLISECONDS.toNanos(60);

    @TempDir
    Path directory;

    private final WrittenPrefix prefix = new WrittenPrefix();

    @ParameterizedTest
    @EnumSource(KillMode.class)
    void whatAKilledProcessLeavesIsAPrefixAndLongEnough(KillMode mode) throws Exception {
        Random random = new Random(SEED);
        int kills = Math.ceilDiv(KILLS, KillMode.values().length);
        int early = 0;
        for (int kill = 0; kill < kills; kill++) {
            String where = "seed " + SEED + ", kill " + kill + ", mode " + mode;
            Progress progress = runAndKill(mode, prefix.last(), random);
            early += progress.done == progress.start ? 1 : 0;
            try (Partition db = Partition.open(directory, mode.config(IoBackend.AUTO))) {
                switch (mode) {
                    case EXPLICIT -> prefix.verifyOneOf(db, where, progress.saved, progress.saving);
                    case SYNC -> prefix.verify(db, progress.done, progress.done + 1, where);
                    default -> prefix.verify(db, progress.durable, progress.done + 1, where);
                }
            }
        }
        System.out.println("KillTest: " + mode + ", " + kills + " kills, " + early
                + " of them before the first write had returned; " + prefix.last() + " operations");
    }

    private static final class Progress {
        final long start;
        long done;
        long durable;
        long saving;
        long saved;

        Progress(long start) {
            this.start = start;
            done = start;
            durable = start;
            saving = start;
            saved = start;
        }

        void hear(String what, long n) {
            switch (what) {
                case "done" -> done = n;
                case "durable" -> durable = Math.max(durable, n);
                case "saving" -> saving = n;
                case "saved" -> {
                    saved = n;
                    durable = n;
                }
                default -> {}
            }
        }
    }

    private Progress runAndKill(KillMode mode, long start, Random random) throws IOException, InterruptedException {
        IoBackend backend = BACKENDS[random.nextInt(BACKENDS.length)];
        boolean whileOpening = random.nextInt(4) == 0;
        long patience = random.nextLong(LONGEST_OPENING);
        int operations = random.nextInt(800);
        Process child = new ChildProcess()
                .options("-Xmx256m")
                .start(KillChild.class, directory, mode, backend, start, random.nextLong());
        Progress progress = new Progress(start);
        try (BufferedReader reader = child.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] words = line.split(" ");
                if (words.length < 3 || !words[2].equals(".")) {
                    continue;
                }
                long n = Long.parseLong(words[1]);
                progress.hear(words[0], n);
                boolean opening = words[0].equals("opening");
                if (opening && whileOpening) {
                    LockSupport.parkNanos(patience);
                }
                if (opening ? whileOpening : n - start == operations) {
                    // Through the handle: Process.destroyForcibly would close the pipe and lose what it holds.
                    child.toHandle().destroyForcibly();
                }
            }
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        return progress;
    }
}

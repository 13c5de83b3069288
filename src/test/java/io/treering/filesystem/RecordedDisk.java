package io.treering.filesystem;

import io.treering.simulation.PowerCutFate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A disk with a volatile cache that keeps a log of what was written to it, so that it can be shown as it might look
/// after a power cut at any moment: what was flushed is there, and of the rest some writes, or some of their sectors.
/// Only of the first block there is all or nothing: ext4 keeps its superblock there, which is of two sectors and
/// written in place, and it does not mount with half of one.
///
/// Operations come one at a time and take effect in that order; a flush covers those before it.
final class RecordedDisk {
    static final int BLOCK = 4096;
    static final int SECTOR = 512;

    /// @param data null for zeros
    /// @param forced whether it was durable when it was answered
    private record Write(long offset, byte @Nullable [] data, int length, boolean forced) {}

    private static final Write FLUSH = new Write(0, null, 0, true);

    private final long size;

    /// Blocks are replaced and never changed, so a copy of the map is a copy of the disk.
    private Map<Long, byte[]> content = new HashMap<>();

    private final boolean honest;
    private final Outage changes = new Outage();
    private final Outage reads = new Outage();

    private Recording recorded = new Recording(content);
    private boolean recording;

    /// Put aside while the recovery from one of its crashes is recorded.
    private @Nullable Recording recordedBefore;

    /// What was written since a moment.
    private static final class Recording {
        final List<Write> log = new ArrayList<>();

        /// What was durable at that moment, with the log's first operations applied to it.
        final Map<Long, byte[]> durable;

        int applied;

        Recording(Map<Long, byte[]> content) {
            durable = new HashMap<>(content);
        }
    }

    /// Some operations in a row that fail.
    private static final class Outage {
        private long operations;
        private long from = Long.MAX_VALUE;
        private long to = Long.MAX_VALUE;

        void begin(long after, long failures) {
            from = operations + after;
            to = from + failures;
        }

        boolean hits() {
            operations++;
            return operations > from && operations <= to;
        }

        /// @return whether it hit any
        boolean end() {
            boolean hit = operations > from;
            from = Long.MAX_VALUE;
            to = Long.MAX_VALUE;
            return hit;
        }
    }

    /// @param honest false for one that says that it has flushed, and has not
    RecordedDisk(long size, boolean honest) {
        this.size = size;
        this.honest = honest;
    }

    long size() {
        return size;
    }

    // ---- as the client sees it --------------------------------------------------------------------------------------

    synchronized boolean read(long offset, byte[] into) {
        if (reads.hits()) {
            return false;
        }
        for (int done = 0; done < into.length; ) {
            long at = offset + done;
            int within = (int) (at % BLOCK);
            int length = Math.min(BLOCK - within, into.length - done);
            byte[] block = content.get(at / BLOCK);
            if (block == null) {
                Arrays.fill(into, done, done + length, (byte) 0);
            } else {
                System.arraycopy(block, within, into, done, length);
            }
            done += length;
        }
        return true;
    }

    synchronized boolean write(long offset, byte[] data, boolean forced) {
        return change(new Write(offset, data, data.length, forced && honest));
    }

    synchronized boolean zero(long offset, int length, boolean forced) {
        return change(new Write(offset, null, length, forced && honest));
    }

    private boolean change(Write write) {
        if (changes.hits()) {
            return false;
        }
        apply(content, write, null);
        if (recording) {
            recorded.log.add(write);
        }
        return true;
    }

    synchronized boolean flush() {
        if (changes.hits()) {
            return false;
        }
        if (recording && honest) {
            recorded.log.add(FLUSH);
        }
        return true;
    }

    // ---- recording --------------------------------------------------------------------------------------------------

    /// Everything so far is durable; what comes is recorded.
    synchronized void record() {
        recorded = new Recording(content);
        recording = true;
    }

    /// As [#record], for what follows a crash that is shown. The recording that showed it is put aside.
    synchronized void recordRecovery() {
        recordedBefore = recorded;
        record();
    }

    /// Goes back to the recording that was put aside.
    synchronized void endRecovery() {
        Recording before = recordedBefore;
        if (before == null) {
            throw new IllegalStateException("no recovery is recorded");
        }
        recorded = before;
        recordedBefore = null;
        recording = false;
    }

    /// How much has been recorded.
    synchronized int position() {
        return recorded.log.size();
    }

    // ---- failures ---------------------------------------------------------------------------------------------------

    /// After so many more writes and flushes, some fail: they do nothing and say so.
    synchronized void failAfter(long count, long failures) {
        changes.begin(count, failures);
    }

    /// After so many more reads, some fail.
    synchronized void failReadsAfter(long count, long failures) {
        reads.begin(count, failures);
    }

    /// @return whether anything has failed
    synchronized boolean repair() {
        return changes.end() | reads.end();
    }

    // ---- images -----------------------------------------------------------------------------------------------------

    /// Shows the disk as after a power cut at a position, which is not before that of the last image. Nothing is
    /// recorded from here on.
    synchronized void showCrash(int position, SplittableRandom random) {
        recording = false;
        List<Write> log = recorded.log;
        int flushed = position;
        while (flushed > recorded.applied && log.get(flushed - 1) != FLUSH) {
            flushed--;
        }
        for (; recorded.applied < flushed; recorded.applied++) {
            apply(recorded.durable, log.get(recorded.applied), null);
        }
        content = new HashMap<>(recorded.durable);
        PowerCutFate fate = new PowerCutFate(random);
        fate.begin(position - flushed);
        for (int i = flushed; i < position; i++) {
            Write write = log.get(i);
            int number = i - flushed;
            apply(content, write, write.forced ? null : sector -> fate.survives(number, sector));
        }
    }

    private interface Survival {
        boolean survives(int sector);
    }

    private static void apply(Map<Long, byte[]> to, Write write, @Nullable Survival survival) {
        byte[] data = write.data;
        for (int done = 0; done < write.length; ) {
            long at = write.offset + done;
            int within = (int) (at % BLOCK);
            int length = Math.min(BLOCK - within, write.length - done);
            byte[] old = to.get(at / BLOCK);
            if (data == null && length == BLOCK && survival == null) {
                to.remove(at / BLOCK);
            } else {
                byte[] block = old == null ? new byte[BLOCK] : old.clone();
                for (int sector = 0; sector < length; sector += SECTOR) {
                    int bytes = Math.min(SECTOR, length - sector);
                    if (survival != null && !survival.survives(at < BLOCK ? 0 : (int) ((at + sector) / SECTOR))) {
                        continue;
                    }
                    if (data == null) {
                        Arrays.fill(block, within + sector, within + sector + bytes, (byte) 0);
                    } else {
                        System.arraycopy(data, done + sector, block, within + sector, bytes);
                    }
                }
                to.put(at / BLOCK, block);
            }
            done += length;
        }
    }
}

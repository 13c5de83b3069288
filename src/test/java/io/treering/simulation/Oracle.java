package io.treering.simulation;

import io.treering.CommitMode;
import io.treering.simulation.History.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Knows what may be in the store, and what must be.
///
/// While the store is open, each key has a list of versions: the last acknowledged one, and behind it those that are
/// under way or whose outcome is unknown. A read may show any of them that was not older than the acknowledged one when
/// the read began.
///
/// After a crash, what is there must be a *prefix* of all that was written: for each client, the state after some
/// number of its writes, and no write without those that had been acknowledged before it began. Which prefixes are
/// allowed depends on what was promised:
///
/// * what was durable must be there: by the WAL mode, a flush, a sync, or the deadline of the batched log;
/// * with a synchronous log, what a read has shown must be there, too, even if its writer had not been told;
/// * with explicit commits, it is the state of the last flush that has returned, or of one that was under way.
final class Oracle {
    /// A value of a key, [Action#DELETED] as its length if it has none.
    record Version(int write, int length) {
        static final Version ABSENT = new Version(0, Action.DELETED);
    }

    /// A flush, for explicit commits: what it includes at least and at most.
    private static final class Flush {
        final int[] least;
        final int[] most;

        Flush(int[] least, int[] most) {
            this.least = least;
            this.most = most;
        }
    }

    private final Keys keys;
    private final int clients;
    private final CommitMode commitMode;
    private final History[] histories;
    private final List<List<Version>> versions = new ArrayList<>();

    /// Index of the last acknowledged version of each key.
    private final int[] acknowledged;

    private Flush lastFlush;
    private final List<Flush> flushesUnderWay = new ArrayList<>();
    private long moment;
    private int nextWrite = 1;

    /// Whether only what is durable may be shown.
    private boolean showsOnlyDurable;

    Oracle(Keys keys, int clients, CommitMode commitMode) {
        this.keys = keys;
        this.clients = clients;
        this.commitMode = commitMode;
        this.histories = new History[clients];
        Arrays.setAll(histories, i -> new History());
        this.acknowledged = new int[keys.count()];
        for (int i = 0; i < keys.count(); i++) {
            versions.add(new ArrayList<>(List.of(Version.ABSENT)));
        }
        lastFlush = new Flush(new int[clients], new int[clients]);
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    /// A client is about to write. Of a key that occurs twice, the last occurrence counts.
    Write begin(int client, int[] writtenKeys, int[] lengths) {
        Write write = new Write(nextWrite++, writtenKeys, lengths, moment++);
        histories[client].add(write);
        for (int i = 0; i < writtenKeys.length; i++) {
            if (isLastOf(writtenKeys, i)) {
                versions.get(writtenKeys[i]).add(new Version(write.id, lengths[i]));
            }
        }
        return write;
    }

    private static boolean isLastOf(int[] writtenKeys, int index) {
        for (int i = index + 1; i < writtenKeys.length; i++) {
            if (writtenKeys[i] == writtenKeys[index]) {
                return false;
            }
        }
        return true;
    }

    /// The write has returned.
    void acknowledge(int client, Write write, long now, boolean durable) {
        histories[client].acknowledge(write, moment++, now);
        for (int key : write.keys) {
            acknowledged[key] = versions.get(key).size() - 1;
        }
        if (durable) {
            histories[client].mustKeep(histories[client].acknowledged());
        }
    }

    /// The write has thrown what says that it has not happened.
    void reject(int client, Write write) {
        histories[client].reject(write);
        for (int i = 0; i < write.keys.length; i++) {
            if (isLastOf(write.keys, i)) {
                versions.get(write.keys[i]).removeLast();
            }
        }
    }

    // ---- durability -------------------------------------------------------------------------------------------------

    /// What was acknowledged up to here, for [#durable(int[])].
    int[] acknowledged() {
        int[] counts = new int[clients];
        Arrays.setAll(counts, client -> histories[client].acknowledged());
        return counts;
    }

    private int[] begun() {
        int[] counts = new int[clients];
        Arrays.setAll(counts, client -> histories[client].size());
        return counts;
    }

    void durable(int[] counts) {
        for (int client = 0; client < clients; client++) {
            histories[client].mustKeep(counts[client]);
        }
    }

    /// Everything that was acknowledged up to a time is durable.
    void durableUpTo(long time) {
        for (History history : histories) {
            history.mustKeep(history.acknowledgedUpTo(time));
        }
    }

    /// A flush begins; it may have any effect from now on.
    Object beginFlush() {
        Flush flush = new Flush(acknowledged(), new int[0]);
        flushesUnderWay.add(flush);
        return flush;
    }

    /// A flush has returned.
    void endFlush(Object token) {
        Flush flush = (Flush) token;
        flushesUnderWay.remove(flush);
        int[] least = flush.least.clone();
        Arrays.setAll(least, client -> Math.max(flush.least[client], lastFlush.least[client]));
        lastFlush = new Flush(least, begun());
        if (commitMode == CommitMode.AUTOMATIC) {
            durable(least);
        }
    }

    // ---- reading ----------------------------------------------------------------------------------------------------

    /// Notes which versions of keys a read that begins now may show at least.
    int[] beginRead() {
        return acknowledged.clone();
    }

    /// How many versions each key has: a read that ends now can show no later one.
    int[] endRead() {
        int[] counts = new int[keys.count()];
        Arrays.setAll(counts, key -> versions.get(key).size());
        return counts;
    }

    int acknowledged(int key) {
        return acknowledged[key];
    }

    int versions(int key) {
        return versions.get(key).size();
    }

    /// Checks what a read of a key has shown.
    ///
    /// @param bytes null if the key is absent
    /// @param from index of the first version that it may show
    /// @param to past the last one
    void check(String what, int key, byte @Nullable [] bytes, int length, int from, int to) {
        List<Version> all = versions.get(key);
        int end = Math.min(to, all.size());
        for (int i = from; i < end; i++) {
            if (is(all.get(i), key, bytes, length)) {
                if (showsOnlyDurable && i > acknowledged[key]) {
                    histories[key % clients].mustKeepWrite(all.get(i).write);
                }
                return;
            }
        }
        throw new AssertionError(
                what + " shows " + show(key, bytes, length) + "; it may show " + all.subList(from, end) + " of " + all);
    }

    private static boolean is(Version version, int key, byte @Nullable [] bytes, int length) {
        if (bytes == null || version.length == Action.DELETED) {
            return bytes == null && version.length == Action.DELETED;
        }
        return Keys.isValue(bytes, 0, length, version.write, key, version.length);
    }

    private static String show(int key, byte @Nullable [] bytes, int length) {
        return "key " + key + (bytes == null ? " absent" : " with " + length + " bytes");
    }

    // ---- after a crash ----------------------------------------------------------------------------------------------

    /// What was found in the store, by key: null where a key is absent.
    ///
    /// @param damaged whether the log's end may be lost although it was durable: only what was flushed must be there
    /// @param synchronous whether the log is, from now on
    void recovered(byte[][] found, boolean damaged, boolean synchronous) {
        showsOnlyDurable = synchronous;
        List<BitSet> matches = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            matches.add(matches(client, found));
        }
        int[] chosen = choose(matches, damaged);
        for (int key = 0; key < keys.count(); key++) {
            settle(key, chosen[key % clients]);
        }
        for (History history : histories) {
            history.clear();
        }
        Arrays.fill(acknowledged, 0);
        flushesUnderWay.clear();
        lastFlush = new Flush(new int[clients], new int[clients]);
    }

    private void settle(int key, int count) {
        History history = histories[key % clients];
        Version settled = versions.get(key).getFirst();
        for (int i = 0; i < count; i++) {
            settled = after(settled, history.get(i), key);
        }
        versions.get(key).clear();
        versions.get(key).add(settled);
    }

    private static Version after(Version before, Write write, int key) {
        for (int i = write.keys.length - 1; i >= 0; i--) {
            if (write.keys[i] == key) {
                return new Version(write.id, write.lengths[i]);
            }
        }
        return before;
    }

    /// After how many of the client's writes its keys had what was found.
    private BitSet matches(int client, byte[][] found) {
        History history = histories[client];
        boolean[] wrong = new boolean[keys.count()];
        int mismatches = 0;
        for (int key = client; key < keys.count(); key += clients) {
            wrong[key] = !is(versions.get(key).getFirst(), key, found[key], length(found[key]));
            mismatches += wrong[key] ? 1 : 0;
        }
        BitSet matches = new BitSet();
        matches.set(0, mismatches == 0);
        for (int i = 0; i < history.size(); i++) {
            Write write = history.get(i);
            for (int j = 0; j < write.keys.length; j++) {
                int key = write.keys[j];
                if (isLastOf(write.keys, j)) {
                    Version version = new Version(write.id, write.lengths[j]);
                    boolean nowWrong = !is(version, key, found[key], length(found[key]));
                    mismatches += (nowWrong ? 1 : 0) - (wrong[key] ? 1 : 0);
                    wrong[key] = nowWrong;
                }
            }
            matches.set(i + 1, mismatches == 0);
        }
        return matches;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private int[] choose(List<BitSet> matches, boolean damaged) {
        StringBuilder why = new StringBuilder();
        if (commitMode == CommitMode.EXPLICIT) {
            int[] chosen = choose(matches, lastFlush.least, lastFlush.most, why);
            for (int i = 0; chosen == null && i < flushesUnderWay.size(); i++) {
                chosen = choose(matches, flushesUnderWay.get(i).least, begun(), why);
            }
            if (chosen != null) {
                return chosen;
            }
        } else {
            int[] least = new int[clients];
            Arrays.setAll(least, client -> damaged ? lastFlush.least[client] : histories[client].durable());
            int[] chosen = choose(matches, least, begun(), why);
            if (chosen != null) {
                return chosen;
            }
        }
        throw new AssertionError(
                "what is there is not a prefix of what was written that is long enough" + why + explain(matches));
    }

    /// The shortest prefixes that match, are long enough, and hold whatever came before what they hold.
    private int @Nullable [] choose(List<BitSet> matches, int[] least, int[] most, StringBuilder why) {
        int[] chosen = least.clone();
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int client = 0; client < clients; client++) {
                int next = matches.get(client).nextSetBit(chosen[client]);
                if (next < 0 || next > most[client]) {
                    why.append("\n  client ")
                            .append(client)
                            .append(": at least ")
                            .append(chosen[client]);
                    why.append(" and at most ").append(most[client]).append(" writes");
                    return null;
                }
                chosen[client] = next;
            }
            for (int client = 0; client < clients; client++) {
                int needed = chosen[client];
                for (int other = 0; other < clients; other++) {
                    if (chosen[other] > 0) {
                        long begun = histories[other].get(chosen[other] - 1).begun;
                        needed = Math.max(needed, histories[client].acknowledgedBefore(begun));
                    }
                }
                changed |= needed > chosen[client];
                chosen[client] = needed;
            }
        }
        return chosen;
    }

    private String explain(List<BitSet> matches) {
        StringBuilder text = new StringBuilder();
        for (int client = 0; client < clients; client++) {
            History history = histories[client];
            text.append("\n  client ")
                    .append(client)
                    .append(": ")
                    .append(history.size())
                    .append(" writes, ");
            text.append(history.acknowledged()).append(" acknowledged, ").append(history.durable());
            text.append(" durable; what is there is the state after ").append(matches.get(client));
        }
        return text.toString();
    }
}

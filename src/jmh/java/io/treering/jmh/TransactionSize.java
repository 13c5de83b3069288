package io.treering.jmh;

import org.jspecify.annotations.Nullable;

/// How many puts a store takes into one of its transactions, where a commit for each would be unfair: many if nothing
/// need be in a log and one session writes, for until it commits no other one can; otherwise one.
///
/// Any thread may use it.
final class TransactionSize {
    private static final long MOST_PUTS = 1000;
    private static final long MOST_BYTES = 8 << 20;

    private final long most;
    private volatile @Nullable Session lastWriter;
    private volatile boolean severalWriters;

    TransactionSize(Durability durability, Dataset dataset) {
        most = durability == Durability.NONE ? Math.min(MOST_PUTS, MOST_BYTES / dataset.valueBytes()) : 1;
    }

    /// How many puts a transaction takes at most.
    ///
    /// @param writer who asks
    long puts(Session writer) {
        Session other = lastWriter;
        if (other != writer) {
            severalWriters |= other != null;
            lastWriter = writer;
        }
        return severalWriters ? 1 : most;
    }

    /// The session that filled the store is no other writer.
    void left(Session session) {
        if (lastWriter == session) {
            lastWriter = null;
        }
    }
}

package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.WalMode;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.wal.WriteAheadLog;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The write-ahead log as the writer and the flusher see it. Until it is open, and in [WalMode#NONE] for good, nothing
/// happens and there is always room.
///
/// Whatever the log throws leaves unknown what is durable, so it poisons the partition.
final class LogAccess {
    private final WalMode mode;
    private final Poison poison;

    /// Where the log of each frozen buffer's entries ends, and so the next head.
    private final Map<WriteBuffer, Long> ends = new ConcurrentHashMap<>();

    /// Set before the first write, and read under the writer's lock or by threads that were started later.
    private @Nullable WriteAheadLog log;

    LogAccess(WalMode mode, Poison poison) {
        this.mode = mode;
        this.poison = poison;
    }

    void open(WriteAheadLog newLog) {
        log = newLog;
    }

    boolean isOpen() {
        return log != null;
    }

    /// Whether a write may be seen only once it is durable.
    boolean isSynchronous() {
        return log != null && mode == WalMode.SYNC;
    }

    @Nullable
    WriteAheadLog orNull() {
        return log;
    }

    private WriteAheadLog log() {
        return Objects.requireNonNull(log, "the log is not open");
    }

    private <T> T poisoning(Supplier<T> action) {
        try {
            return action.get();
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    /// What a caller is told of a failure: that it and everything behind it may or may not have happened. A log that
    /// was closed has not failed.
    private RuntimeException failed(Throwable failure) {
        if (failure instanceof ClosedException closed) {
            return closed;
        }
        poison.set(failure);
        return poison.exception();
    }

    boolean hasRoom(int entries, long bytes) {
        WriteAheadLog open = log;
        return open == null || open.hasRoom(entries, bytes);
    }

    /// The part of the log that is in use.
    double fullness() {
        WriteAheadLog open = log;
        return open == null ? 0 : (double) open.usedBytes() / open.capacity();
    }

    /// Whether so much would fit into an empty log.
    boolean couldHaveRoom(int entries, long bytes) {
        WriteAheadLog open = log;
        return open == null || open.couldHaveRoom(entries, bytes);
    }

    /// @return what to [#commit]
    long append(int kind, byte[] key, int keyLength, byte[] value, int valueLength, long sequence) {
        WriteAheadLog open = log;
        if (open == null) {
            return 0;
        }
        try {
            return open.append(kind, key, keyLength, value, valueLength, sequence);
        } catch (RuntimeException | Error e) {
            throw failed(e);
        }
    }

    void beginBatch() {
        if (log != null) {
            boolean _ = poisoning(() -> {
                log().beginBatch();
                return true;
            });
        }
    }

    long endBatch() {
        return log == null ? 0 : poisoning(log()::endBatch);
    }

    /// A batch broke off in the middle; some of it may be in the log and in the buffer, so neither can
    /// go on.
    void abandonBatch(Throwable cause) {
        poison.set(cause);
        if (log != null) {
            log.abandonBatch(cause);
        }
    }

    /// Returns once what was appended up to `lsn` is durable.
    void commit(long lsn) {
        boolean _ = poisoning(() -> {
            log().commit(lsn);
            return true;
        });
    }

    /// Returns once all that was appended is durable.
    void sync() {
        boolean _ = poisoning(() -> {
            log().sync();
            return true;
        });
    }

    /// Everything up to this sequence is durable.
    long durableSequence() {
        return log().durableSequence();
    }

    /// The buffer is about to be frozen: what comes behind starts a record of its own. Where writes may be seen only
    /// once they are durable, all of the buffer's are on return.
    void endOf(WriteBuffer buffer) {
        if (log != null) {
            if (isSynchronous()) {
                sync();
            }
            ends.put(buffer, poisoning(log()::cut));
        }
    }

    /// Where a replay starts once `buffer` is in the committed tree.
    LogPosition behind(WriteBuffer buffer, LogPosition before) {
        Long end = ends.remove(buffer);
        return end == null ? before : before.at(end);
    }

    /// A durable meta block names this position: what lies before it may be overwritten.
    void advance(LogPosition position) {
        if (log != null) {
            log.advanceHead(position.lsn());
        }
    }

    void close() {
        if (log != null) {
            log.close();
        }
    }
}

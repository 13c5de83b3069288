package io.treering.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.treering.ClosedException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The lock of the log, which every call takes.
final class LogLockTest {
    private static final byte[] KEY = {1, 2, 3};

    private final LogStore store = new LogStore(32, 4096, 7);

    /// A lock that stays taken harms the next thread only.
    @Test
    void everyCallLetsOtherThreadsInAgain() {
        List<Runnable> calls = List.of(
                () -> store.log.append(1, KEY, 3, KEY, 3, 1),
                () -> store.log.append(1, KEY, 3, KEY, 3, 2),
                () -> assertThrows(IllegalArgumentException.class, () -> store.log.append(1, KEY, 3, KEY, 3, 9)),
                store.log::beginBatch,
                () -> assertThrows(IllegalStateException.class, store.log::beginBatch),
                () -> assertThrows(IllegalStateException.class, store.log::cut),
                () -> store.log.append(1, KEY, 3, KEY, 3, 3),
                store.log::endBatch,
                () -> assertThrows(IllegalStateException.class, store.log::endBatch),
                store.log::cut,
                () -> store.log.commit(1),
                store.log::sync,
                () -> store.log.nanosUntilDue(0),
                () -> store.log.append(1, KEY, 3, KEY, 3, 4),
                store.log::sync,
                store.log::close,
                () -> assertThrows(ClosedException.class, () -> store.log.append(1, KEY, 3, KEY, 3, 5)),
                () -> assertThrows(ClosedException.class, store.log::sync),
                store.log::close);
        for (int i = 0; i < calls.size(); i++) {
            calls.get(i).run();
            Thread other = Thread.ofPlatform().daemon().start(() -> store.log.nanosUntilDue(0));
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> other.join(), "after call " + i);
        }
        assertEquals(4, store.log.durableSequence());
    }
}

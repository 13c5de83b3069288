package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class AbandonedTest {
    private final AtomicInteger closings = new AtomicInteger();

    /// Where there is no thread for a cleaner, whoever opened a view gets nothing that could be closed.
    @Test
    void whatCannotBeWatchedIsClosedAtOnce() {
        OutOfMemoryError noThread = new OutOfMemoryError("unable to create native thread");
        boolean[] failing = {true};
        Cleaner cleaner = Cleaner.create();
        Abandoned abandoned = new Abandoned(false, () -> {
            if (failing[0]) {
                throw noThread;
            }
            return cleaner;
        });
        assertSame(
                noThread,
                assertThrows(OutOfMemoryError.class, () -> abandoned.watch(this, "view", closings::incrementAndGet)));
        assertEquals(1, closings.get());
        failing[0] = false;
        abandoned.watch(this, "view", closings::incrementAndGet).close();
        assertEquals(2, closings.get());
    }
}

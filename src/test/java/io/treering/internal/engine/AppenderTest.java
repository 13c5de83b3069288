package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.PoisonedException;
import io.treering.WalMode;
import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.BufferMemory;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.HeadRange;
import java.lang.foreign.Arena;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Without a log, which would have failed as well. A value that is shorter than it is said to be stands for all
/// that can break off an append.
final class AppenderTest {
    private static final byte[] KEY = {'k'};
    private static final Logger LOGGER = Logger.getLogger("io.treering");

    private final Poison poison = new Poison("the partition");
    private final Views views =
            new Views(new View(new WriteBuffer[] {buffer(0)}, new Root(0, 0, 0, HeadRange.EMPTY)), () -> 0);
    private final Appender appender = new Appender(new LogAccess(WalMode.NONE, poison), views, poison, new Copies(16));

    private static WriteBuffer buffer(long visible) {
        return new BufferMemory(Arena.ofAuto().allocate(4 << 10, 8)).begin(visible);
    }

    /// Every poisoned partition says so in the log.
    @BeforeEach
    void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterEach
    void speakAgain() {
        LOGGER.setLevel(null);
    }

    private void put(int valueLength) {
        long _ = appender.append(BufferEntry.PUT, KEY, 1, new byte[10], valueLength);
    }

    @Test
    void whatComesBehindAWriteThatBrokeOffIsRefused() {
        put(10);
        appender.ensureWhole();
        assertThrows(IndexOutOfBoundsException.class, () -> put(20));
        assertFalse(appender.isWhole());
        assertFalse(poison.isSet());
        assertThrows(PoisonedException.class, appender::ensureWhole);
        assertTrue(poison.isSet());
    }

    @Test
    void aBufferInWhichAWriteBrokeOffIsNotHandedOn() {
        put(10);
        assertThrows(IndexOutOfBoundsException.class, () -> put(20));
        assertThrows(PoisonedException.class, appender::endBuffer);
    }

    @Test
    void theNextWriteGoesToTheFreshBuffer() {
        put(10);
        WriteBuffer full = appender.active();
        appender.endBuffer();
        WriteBuffer fresh = buffer(appender.sequence());
        appender.beginBuffer(fresh);
        assertTrue(appender.isWhole());
        put(10);
        assertEquals(1, full.visible());
        assertEquals(fresh, views.current().active());
        assertEquals(2, appender.sequence());
    }
}

package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treering.CorruptionException;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.PageReference;
import io.treering.internal.format.WalOperation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The replay of a log looks at gaps between records; this looks at one between the tree and the log once more.
final class ReplayedWritesTest {
    private static final int LONGEST_KEY = 1024;

    @ParameterizedTest
    @ValueSource(longs = {0, 4, 5, 7, Long.MAX_VALUE})
    void aWriteThatDoesNotFollowTheTreeIsDamage(long operation) {
        ReplayedWrites writes = new ReplayedWrites("test", null, null, LONGEST_KEY, 5);
        CorruptionException damage = assertThrows(
                CorruptionException.class,
                () -> writes.apply(WalOperation.PUT, 0, MemorySegment.NULL, 0, 0, 0, 0, operation, false));
        assertEquals("write 6 in the log", damage.expected());
    }

    /// A record of the log could hold it, a page could not.
    @Test
    void aKeyThatIsLongerThanAnyCanBeIsDamage() {
        ReplayedWrites writes = new ReplayedWrites("test", null, null, LONGEST_KEY, 5);
        CorruptionException damage = assertThrows(
                CorruptionException.class,
                () -> writes.apply(WalOperation.PUT, 0, MemorySegment.NULL, 0, LONGEST_KEY + 1, 0, 0, 6, false));
        assertEquals("one of 1025", damage.found());
    }

    @Test
    void aRunThatTheFirstPassHasNotFoundWholeEndsTheLog() {
        ReplayedWrites writes = new ReplayedWrites("test", null, new ReplayedRuns(null), LONGEST_KEY, 5);
        MemorySegment reference = Arena.ofAuto().allocate(OverflowReference.BYTES);
        OverflowReference.write(reference, 0, PageReference.of(9, 1), 100);
        assertFalse(writes.verifyOverflow(reference, 0, 0, 0));
    }
}

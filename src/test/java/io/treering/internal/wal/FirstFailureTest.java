package io.treering.internal.wal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoFailureException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class FirstFailureTest {
    private final FirstFailure failure = new FirstFailure();

    @Test
    void withoutAFailureNothingHappens() {
        failure.check();
        assertFalse(failure.isSet());
    }

    @Test
    void theFirstOneIsThrownEachTimeAsItIs() {
        IoFailureException first = new IoFailureException("write of test", 5, "EIO");
        failure.set(first);
        failure.set(new IllegalStateException("and another"));
        assertTrue(failure.isSet());
        assertSame(first, assertThrows(IoFailureException.class, failure::check));
        assertSame(first, assertThrows(IoFailureException.class, failure::check));
    }

    @Test
    void anErrorStaysAnError() {
        Error first = new StackOverflowError();
        failure.set(first);
        assertSame(first, assertThrows(StackOverflowError.class, failure::check));
    }

    /// Whoever abandons a batch may have caught one.
    @Test
    void aCheckedExceptionIsTheCauseOfWhatIsThrown() {
        IOException first = new IOException("read by the caller");
        failure.set(first);
        assertSame(
                first, assertThrows(IllegalStateException.class, failure::check).getCause());
    }
}

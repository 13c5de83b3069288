package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// What a user reads when something has gone wrong.
class ExceptionsTest {
    @Test
    void corruptionSaysWhereAndHow() {
        CorruptionException failure = new CorruptionException("/data/tree", 42, "page id 42", "page id 41");
        assertEquals("/data/tree, page 42: expected page id 42, found page id 41", failure.getMessage());
        assertEquals("/data/tree", failure.device());
        assertEquals(42, failure.page());
        assertEquals("page id 42", failure.expected());
        assertEquals("page id 41", failure.found());
    }

    @Test
    void corruptionOutsideOfAnyPageNamesNone() {
        assertEquals(
                "/data/tree: expected a log record, found zeros",
                new CorruptionException("/data/tree", -1, "a log record", "zeros").getMessage());
    }

    @Test
    void anIoFailureNamesOperationAndError() {
        IoFailureException failure = new IoFailureException("write of 4096 bytes at 8192 of /data/tree", 5, "EIO");
        assertEquals("write of 4096 bytes at 8192 of /data/tree: EIO (errno 5)", failure.getMessage());
        assertEquals("write of 4096 bytes at 8192 of /data/tree", failure.operation());
        assertEquals(5, failure.errno());
        assertEquals("EIO", failure.errnoName());
    }

    @Test
    void anIoFailureWithoutANumberShowsNone() {
        Throwable cause = new IllegalArgumentException();
        IoFailureException failure = new IoFailureException("read", 0, "past the end at 4096", cause);
        assertEquals("read: past the end at 4096", failure.getMessage());
        assertSame(cause, failure.getCause());
    }

    @Test
    void aLockedPartitionNamesItsOwner() {
        long self = ProcessHandle.current().pid();
        assertEquals("/data is locked by process 1", new LockedException("/data", 1).getMessage());
        assertEquals("/data is locked by another process", new LockedException("/data", -1).getMessage());
        assertEquals(
                "/data is locked by this process (pid " + self + ")", new LockedException("/data", self).getMessage());
        assertEquals(1, new LockedException("/data", 1).ownerPid());
    }

    @Test
    void anUnknownFormatNamesBothVersions() {
        UnsupportedFormatException failure = new UnsupportedFormatException("/data/tree", 7, 1);
        assertEquals("/data/tree has format version 7; this release reads version 1", failure.getMessage());
        assertEquals(7, failure.found());
        assertEquals(1, failure.supported());
    }

    @Test
    void aPoisonedPartitionKeepsTheFirstFailure() {
        IoFailureException first = new IoFailureException("sync of /data/tree", 5, "EIO");
        assertSame(first, new PoisonedException("No more writes", first).getCause());
    }

    @Test
    void useAfterCloseIsAnIllegalState() {
        IllegalStateException failure = new ClosedException("Partition /data");
        assertEquals("Partition /data is closed", failure.getMessage());
    }

    @Test
    void whateverGoesWrongIsOfOneKindThatCanGrow() {
        assertTrue(RuntimeException.class.isAssignableFrom(TreeringException.class));
        assertTrue(TreeringException.class.isSealed());
        assertTrue(
                !Modifier.isAbstract(TreeringException.class.getModifiers()),
                "or a switch over its kinds could do without a default, and break when there is another kind");
        assertEquals(7, TreeringException.class.getPermittedSubclasses().length);
        assertTrue(Arrays.stream(TreeringException.class.getPermittedSubclasses())
                .allMatch(kind -> Modifier.isFinal(kind.getModifiers()) && Modifier.isPublic(kind.getModifiers())));
    }
}

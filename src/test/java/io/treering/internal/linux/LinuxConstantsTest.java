package io.treering.internal.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoFailureException;
import io.treering.NoSpaceException;
import io.treering.internal.linux.ffi.Linux;
import io.treering.internal.linux.ffi.iovec;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// What is written out by hand is what the generated bindings say, where they say anything.
class LinuxConstantsTest {
    @Test
    void errorNumbersAreThoseOfTheBindings() throws ReflectiveOperationException {
        assertTrue(compare(Errno.class) > 20);
        for (Field field : Errno.class.getDeclaredFields()) {
            if (field.getType() == int.class) {
                assertEquals(field.getName(), Errno.name(field.getInt(null)));
            }
        }
        assertEquals("error", Errno.name(4000));
    }

    @Test
    void constantsAreThoseOfTheBindings() throws ReflectiveOperationException {
        Assumptions.assumeTrue(
                System.getProperty("os.arch").equals("amd64"), "skipped: the bindings were generated on x86-64");
        assertTrue(compare(LinuxConstants.class) > 15);
    }

    @Test
    void layoutsAreAsDrawn() throws Exception {
        LayoutTable.check(Statx.class, 5);
        LayoutTable.check(Statfs.class, 2);
        LayoutTable.check(FileLockRecord.class, 1);
        LayoutTable.check(IoVectors.class, 2);
        assertEquals(iovec.layout().byteSize(), IoVectors.SIZE);
        assertEquals(iovec.iov_base$offset(), IoVectors.ADDRESS);
        assertEquals(iovec.iov_len$offset(), IoVectors.LENGTH);
    }

    @Test
    void aFullVolumeQuotaOrLimitIsWantOfSpaceAndTheRestIsFailure() {
        for (int errno : new int[] {Errno.ENOSPC, Errno.EDQUOT, Errno.EFBIG}) {
            assertInstanceOf(NoSpaceException.class, Errno.failure("write", errno));
        }
        IoFailureException e = assertInstanceOf(IoFailureException.class, Errno.failure("write of x", Errno.EIO));
        assertEquals("write of x: EIO (errno 5)", e.getMessage());
    }

    /// Compares each constant of which the bindings have one by that name, and returns how many there were.
    private static int compare(Class<?> constants) throws ReflectiveOperationException {
        int compared = 0;
        for (Field field : constants.getDeclaredFields()) {
            if (!Modifier.isPublic(field.getModifiers())) {
                continue;
            }
            Method generated;
            try {
                generated = Linux.class.getMethod(field.getName());
            } catch (NoSuchMethodException e) {
                continue;
            }
            long expected = ((Number) generated.invoke(null)).longValue();
            assertEquals(expected, ((Number) field.get(null)).longValue(), field.getName());
            compared++;
        }
        return compared;
    }
}

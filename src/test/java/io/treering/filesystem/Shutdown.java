package io.treering.filesystem;

import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// Ways to shut a file system down under its users.
@SuppressWarnings("restricted")
enum Shutdown {
    /// Everything that is dirty is written first.
    FLUSHED(0),

    /// The file system's log is written first, and no data.
    LOG_FLUSHED(1),

    /// At once.
    AT_ONCE(2);

    private static final long FS_IOC_SHUTDOWN = 0x8004_587dL;

    private static final MethodHandle IOCTL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                    Linker.Option.firstVariadicArg(2));

    private final int flag;

    Shutdown(int flag) {
        this.flag = flag;
    }

    void shutDown(Path directory) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(directory.toString());
            int descriptor = SystemCalls.open(path.address(), LinuxConstants.O_RDONLY, 0);
            int result = (int)
                    IOCTL.invokeExact(descriptor, FS_IOC_SHUTDOWN, arena.allocateFrom(ValueLayout.JAVA_INT, flag));
            SystemCalls.close(descriptor);
            if (descriptor < 0 || result != 0) {
                throw new IllegalStateException(
                        "cannot shut down " + directory + ": open " + descriptor + ", ioctl " + result);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}

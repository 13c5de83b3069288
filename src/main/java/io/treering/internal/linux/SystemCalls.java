package io.treering.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The system calls of this library: each returns what the call returned, or the **negated error number**.
///
/// Addresses are plain longs: handing over a segment of a shared arena costs a contended compare-and-set a call, and
/// who calls keeps the memory alive anyway.
///
/// **One handle for all.** Every function is called through one downcall handle of seven longs. Linking a handle of a
/// shape of its own takes 10 to 20 ms for each shape, which opening the first partition could not afford. It is sound
/// on the 64-bit Linux ABIs: integers travel in registers of the same kind whatever their width, sign-extended here
/// as the strictest of them asks for; a function does not look at arguments that it does not have; and variadic ones
/// take theirs in the same places. Of a result of type `int`, only the lower half is looked at.
///
/// Never made with [Linker.Option#critical]: a call that blocks would stall every garbage collection.
public final class SystemCalls {
    private static final long NR_IO_URING_SETUP = 425;
    private static final long NR_IO_URING_ENTER = 426;
    private static final long NR_IO_URING_REGISTER = 427;

    private SystemCalls() {}

    /// Whether system calls can be made here.
    public static boolean available() {
        return Link.REFUSAL == null;
    }

    /// Why no system calls can be made here, or null if they can.
    public static @Nullable String refusal() {
        return Link.REFUSAL;
    }

    /// `path` is the address of a string that ends with a zero byte.
    public static int open(long path, int flags, int mode) {
        return call(Functions.OPEN, path, flags, mode, 0, 0, 0, 0);
    }

    public static int close(int descriptor) {
        return call(Functions.CLOSE, descriptor, 0, 0, 0, 0, 0, 0);
    }

    public static long pread(int descriptor, long address, long length, long position) {
        return callLong(Functions.PREAD, descriptor, address, length, position, 0, 0, 0);
    }

    public static long pwrite(int descriptor, long address, long length, long position) {
        return callLong(Functions.PWRITE, descriptor, address, length, position, 0, 0, 0);
    }

    public static long pwritev(int descriptor, long vectors, int count, long position) {
        return callLong(Functions.PWRITEV, descriptor, vectors, count, position, 0, 0, 0);
    }

    /// A write whose outcome does not matter, to an eventfd. Unlike the others, it needs no memory of the thread's own,
    /// which for each of very many virtual threads would be too much.
    public static void signal(int descriptor, long address, long length) {
        long ignored = invoke(Functions.WRITE, Link.NOBODYS_STATE, descriptor, address, length, 0, 0, 0, 0);
        assert ignored == length || ignored == -1;
    }

    public static int fsync(int descriptor) {
        return call(Functions.FSYNC, descriptor, 0, 0, 0, 0, 0, 0);
    }

    public static int fdatasync(int descriptor) {
        return call(Functions.FDATASYNC, descriptor, 0, 0, 0, 0, 0, 0);
    }

    public static int ftruncate(int descriptor, long size) {
        return call(Functions.FTRUNCATE, descriptor, size, 0, 0, 0, 0, 0);
    }

    public static int fallocate(int descriptor, int mode, long position, long length) {
        return call(Functions.FALLOCATE, descriptor, mode, position, length, 0, 0, 0);
    }

    public static int fcntl(int descriptor, int command, long argument) {
        return call(Functions.FCNTL, descriptor, command, argument, 0, 0, 0, 0);
    }

    /// The state of an open file, of which `buffer` (256 bytes, see [Statx]) is filled.
    public static int statx(int descriptor, int mask, long buffer) {
        MemorySegment function = Functions.STATX;
        if (function == null) {
            return -Errno.ENOSYS;
        }
        return call(
                function,
                descriptor,
                Functions.EMPTY_STRING.address(),
                LinuxConstants.AT_EMPTY_PATH,
                mask,
                buffer,
                0,
                0);
    }

    /// The state of the file system of an open file, of which `buffer` (120 bytes, see [Statfs]) is filled.
    public static int fstatfs(int descriptor, long buffer) {
        return call(Functions.FSTATFS, descriptor, buffer, 0, 0, 0, 0, 0);
    }

    public static int getrlimit(int resource, long buffer) {
        return call(Functions.GETRLIMIT, resource, buffer, 0, 0, 0, 0, 0);
    }

    public static int getpid() {
        return call(Functions.GETPID, 0, 0, 0, 0, 0, 0, 0);
    }

    public static int eventfd(int flags) {
        return call(Functions.EVENTFD, 0, flags, 0, 0, 0, 0, 0);
    }

    public static long mmap(long bytes, int protection, int flags, int descriptor, long offset) {
        return callLong(Functions.MMAP, 0, bytes, protection, flags, descriptor, offset, 0);
    }

    public static int munmap(long address, long bytes) {
        return call(Functions.MUNMAP, address, bytes, 0, 0, 0, 0, 0);
    }

    public static int madvise(long address, long bytes, int advice) {
        return call(Functions.MADVISE, address, bytes, advice, 0, 0, 0, 0);
    }

    public static int uringSetup(int entries, long parameters) {
        return (int) callLong(Functions.SYSCALL, NR_IO_URING_SETUP, entries, parameters, 0, 0, 0, 0);
    }

    public static int uringEnter(int ring, int submit, int complete, int flags) {
        return (int) callLong(Functions.SYSCALL, NR_IO_URING_ENTER, ring, submit, complete, flags, 0, 0);
    }

    public static int uringRegister(int ring, int operation, long argument, int count) {
        return (int) callLong(Functions.SYSCALL, NR_IO_URING_REGISTER, ring, operation, argument, count, 0, 0);
    }

    /// For functions that return an `int`: the upper half of the register may hold anything.
    private static int call(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
        MemorySegment state = Link.STATE.get();
        int result = (int) invoke(function, state, a, b, c, d, e, f, g);
        return result == -1 ? -state.get(JAVA_INT, 0) : result;
    }

    private static long callLong(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
        MemorySegment state = Link.STATE.get();
        long result = invoke(function, state, a, b, c, d, e, f, g);
        return result == -1 ? -state.get(JAVA_INT, 0) : result;
    }

    private static long invoke(
            MemorySegment function, MemorySegment state, long a, long b, long c, long d, long e, long f, long g) {
        MethodHandle handle = Link.CALL;
        if (handle == null) {
            throw new UnsupportedOperationException(Link.REFUSAL);
        }
        try {
            return (long) handle.invokeExact(function, state, a, b, c, d, e, f, g);
        } catch (RuntimeException | Error unexpected) {
            throw unexpected;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /// The handle, linked at first use.
    @SuppressWarnings("restricted")
    private static final class Link {
        static final @Nullable String REFUSAL;
        static final @Nullable MethodHandle CALL;

        /// Where errno lands: memory of each thread's own.
        static final ThreadLocal<MemorySegment> STATE =
                ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

        /// Written by any thread, read by none.
        static final MemorySegment NOBODYS_STATE = Arena.global().allocate(Linker.Option.captureStateLayout());

        static {
            String refusal = platformRefusal();
            MethodHandle call = null;
            if (refusal == null) {
                try {
                    Linker linker = Linker.nativeLinker();
                    call = linker.downcallHandle(
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                    JAVA_LONG),
                            Linker.Option.captureCallState("errno"));
                } catch (IllegalCallerException e) {
                    Module module = SystemCalls.class.getModule();
                    refusal = "native access is denied; start Java with --enable-native-access="
                            + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
                } catch (UnsupportedOperationException e) {
                    refusal = "this Java has no native linker";
                }
            }
            REFUSAL = refusal;
            CALL = call;
        }

        private static @Nullable String platformRefusal() {
            String system = System.getProperty("os.name", "unknown");
            String architecture = System.getProperty("os.arch", "unknown");
            if (!system.toLowerCase(Locale.ROOT).equals("linux")) {
                return "system calls are made on Linux only, and this is " + system;
            }
            return switch (architecture) {
                case "amd64", "x86_64", "aarch64", "riscv64" -> null;
                default -> "system calls are not made on " + architecture;
            };
        }
    }

    /// The functions of the C library.
    private static final class Functions {
        private static final SymbolLookup LIBRARY = Linker.nativeLinker().defaultLookup();

        static final MemorySegment SYSCALL = LIBRARY.findOrThrow("syscall");
        static final MemorySegment OPEN = LIBRARY.findOrThrow("open");
        static final MemorySegment CLOSE = LIBRARY.findOrThrow("close");
        static final MemorySegment PREAD = LIBRARY.findOrThrow("pread");
        static final MemorySegment PWRITE = LIBRARY.findOrThrow("pwrite");
        static final MemorySegment PWRITEV = LIBRARY.findOrThrow("pwritev");
        static final MemorySegment WRITE = LIBRARY.findOrThrow("write");
        static final MemorySegment FSYNC = LIBRARY.findOrThrow("fsync");
        static final MemorySegment FDATASYNC = LIBRARY.findOrThrow("fdatasync");
        static final MemorySegment FTRUNCATE = LIBRARY.findOrThrow("ftruncate");
        static final MemorySegment FALLOCATE = LIBRARY.findOrThrow("fallocate");
        static final MemorySegment FCNTL = LIBRARY.findOrThrow("fcntl");
        static final MemorySegment FSTATFS = LIBRARY.findOrThrow("fstatfs");
        static final MemorySegment GETRLIMIT = LIBRARY.findOrThrow("getrlimit");
        static final MemorySegment GETPID = LIBRARY.findOrThrow("getpid");
        static final MemorySegment EVENTFD = LIBRARY.findOrThrow("eventfd");
        static final MemorySegment MMAP = LIBRARY.findOrThrow("mmap");
        static final MemorySegment MUNMAP = LIBRARY.findOrThrow("munmap");
        static final MemorySegment MADVISE = LIBRARY.findOrThrow("madvise");

        /// Absent from old C libraries.
        static final @Nullable MemorySegment STATX = LIBRARY.find("statx").orElse(null);

        static final MemorySegment EMPTY_STRING = Arena.global().allocateFrom("");
    }
}

package io.treering.testing;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Forbids this process system calls for the rest of its life, as sandboxes do: a seccomp filter that answers with an
/// error number of choice. Several add up; where two speak of the same call, the later one counts.
public final class SystemCallFilter {
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;

    private static final short LOAD_WORD = 0x20;
    private static final short JUMP_IF_EQUAL = 0x15;
    private static final short RETURN = 0x06;
    private static final int ALLOW = 0x7fff0000;
    private static final int ERRNO = 0x00050000;

    // Offsets in what the filter sees of a call: its number, the machine.
    private static final int NUMBER = 0;
    private static final int MACHINE = 4;

    /// Instructions of eight bytes.
    private static final int INSTRUCTION = 8;

    private SystemCallFilter() {}

    /// Whether filters can be made here: on Linux, for the machines whose numbers are known.
    public static boolean isAvailable() {
        return System.getProperty("os.name").equals("Linux") && machine() != 0;
    }

    private static boolean isX86() {
        return System.getProperty("os.arch").equals("amd64");
    }

    private static int machine() {
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> 0xC000003E;
            case "aarch64" -> 0xC00000B7;
            default -> 0;
        };
    }

    /// The number of a system call on this machine.
    public static int number(String name) {
        return switch (name) {
            case "io_uring_setup" -> 425;
            case "io_uring_enter" -> 426;
            case "io_uring_register" -> 427;
            case "fsync" -> isX86() ? 74 : 82;
            case "fdatasync" -> isX86() ? 75 : 83;
            case "fallocate" -> isX86() ? 285 : 47;
            case "fstatfs" -> isX86() ? 138 : 44;
            default -> throw new IllegalArgumentException(name);
        };
    }

    /// From now on, on every thread, the call fails with an error number.
    public static void forbid(String call, int errno) {
        install(number(call), errno);
    }

    @SuppressWarnings("restricted")
    private static void install(int number, int errno) {
        try (Arena arena = Arena.ofConfined()) {
            Program program = new Program(arena, 6);
            program.add(LOAD_WORD, 0, 0, MACHINE);
            program.add(JUMP_IF_EQUAL, 0, 2, machine());
            program.add(LOAD_WORD, 0, 0, NUMBER);
            program.add(JUMP_IF_EQUAL, 1, 0, number);
            program.add(RETURN, 0, 0, ALLOW);
            program.add(RETURN, 0, 0, ERRNO | errno);
            MemorySegment header = arena.allocate(16, 8);
            header.set(JAVA_SHORT, 0, (short) program.length);
            header.set(ADDRESS, 8, program.memory);

            Linker linker = Linker.nativeLinker();
            MethodHandle prctl = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("prctl"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));
            MethodHandle syscall = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS),
                    Linker.Option.firstVariadicArg(1));
            require((int) prctl.invokeExact(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), "prctl");
            long seccomp = isX86() ? 317 : 277;
            require(
                    (long) syscall.invokeExact(
                            seccomp, (long) SECCOMP_SET_MODE_FILTER, (long) SECCOMP_FILTER_FLAG_TSYNC, header),
                    "seccomp");
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static void require(long result, String call) {
        if (result != 0) {
            throw new IllegalStateException(call + " refused: " + result);
        }
    }

    private static final class Program {
        private final MemorySegment memory;
        private int length;

        Program(Arena arena, int instructions) {
            memory = arena.allocate((long) instructions * INSTRUCTION, 8);
        }

        /// @param ifTrue how many instructions a jump skips, and so for `ifFalse`
        void add(short code, int ifTrue, int ifFalse, int operand) {
            long at = (long) length++ * INSTRUCTION;
            memory.set(JAVA_SHORT, at, code);
            memory.set(JAVA_BYTE, at + 2, (byte) ifTrue);
            memory.set(JAVA_BYTE, at + 3, (byte) ifFalse);
            memory.set(JAVA_INT, at + 4, operand);
        }
    }
}

package io.treering.internal.linux;

import static io.treering.internal.linux.LinuxConstants.MADV_HUGEPAGE;
import static io.treering.internal.linux.LinuxConstants.MAP_ANONYMOUS;
import static io.treering.internal.linux.LinuxConstants.MAP_NORESERVE;
import static io.treering.internal.linux.LinuxConstants.MAP_PRIVATE;
import static io.treering.internal.linux.LinuxConstants.PROT_READ;
import static io.treering.internal.linux.LinuxConstants.PROT_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory from the operating system, in whole pages and aligned.
///
/// The one class that calls [MemorySegment#reinterpret], which is the one way to make an invalid access out of Java.
public final class NativeMemory {
    private static final long HUGE_PAGE = 2L << 20;
    static final long PAGE = 4096;

    private NativeMemory() {}

    /// Memory that takes room only where it was touched, reads as zeros before, and is unmapped when the arena closes.
    /// It is aligned to 2 MiB if it is at least as large, else to 4 KiB; `hugePages` asks for huge pages there.
    ///
    /// Where there is no `mmap`, the arena allocates it, which touches all of it.
    public static MemorySegment map(long bytes, boolean hugePages, Arena arena) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(bytes + " bytes: must be positive");
        }
        if (!SystemCalls.available()) {
            return arena.allocate(bytes, PAGE);
        }
        long length = roundUp(bytes, PAGE);
        long alignment = length >= HUGE_PAGE ? HUGE_PAGE : PAGE;
        long mapped = length + alignment - PAGE;
        long start =
                SystemCalls.mmap(mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (start < 0) {
            throw new OutOfMemoryError("mmap of " + mapped + " bytes: " + Errno.name((int) -start));
        }
        // Only the aligned part is kept: the edges go back at once.
        long aligned = roundUp(start, alignment);
        unmap(start, aligned - start);
        unmap(aligned + length, start + mapped - aligned - length);
        if (hugePages && alignment == HUGE_PAGE) {
            // A wish, not a need: refused where the kernel was built without huge pages.
            SystemCalls.madvise(aligned, length, MADV_HUGEPAGE);
        }
        return owned(aligned, bytes, arena, length);
    }

    /// Memory of a file descriptor, such as the rings that the kernel shares, unmapped when the arena closes. A negated
    /// error number is thrown as [io.treering.IoFailureException].
    public static MemorySegment mapShared(int descriptor, long offset, long bytes, Arena arena) {
        int flags = LinuxConstants.MAP_SHARED | LinuxConstants.MAP_POPULATE;
        long start = SystemCalls.mmap(bytes, PROT_READ | PROT_WRITE, flags, descriptor, offset);
        if (start < 0) {
            throw Errno.failure("mmap of " + bytes + " bytes of a ring", (int) -start);
        }
        return owned(start, bytes, arena, bytes);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment owned(long start, long bytes, Arena arena, long length) {
        return MemorySegment.ofAddress(start).reinterpret(bytes, arena, ignored -> unmap(start, length));
    }

    private static void unmap(long start, long length) {
        if (length > 0) {
            SystemCalls.munmap(start, length);
        }
    }

    private static long roundUp(long value, long powerOfTwo) {
        return (value + powerOfTwo - 1) & -powerOfTwo;
    }
}

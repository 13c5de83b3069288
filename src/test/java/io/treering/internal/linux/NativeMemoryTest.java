package io.treering.internal.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
    @Test
    void mappedMemoryIsZeroAlignedAndGoneWithItsArena() {
        MemorySegment kept;
        try (Arena arena = Arena.ofShared()) {
            for (long bytes : new long[] {1, 4096, 5000, (2 << 20) - 1, 2 << 20, (6 << 20) + 4096}) {
                for (boolean huge : new boolean[] {false, true}) {
                    MemorySegment memory = NativeMemory.map(bytes, huge, arena);
                    assertEquals(bytes, memory.byteSize());
                    assertEquals(0, memory.address() % (bytes >= 2 << 20 ? 2 << 20 : 4096));
                    assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 0));
                    assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, bytes - 1));
                    memory.fill((byte) 1);
                }
            }
            kept = NativeMemory.map(4096, false, arena);
        }
        assertThrows(IllegalStateException.class, () -> kept.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void memoryThatIsNotTouchedTakesNone() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = NativeMemory.map(1L << 40, false, arena);
            memory.set(ValueLayout.JAVA_LONG, (1L << 40) - 8, 7);
            assertEquals(7, memory.get(ValueLayout.JAVA_LONG, (1L << 40) - 8));
        }
    }

    @Test
    void nothingIsNotMapped() {
        assertThrows(IllegalArgumentException.class, () -> NativeMemory.map(0, false, Arena.global()));
        assertThrows(IllegalArgumentException.class, () -> NativeMemory.map(-4096, false, Arena.global()));
    }

    @Test
    void whatSystemCallsSayIsNegatedWhenItIsAnError() {
        assertEquals(-Errno.EBADF, SystemCalls.close(-1));
        assertEquals(-Errno.EBADF, SystemCalls.pread(-1, 0, 0, 0));
        assertEquals(-Errno.EINVAL, SystemCalls.madvise(1, 1, 0));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/does/not/exist");
            assertEquals(-Errno.ENOENT, SystemCalls.open(path.address(), LinuxConstants.O_RDONLY, 0));
        }
    }
}

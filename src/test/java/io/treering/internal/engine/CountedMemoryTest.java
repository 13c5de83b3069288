package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CountedMemoryTest {
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    /// What is there, and what is counted, whatever is taken and given back.
    @Test
    void whatIsCountedIsWhatIsThere() {
        Random random = new Random(SEED);
        try (Arena arena = EngineRuntime.threads().openArena()) {
            CountedMemory memory = new CountedMemory(arena, EngineRuntime.threads());
            List<CountedMemory.Loan> loans = new ArrayList<>();
            long kept = 0;
            for (int step = 0; step < 500; step++) {
                int size = random.nextInt(4) == 0 ? random.nextInt(1 << 20) : random.nextInt(10_000);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        MemorySegment pages = memory.allocate(1 + size);
                        assertEquals(1 + size, pages.byteSize());
                        assertEquals(0, pages.address() % 4096);
                        kept += (pages.byteSize() + 4095) / 4096 * 4096;
                    }
                    case 1 -> {
                        CountedMemory.Loan loan = memory.borrow(size);
                        assertEquals(size, loan.memory().byteSize());
                        loan.memory().fill((byte) 1);
                        loans.add(loan);
                    }
                    default -> {
                        if (!loans.isEmpty()) {
                            loans.remove(random.nextInt(loans.size())).close();
                        }
                    }
                }
                long least = kept;
                for (CountedMemory.Loan loan : loans) {
                    least += loan.memory().byteSize();
                }
                long most = least + loans.size() * 4095L;
                long counted = memory.bytes();
                assertTrue(
                        counted >= least && counted <= most,
                        () -> counted + " bytes are counted, at least " + most + " are there, seed " + SEED);
            }
            loans.forEach(CountedMemory.Loan::close);
            assertEquals(kept, memory.bytes());
        }
    }

    @Test
    void whatWasGivenBackIsGone() {
        try (Arena arena = EngineRuntime.threads().openArena()) {
            CountedMemory memory = new CountedMemory(arena, EngineRuntime.threads());
            for (long size : new long[] {0, 1, 4_096, 1 << 20}) {
                CountedMemory.Loan loan = memory.borrow(size);
                MemorySegment borrowed = loan.memory();
                assertTrue(borrowed.scope().isAlive());
                loan.close();
                assertFalse(borrowed.scope().isAlive());
                assertThrows(RuntimeException.class, () -> borrowed.get(ValueLayout.JAVA_BYTE, 0));
                assertThrows(IllegalStateException.class, loan::close);
                assertEquals(0, memory.bytes());
            }
        }
    }
}

package io.treering.internal.cache;

import io.treering.internal.bytes.MemoryAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// One [ResidencyWord] a page id, off-heap, in chunks that are added as the store grows. Chunks are never moved or
/// given back, so that readers need no protection against growth: they meet an array of chunks that is old, or the
/// new one.
///
/// Ids at or past [#pages] are outside: nobody asks for their words.
final class TranslationTable {
    static final int CHUNK_SHIFT = 16;
    private static final int CHUNK_WORDS = 1 << CHUNK_SHIFT;
    private static final int CHUNK_MASK = CHUNK_WORDS - 1;
    private static final int WORD_SHIFT = 3;

    /// Memory only, so in the machine's own byte order.
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final MemoryAllocator memory;

    /// Replaced as a whole, by [#resize] only.
    private volatile MemorySegment[] chunks = {};

    private volatile int pages;

    TranslationTable(MemoryAllocator memory) {
        this.memory = memory;
    }

    int pages() {
        return pages;
    }

    /// Bytes of the allocator's memory that the table has taken.
    long bytes() {
        return ((long) chunks.length * CHUNK_WORDS) << WORD_SHIFT;
    }

    /// Makes the ids below `newPages` valid, and no others. Memory once taken stays.
    synchronized void resize(int newPages) {
        int needed = (int) ((newPages + (long) CHUNK_MASK) >>> CHUNK_SHIFT);
        MemorySegment[] old = chunks;
        if (needed > old.length) {
            MemorySegment[] grown = Arrays.copyOf(old, needed);
            for (int i = old.length; i < needed; i++) {
                grown[i] = memory.allocate((long) CHUNK_WORDS << WORD_SHIFT);
            }
            chunks = grown;
        }
        pages = newPages;
    }

    /// The word of an id, or a word of zeros, as of an absent page, if no chunk covers it.
    long getOrAbsent(int page) {
        MemorySegment[] current = chunks;
        int chunk = page >>> CHUNK_SHIFT;
        return chunk < current.length ? (long) WORD.getAcquire(current[chunk], offset(page)) : ResidencyWord.ABSENT;
    }

    long getAcquire(int page) {
        return (long) WORD.getAcquire(chunks[page >>> CHUNK_SHIFT], offset(page));
    }

    long getOpaque(int page) {
        return (long) WORD.getOpaque(chunks[page >>> CHUNK_SHIFT], offset(page));
    }

    /// A read that takes part in the total order of the compare-and-sets and of the pin counts.
    long getVolatile(int page) {
        return (long) WORD.getVolatile(chunks[page >>> CHUNK_SHIFT], offset(page));
    }

    boolean compareAndSet(int page, long expected, long word) {
        return WORD.compareAndSet(chunks[page >>> CHUNK_SHIFT], offset(page), expected, word);
    }

    private static long offset(int page) {
        return (long) (page & CHUNK_MASK) << WORD_SHIFT;
    }
}

package io.treering.internal.cache;

import io.treering.internal.format.PageAnomaly;
import io.treering.testing.Linearizability;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Residency words and frames under readers, an evicting clock and a writer that uses page ids again: to its readers,
/// each page is a variable.
@Tag("lincheck")
final class PageCacheLincheckTest {
    private static final int KEYS = 3;
    private static final int SPARE_PAGES = 1;

    @Test
    void aReadGivesWhatWasWrittenLast() {
        Linearizability.assertSound(Linearizability.stressed(2, 1_000), Pages.class);
    }

    @Test
    void aReaderThatDoesNotLookAtTheWordAgainIsSeenToBeWrong() {
        Linearizability.assertBroken(
                Linearizability.stressed(0, 300_000)
                        .addCustomScenario(Linearizability.scenario(
                                UncheckedPages.class,
                                "read 0, read 1, read 0, read 1, read 0",
                                "write 0, write 1, write 0, write 1, write 0")),
                UncheckedPages.class);
    }

    private record Reference(int page, int crc, long birth) {}

    /// Fewer frames than keys, so that each read is likely to evict another key's page.
    abstract static class Cells {
        /// One for all instances, which come by the thousand; each counts from what it finds.
        private static final CacheFixture FIXTURE = new CacheFixture(2, KEYS + SPARE_PAGES);

        private static final AtomicReferenceArray<Reference> CURRENT = new AtomicReferenceArray<>(KEYS);
        private static final ArrayDeque<Integer> FREE = new ArrayDeque<>();
        private static long births = 1;

        static {
            for (int key = 0; key < KEYS; key++) {
                CURRENT.set(key, new Reference(key, FIXTURE.crc(key), 1));
            }
            for (int page = KEYS; page < KEYS + SPARE_PAGES; page++) {
                FREE.add(page);
            }
        }

        private final long[] first = new long[KEYS];
        private final long start = births;
        private final boolean looksAgain;

        Cells(boolean looksAgain) {
            this.looksAgain = looksAgain;
            for (int key = 0; key < KEYS; key++) {
                first[key] = CURRENT.get(key).birth;
            }
        }

        /// The number of the write that the key shows, 0 for what this instance found.
        final long readCell(int key) {
            while (true) {
                Reference reference = CURRENT.get(key);
                try {
                    long word = FIXTURE.cache.acquire(reference.page, reference.crc);
                    long birth = FIXTURE.birth(reference.page, word);
                    if (!looksAgain || (FIXTURE.cache.holds(reference.page, word) && birth == reference.birth)) {
                        return birth == first[key] ? 0 : birth - start;
                    }
                } catch (PageAnomaly overtaken) {
                    Thread.onSpinWait();
                }
            }
        }

        /// By one thread at a time.
        final void writeCell(int key) {
            Reference old = CURRENT.get(key);
            int page = FREE.removeFirst();
            FIXTURE.cache.own(page);
            FIXTURE.rewrite(page, ++births);
            FIXTURE.cache.settle(page, FIXTURE.staging, 0, births % 3 != 0);
            CURRENT.set(key, new Reference(page, FIXTURE.crc(page), births));
            FIXTURE.cache.drop(old.page);
            FREE.addLast(old.page);
        }
    }

    @Param(name = "key", gen = IntGen.class, conf = "0:2")
    public static final class Pages extends Cells {
        public Pages() {
            super(true);
        }

        @Operation
        public long read(@Param(name = "key") int key) {
            return readCell(key);
        }

        @Operation(nonParallelGroup = "writer")
        public void write(@Param(name = "key") int key) {
            writeCell(key);
        }
    }

    /// Broken on purpose: a reader believes what it has read.
    @Param(name = "key", gen = IntGen.class, conf = "0:2")
    public static final class UncheckedPages extends Cells {
        public UncheckedPages() {
            super(false);
        }

        @Operation
        public long read(@Param(name = "key") int key) {
            return readCell(key);
        }

        @Operation(nonParallelGroup = "writer")
        public void write(@Param(name = "key") int key) {
            writeCell(key);
        }
    }
}

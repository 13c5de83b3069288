package io.treering.internal.freelist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ReuseGateTest {
    private final ReuseGate gate = new ReuseGate();
    private final TreeSet<Integer> released = new TreeSet<>();

    private void free(long freedAt, long birth, int first, int pages) {
        PageRuns freed = new PageRuns();
        freed.add(first, pages, birth);
        gate.add(freedAt, freed, false);
    }

    private TreeSet<Integer> release(long... needed) {
        gate.release(needed, 0, (from, to) -> {
            for (int page = from; page < to; page++) {
                released.add(page);
            }
        });
        return released;
    }

    @Test
    void aPageIsHeldByTreesFromItsBirthToBeforeItsFreeing() {
        for (long needed = 1; needed <= 6; needed++) {
            ReuseGateTest fresh = new ReuseGateTest();
            fresh.free(5, 3, 100, 1);
            boolean held = needed >= 3 && needed < 5;
            assertEquals(held ? 0 : 1, fresh.release(needed).size(), "needed " + needed);
            assertEquals(held ? 1 : 0, fresh.gate.pages());
        }
    }

    @Test
    void aPageBornAfterAllOlderNeededTreesIsReusedAtOnce() {
        free(9, 7, 100, 3);
        assertEquals(3, release(6, 9, 2).size());
    }

    @Test
    void whatNoDurableRootEverReachedWaitsForViewsOnly() {
        for (boolean neverDurable : new boolean[] {false, true}) {
            ReuseGateTest fresh = new ReuseGateTest();
            PageRuns freed = new PageRuns();
            freed.add(100, 3, 1);
            fresh.gate.add(9, freed, neverDurable);
            TreeSet<Integer> out = new TreeSet<>();
            ReuseGate.Sink sink = (from, to) -> out.add(to - from);
            fresh.gate.release(new long[] {5, 9}, 2, sink);
            assertEquals(3, fresh.gate.pages(), "a view is open");
            fresh.gate.release(new long[] {9}, 2, sink);
            assertEquals(neverDurable ? 0 : 3, fresh.gate.pages(), "the durable root is older");
            fresh.gate.release(new long[] {9}, 9, sink);
            assertEquals(new TreeSet<>(List.of(3)), out);
        }
    }

    @Test
    void anOldSnapshotHoldsOnlyWhatItCanReach() {
        free(10, 2, 100, 1);
        free(10, 6, 101, 1);
        free(11, 10, 102, 1);
        assertEquals(new TreeSet<>(List.of(101, 102)), release(5, 11));
        assertEquals(new TreeSet<>(List.of(100, 101, 102)), release(11));
    }

    record Freed(int birth, int life) {}

    @Provide
    Arbitrary<List<Freed>> freedPages() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 20),
                        Arbitraries.integers().between(1, 12))
                .as(Freed::new)
                .list()
                .ofMaxSize(40);
    }

    /// Needed generations change in any order here; an engine only adds greater ones.
    @Property(tries = 300)
    void exactlyThePagesThatNoNeededTreeReachesAreReleased(
            @ForAll("freedPages") List<Freed> pages, @ForAll("neededLists") List<List<Integer>> neededLists) {
        ReuseGateTest fresh = new ReuseGateTest();
        TreeSet<Integer> expected = new TreeSet<>();
        for (int page = 0; page < pages.size(); page++) {
            Freed freed = pages.get(page);
            fresh.free(freed.birth() + freed.life(), freed.birth(), page, 1);
        }
        for (List<Integer> needed : neededLists) {
            for (int page = 0; page < pages.size(); page++) {
                Freed freed = pages.get(page);
                boolean held = needed.stream().anyMatch(g -> freed.birth() <= g && g < freed.birth() + freed.life());
                if (!held) {
                    expected.add(page);
                }
            }
            long[] array = needed.stream().mapToLong(Integer::longValue).toArray();
            assertEquals(expected, fresh.release(array));
            assertEquals(pages.size() - expected.size(), fresh.gate.pages());
        }
    }

    @Provide
    Arbitrary<List<List<Integer>>> neededLists() {
        return Arbitraries.integers()
                .between(1, 33)
                .list()
                .ofMaxSize(5)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    @Test
    void pagesOfOneMergeAreReleasedOneByOne() {
        PageRuns freed = new PageRuns();
        List<Integer> births = new ArrayList<>(List.of(4, 8, 1, 6, 2));
        for (int birth : births) {
            freed.add(birth * 10, 10, birth);
        }
        gate.add(9, freed, false);
        assertEquals(10, release(9, 7).size());
        assertEquals(20, release(9, 5).size());
        assertEquals(20, release(9, 5, 8).size());
        assertEquals(40, release(9, 1).size());
        assertEquals(10, gate.pages());
        assertEquals(50, release(9).size());
    }
}

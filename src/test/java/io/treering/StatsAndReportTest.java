package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatsAndReportTest {
    private static final String NEW_LINE = System.lineSeparator();

    /// By reflection, so that a figure that is set in one place and read from another cannot go unnoticed.
    @Test
    void everyFigureIsReadWhereItWasSetAndNowhereElse() throws ReflectiveOperationException {
        List<Method> setters = Arrays.stream(PartitionStats.Builder.class.getMethods())
                .filter(method -> method.getParameterCount() == 1
                        && (method.getParameterTypes()[0] == long.class || method.getParameterTypes()[0] == int.class))
                .filter(method -> method.getReturnType() == PartitionStats.Builder.class)
                .toList();
        assertTrue(setters.size() >= 20, () -> "setters: " + setters);
        for (Method setter : setters) {
            PartitionStats.Builder builder = PartitionStats.builder("memory", IoBackend.AUTO, "no file");
            if (setter.getParameterTypes()[0] == int.class) {
                setter.invoke(builder, 7_654_321);
            } else {
                setter.invoke(builder, 7_654_321L);
            }
            PartitionStats stats = builder.build();
            for (Method other : setters) {
                Number figure =
                        (Number) PartitionStats.class.getMethod(other.getName()).invoke(stats);
                assertEquals(other.equals(setter) ? 7_654_321L : 0L, figure.longValue(), other::getName);
            }
            assertTrue(stats.toString().matches("(?s).*7[,.]654.*"), stats::toString);
        }
    }

    @Test
    void statsShowBackendReasonAgeAndFailure() {
        IoFailureException failure = new IoFailureException("sync of /data/tree", 5, "EIO");
        PartitionStats stats = PartitionStats.builder("/data/tree", IoBackend.PREAD, "io_uring_setup: EPERM")
                .oldestViewAge(Duration.ofMillis(1500))
                .failure(failure)
                .build();
        assertEquals("/data/tree", stats.device());
        assertEquals(IoBackend.PREAD, stats.backend());
        assertEquals("io_uring_setup: EPERM", stats.backendReason());
        assertEquals(Duration.ofMillis(1500), stats.oldestViewAge());
        assertEquals(Optional.of(failure), stats.failure());
        for (String shown : List.of("/data/tree", "PREAD (io_uring_setup: EPERM)", "1500 ms", "EIO (errno 5)")) {
            assertTrue(stats.toString().contains(shown), stats::toString);
        }
    }

    @Test
    void changingABuilderDoesNotChangeStatsThatItHasBuilt() {
        PartitionStats.Builder builder = PartitionStats.builder("memory", IoBackend.AUTO, "no file");
        PartitionStats before = builder.entries(1).build();
        builder.entries(2);
        assertEquals(1, before.entries());
    }

    @Test
    void aReportWithoutProblemsIsClean() {
        CheckReport report = CheckReport.builder("/data/tree")
                .entries(1_000_000)
                .leafPages(30_000)
                .branchPages(100)
                .overflowPages(5)
                .freePages(6)
                .heldPages(7)
                .build();
        assertTrue(report.isClean());
        assertEquals(List.of(), report.problems());
        assertEquals(0, report.problemCount());
        assertEquals("/data/tree", report.device());
        assertEquals(1_000_000, report.entries());
        assertEquals(30_000, report.leafPages());
        assertEquals(100, report.branchPages());
        assertEquals(5, report.overflowPages());
        assertEquals(6, report.freePages());
        assertEquals(7, report.heldPages());
        assertEquals(
                "/data/tree: clean; 1,000,000 entries in 30,000 leaf, 100 branch and 5 overflow pages;"
                        + " 6 pages free, 7 held" + NEW_LINE,
                report.toString());
    }

    @Test
    void aReportNamesEachProblem() {
        CheckReport report = CheckReport.builder("/data/tree")
                .problem(42, "checksum 1", "checksum 2")
                .problem(-1, "100 entries", "99")
                .build();
        assertFalse(report.isClean());
        assertEquals(2, report.problemCount());
        assertEquals(42, report.problems().get(0).page());
        assertEquals("checksum 1", report.problems().get(0).expected());
        assertEquals("checksum 2", report.problems().get(0).found());
        assertEquals(
                "/data/tree: problems: 2; 0 entries in 0 leaf, 0 branch and 0 overflow pages; 0 pages free, 0 held"
                        + NEW_LINE
                        + "  page 42: expected checksum 1, found checksum 2" + NEW_LINE
                        + "  expected 100 entries, found 99" + NEW_LINE,
                report.toString());
        assertThrows(
                UnsupportedOperationException.class, () -> report.problems().removeFirst());
    }

    @Test
    void aReportOfAHostileStoreStaysSmall() {
        CheckReport.Builder builder = CheckReport.builder("/data/tree");
        for (int i = 0; i < 5000; i++) {
            builder.problem(i, "a", "b");
        }
        CheckReport report = builder.build();
        assertEquals(5000, report.problemCount());
        assertEquals(1000, report.problems().size());
        assertTrue(report.toString().endsWith("  and 4,000 more" + NEW_LINE), report::toString);
    }
}

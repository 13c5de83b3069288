package io.treering.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.treering.simulation.Simulation.Outcome;
import io.treering.testing.ChildProcess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Stores that crash again and again, each a whole engine on one thread from one seed.
///
/// `treering.simulation.crashes` says how many crashes there are to be, before `treering.test.scale` multiplies them,
/// and `treering.simulation.threads` how many stores there are at a time, as many as processors unless said otherwise.
/// `treering.simulation.seed` plays one seed only. With `treering.simulation.minimise=false` a failure is reported as
/// it is.
final class SimulationTest {
    private static final long CRASHES =
            Long.getLong("treering.simulation.crashes", 50_000) * Integer.getInteger("treering.test.scale", 1);
    private static final long FIRST_SEED = Long.getLong("treering.test.seed", 1);
    private static final int THREADS = Integer.getInteger(
            "treering.simulation.threads", Runtime.getRuntime().availableProcessors());
    private static final long ONE_SEED = Long.getLong("treering.simulation.seed", 0);
    static final boolean MINIMISE = Boolean.parseBoolean(System.getProperty("treering.simulation.minimise", "true"));

    /// Every poisoned partition says so in the log.
    private static final Logger LOGGER = Logger.getLogger("io.treering");

    private static Level level;

    private static final SimulatedDisk DISK = SimulatedDisk.create();

    private final AtomicLong nextSeed = new AtomicLong(FIRST_SEED);
    private final LongAdder crashes = new LongAdder();
    private final LongAdder recoveries = new LongAdder();
    private final AtomicBoolean found = new AtomicBoolean();

    @BeforeAll
    static void silence() {
        level = LOGGER.getLevel();
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        LOGGER.setLevel(level);
    }

    @Test
    @Timeout(value = 8, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whateverGoesWrongTheStoreHoldsWhatItPromised() throws Exception {
        if (ONE_SEED != 0) {
            play(ONE_SEED, DISK);
            return;
        }
        ExecutorService players = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> games = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                games.add(players.submit(this::playUntilItIsEnough));
            }
            for (Future<?> game : games) {
                game.get();
            }
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof AssertionError reported) {
                throw reported;
            }
            throw failed;
        } finally {
            players.shutdownNow();
        }
        assertTrue(recoveries.sum() > crashes.sum() / 2, crashes + " crashes, " + recoveries + " recoveries");
    }

    /// One thread for each simulation, from its beginning to its end, on a disk of its own.
    private void playUntilItIsEnough() {
        SimulatedDisk disk = SimulatedDisk.create();
        while (crashes.sum() < CRASHES && !found.get()) {
            play(nextSeed.getAndIncrement(), disk);
        }
    }

    private void play(long seed, SimulatedDisk disk) {
        Plan plan = Plan.of(seed);
        Outcome outcome = Simulation.run(plan, disk);
        crashes.add(outcome.crashes());
        recoveries.add(outcome.recoveries());
        if (outcome.failure() != null && found.compareAndSet(false, true)) {
            long crashesUntilThen = crashes.sum();
            Plan smallest = !MINIMISE
                    ? plan
                    : Minimiser.minimise(
                            plan, smaller -> Simulation.run(smaller, disk).failure() != null);
            fail(report(plan, outcome, crashesUntilThen, smallest, Simulation.run(smallest, disk)));
        }
    }

    private static String report(Plan plan, Outcome outcome, long crashes, Plan smallest, Outcome again) {
        return Report.of(
                "Seed " + plan.seed() + ", after " + crashes + " crashes,",
                "SimulationTest",
                "treering.simulation.seed=" + plan.seed(),
                plan,
                outcome,
                smallest,
                again);
    }

    @Test
    void theSameSeedDoesTheSameAndAnotherSomethingElse() {
        Set<Long> traces = new HashSet<>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 100; seed++) {
            Outcome first = Simulation.run(Plan.of(seed), DISK);
            Outcome second = Simulation.run(Plan.of(seed), DISK);
            assertEquals(first.trace(), second.trace(), "seed " + seed);
            assertEquals(first.crashes(), second.crashes(), "seed " + seed);
            assertTrue(traces.add(first.trace()), "seed " + seed + " does what another does");
        }
    }

    /// A hash that depends on the JVM, by where its objects lie or by the order of its sets, is the same within one.
    @Test
    void theSameSeedDoesTheSameInAnotherProcess() throws Exception {
        List<String> here = new ArrayList<>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 20; seed++) {
            here.add(TraceChild.line(seed, DISK));
        }
        List<String> there = new ChildProcess()
                .options("--add-opens=java.base/java.lang=ALL-UNNAMED")
                .run(TraceChild.class, FIRST_SEED, here.size());
        assertEquals(here, there);
    }

    /// A canary: who cannot see this sees nothing.
    @Test
    void aDiskThatIgnoresSyncsIsFoundOutAndTheReportSaysHow() {
        SimulatedDisk lying = SimulatedDisk.lying();
        Plan plan = null;
        Outcome outcome = null;
        for (long seed = 1; seed <= 30 && (outcome == null || outcome.failure() == null); seed++) {
            plan = Plan.of(seed);
            outcome = Simulation.run(plan, lying);
        }
        assertNotNull(outcome.failure(), "30 seeds saw nothing");
        Plan smallest = Minimiser.minimise(
                plan, smaller -> Simulation.run(smaller, lying).failure() != null);
        Outcome again = Simulation.run(smallest, lying);
        assertNotNull(again.failure(), "the smallest plan does not fail");
        assertTrue(actions(smallest) <= 3, () -> "not small: " + smallest);
        String report = report(plan, outcome, outcome.crashes(), smallest, again);
        assertTrue(report.contains("-Dtreering.simulation.seed=" + plan.seed()), report);
        assertTrue(report.contains(smallest.lives().getFirst().faults().toString()), report);
    }

    private static int actions(Plan plan) {
        return plan.lives().stream().mapToInt(life -> life.actions().size()).sum();
    }
}

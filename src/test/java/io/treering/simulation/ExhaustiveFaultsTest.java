package io.treering.simulation;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.treering.simulation.Faults.End;
import io.treering.simulation.Faults.Fault;
import io.treering.simulation.Faults.Trouble;
import io.treering.simulation.Plan.Life;
import io.treering.simulation.Simulation.Outcome;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every fault at every place: each of some scripts is played without a fault, and its I/Os are counted; then it is
/// played again with a fault at the first, the second, the third …, for each process and each kind of fault.
///
/// Each push sees one outcome of each fault, each night eight. With a push, memory runs out at a tenth of the calls,
/// and power cuts that tear all that they can come at a tenth of the events, which `treering.test.seed` picks; at night
/// at each of them. The other power cuts, which tear now and then, come at each event with each push, too. What is
/// there behind a fault is looked at each time; that a second opening finds the same, behind a tenth of them.
///
/// `treering.faults.scenario` plays one scenario only, with every fault, and `treering.faults.outcome` that outcome in
/// place of the first: so a failure of the night is repeated without the other outcomes.
final class ExhaustiveFaultsTest {
    private static final int OUTCOMES = 8;

    /// With a push, one of so many calls runs out of memory, one of so many events is a power cut that tears, and
    /// behind one of so many faults the store is opened once more.
    private static final int PART = 10;

    private static final long SEED = Long.getLong("treering.test.seed", 20_261_122L);
    private static final String ONE = System.getProperty("treering.faults.scenario", "");
    private static final int OUTCOME = Integer.getInteger("treering.faults.outcome", 1);

    /// Every poisoned partition says so in the log.
    private static final Logger LOGGER = Logger.getLogger("io.treering");

    private static Level level;

    private static final SimulatedDisk DISK = SimulatedDisk.create();

    @BeforeAll
    static void silence() {
        level = LOGGER.getLevel();
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        LOGGER.setLevel(level);
    }

    static List<Scenario> scenarios() {
        return Scenarios.all().stream()
                .filter(scenario -> ONE.isEmpty() || scenario.name().equals(ONE))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void whateverFailsWhereverTheStoreHoldsWhatItPromised(Scenario scenario) {
        int points = playAll(scenario, OUTCOME, ONE.isEmpty() ? PART : 1);
        assertTrue(points > 20, points + " points only");
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    @Tag("nightly")
    void whateverFailsWhereverAndHoweverTheStoreHoldsWhatItPromised(Scenario scenario) {
        int points = 0;
        for (int outcome = 1; outcome <= OUTCOMES; outcome++) {
            points += playAll(scenario, outcome, 1);
        }
        assertTrue(points > 20, points + " points only");
    }

    /// @param part one of so many calls runs out of memory, one of so many events is a power cut that tears, and behind
    ///     one of so many faults the store is opened once more
    /// @return how many faults were played
    private static int playAll(Scenario scenario, int outcome, int part) {
        int first = Math.floorMod(SEED + scenario.name().hashCode(), part);
        Plan plan = scenario.plan(outcome);
        Outcome sound = play(scenario, plan, true);
        List<Plan> failing = new ArrayList<>();
        for (int life = 0; life < plan.lives().size(); life++) {
            Faults none = plan.lives().get(life).faults();
            for (Faults faults : all(sound.tallies().get(life), none, first, part)) {
                List<Life> lives = new ArrayList<>(plan.lives());
                lives.set(life, lives.get(life).with(faults));
                failing.add(new Plan(plan.seed(), plan.swarm(), lives));
            }
        }
        for (int i = 0; i < failing.size(); i++) {
            // Faults come in pairs, such as a power cut and a kill at the same event: both or none.
            play(scenario, failing.get(i), i / 2 % part == first);
        }
        return failing.size();
    }

    private static List<Faults> all(Tally tally, Faults none, int first, int part) {
        List<Faults> all = new ArrayList<>();
        for (long event = 1; event <= tally.events(); event++) {
            all.add(none.withCrash(event, End.POWER_CUT));
            all.add(none.withCrash(event, End.KILL));
        }
        for (long event = 1 + first; event <= tally.events(); event += part) {
            all.add(none.withCrash(event, End.TORN_POWER_CUT));
        }
        for (Trouble trouble :
                List.of(Trouble.READ_FAILS, Trouble.WRITE_FAILS, Trouble.SYNC_FAILS, Trouble.GROW_FAILS)) {
            for (int operation = 1; operation <= tally.befallenBy(trouble); operation++) {
                all.add(none.with(new Fault(trouble, operation, false)));
                all.add(none.with(new Fault(trouble, operation, true)));
            }
        }
        for (int call = 1 + first; call <= tally.befallenBy(Trouble.OUT_OF_MEMORY); call += part) {
            all.add(none.with(new Fault(Trouble.OUT_OF_MEMORY, call, false)));
            all.add(none.with(new Fault(Trouble.OUT_OF_MEMORY, call, true)));
        }
        return all;
    }

    private static Outcome play(Scenario scenario, Plan plan, boolean twice) {
        Outcome outcome = Simulation.run(plan, DISK, twice);
        if (outcome.failure() != null) {
            Plan smallest = !SimulationTest.MINIMISE
                    ? plan
                    : Minimiser.minimise(
                            plan,
                            smaller -> Simulation.run(smaller, DISK, twice).failure() != null);
            fail(Report.of(
                    "Scenario " + scenario + " with " + faults(plan),
                    "ExhaustiveFaultsTest",
                    "treering.faults.scenario=" + scenario + " -Dtreering.faults.outcome=" + plan.seed(),
                    plan,
                    outcome,
                    smallest,
                    Simulation.run(smallest, DISK, twice)));
        }
        return outcome;
    }

    private static String faults(Plan plan) {
        StringBuilder text = new StringBuilder();
        for (int life = 0; life < plan.lives().size(); life++) {
            Faults faults = plan.lives().get(life).faults();
            if (faults.crashAt() != 0 || !faults.troubles().isEmpty()) {
                text.append("process ").append(life).append(": ").append(faults);
            }
        }
        return text.isEmpty() ? "no fault" : text.toString();
    }

    @Test
    void everyScenarioHasItsName() {
        Set<String> names = new HashSet<>();
        Scenarios.all().forEach(scenario -> assertTrue(names.add(scenario.name()), scenario::name));
        assertTrue(names.size() >= 50, names.size() + " scenarios");
    }

    /// A canary: who cannot see this sees nothing.
    @Test
    void aDiskThatIgnoresSyncsIsFoundOut() {
        SimulatedDisk lying = SimulatedDisk.lying();
        Plan plan = Scenario.of("lie", "put 0 100; put 1 100").plan(1);
        Outcome sound = Simulation.run(plan, DISK);
        assertNull(sound.failure());
        boolean noticed = false;
        for (long event = 1; event <= sound.tallies().getFirst().events(); event++) {
            Life life = plan.lives().getFirst().with(Faults.none().withCrash(event, End.POWER_CUT));
            noticed |= Simulation.run(new Plan(1, plan.swarm(), List.of(life)), lying)
                            .failure()
                    != null;
        }
        assertTrue(noticed, "no crash at any place has lost anything");
    }
}

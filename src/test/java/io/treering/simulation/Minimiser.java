package io.treering.simulation;

import io.treering.simulation.Plan.Life;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Makes a plan that fails smaller, as long as it fails: leaves out processes, clients' actions and troubles.
///
/// What is left out changes what the seeds of the lives mean, so a smaller plan may fail at another place or in another
/// way; any failure will do.
final class Minimiser {
    /// Enough to try each action of a plan some times.
    private static final int MOST_RUNS = 3_000;

    private final Predicate<Plan> fails;
    private Plan best;
    private int runs;

    private Minimiser(Plan plan, Predicate<Plan> fails) {
        this.best = plan;
        this.fails = fails;
    }

    /// The smallest plan that was found.
    static Plan minimise(Plan plan, Predicate<Plan> fails) {
        Minimiser minimiser = new Minimiser(plan, fails);
        Plan before;
        do {
            before = minimiser.best;
            minimiser.pass();
        } while (minimiser.best != before && minimiser.runs < MOST_RUNS);
        return minimiser.best;
    }

    private void pass() {
        dropLives();
        for (int life = 0; life < best.lives().size(); life++) {
            dropActions(life);
            simplify(life);
        }
    }

    private boolean take(List<Life> lives) {
        if (runs++ >= MOST_RUNS) {
            return false;
        }
        Plan smaller = new Plan(best.seed(), best.swarm(), lives);
        if (lives.isEmpty() || !fails.test(smaller)) {
            return false;
        }
        best = smaller;
        return true;
    }

    private void dropLives() {
        for (int size = best.lives().size(); size > 0; size /= 2) {
            for (int from = 0; from + size <= best.lives().size(); ) {
                if (!take(without(best.lives(), from, size))) {
                    from += size;
                }
            }
        }
    }

    private void dropActions(int life) {
        for (int size = best.lives().get(life).actions().size(); size > 0; size /= 2) {
            for (int from = 0; from + size <= best.lives().get(life).actions().size(); ) {
                Life old = best.lives().get(life);
                if (!replace(life, old.with(without(old.actions(), from, size)))) {
                    from += size;
                }
            }
        }
    }

    private void simplify(int life) {
        for (Faults.Fault fault : best.lives().get(life).faults().troubles()) {
            Life old = best.lives().get(life);
            boolean _ = replace(life, old.with(old.faults().without(fault)));
        }
        Life old = best.lives().get(life);
        if (old.faults().capacity() != SimulatedDisk.CAPACITY) {
            boolean _ = replace(life, old.with(old.faults().withCapacity(SimulatedDisk.CAPACITY)));
        }
        old = best.lives().get(life);
        if (old.faults().crashAt() != 0) {
            boolean _ = replace(life, old.with(old.faults().withoutCrash()));
        }
    }

    private boolean replace(int life, Life changed) {
        List<Life> lives = new ArrayList<>(best.lives());
        lives.set(life, changed);
        return take(lives);
    }

    private static <T> List<T> without(List<T> all, int from, int count) {
        List<T> rest = new ArrayList<>(all.subList(0, from));
        rest.addAll(all.subList(from + count, all.size()));
        return rest;
    }
}

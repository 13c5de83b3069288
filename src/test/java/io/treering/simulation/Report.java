package io.treering.simulation;

import io.treering.simulation.Plan.Life;
import io.treering.simulation.Simulation.Failure;
import io.treering.simulation.Simulation.Outcome;
import java.io.PrintWriter;
import java.io.StringWriter;

/// What is printed of a seed that fails: how to repeat it, and the smallest plan that fails as well.
final class Report {
    private Report() {}

    /// @param what it is that fails
    /// @param property that makes the test do this and nothing else
    static String of(
            String what, String test, String property, Plan plan, Outcome outcome, Plan smallest, Outcome again) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        out.println(what + " fails. To repeat it:");
        out.println();
        out.println("    ./mvnw -q -Pfast test -Dtest=" + test + " -D" + property);
        out.println();
        out.println(plan.swarm());
        describe(outcome, out);
        out.println();
        out.println("The smallest plan that was found to fail:");
        for (int i = 0; i < smallest.lives().size(); i++) {
            describe(i, smallest.lives().get(i), out);
        }
        describe(again, out);
        out.flush();
        return text.toString();
    }

    private static void describe(int index, Life life, PrintWriter out) {
        out.println("  process " + index + ": " + life.walMode() + ", log of " + life.walBytes() + ", "
                + (life.closes() ? "closes" : "does not close") + ", " + life.damage() + ", " + life.faults());
        life.actions().forEach(action -> out.println("    " + action));
    }

    private static void describe(Outcome outcome, PrintWriter out) {
        Failure failure = outcome.failure();
        if (failure == null) {
            out.println("It did not fail when it was repeated: the simulation is not deterministic.");
            return;
        }
        out.println("Process " + failure.life() + " fails, in" + failure.actions());
        failure.cause().printStackTrace(out);
    }
}

package io.treering.simulation;

import java.util.logging.Level;
import java.util.logging.Logger;

/// Plays seeds in a process of its own, and prints a line of what each came to, the trace included.
final class TraceChild {
    /// Every poisoned partition says so in the log.
    private static final Logger LOGGER = Logger.getLogger("io.treering");

    private TraceChild() {}

    /// @param arguments the first seed, and how many
    public static void main(String[] arguments) {
        LOGGER.setLevel(Level.OFF);
        long first = Long.parseLong(arguments[0]);
        SimulatedDisk disk = SimulatedDisk.create();
        for (long seed = first; seed < first + Long.parseLong(arguments[1]); seed++) {
            System.out.println(line(seed, disk));
        }
    }

    static String line(long seed, SimulatedDisk disk) {
        Simulation.Outcome outcome = Simulation.run(Plan.of(seed), disk);
        return "seed " + seed + ": trace " + outcome.trace() + ", " + outcome.crashes() + " crashes";
    }
}

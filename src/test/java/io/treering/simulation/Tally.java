package io.treering.simulation;

import io.treering.simulation.Faults.Trouble;

/// How much was done in a life: where there can be a fault.
///
/// @param events as [Faults#crashAt] counts them
/// @param calls of the device that may take memory
record Tally(long events, int calls, int reads, int writes, int syncs, int grows) {
    /// How many operations there are of the kind that a trouble befalls.
    int befallenBy(Trouble trouble) {
        return switch (trouble) {
            case READ_FAILS, READ_IS_MISDIRECTED, READ_TURNS_A_BIT -> reads;
            case WRITE_FAILS, WRITE_IS_LOST, WRITE_IS_MISDIRECTED -> writes;
            case SYNC_FAILS -> syncs;
            case GROW_FAILS -> grows;
            case OUT_OF_MEMORY -> calls;
        };
    }
}

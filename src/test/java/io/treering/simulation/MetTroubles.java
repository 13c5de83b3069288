package io.treering.simulation;

import io.treering.simulation.Faults.Trouble;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The troubles that a life has had so far.
final class MetTroubles {
    private final List<Faults.Fault> planned;
    private final int[] counts = new int[Trouble.values().length];
    private final Set<Trouble> met = EnumSet.noneOf(Trouble.class);
    private boolean metaIsDamaged;

    MetTroubles(List<Faults.Fault> planned) {
        this.planned = planned;
    }

    /// Whether something has gone wrong that was to go wrong, of such a kind.
    boolean has(Predicate<Trouble> kinds) {
        return met.stream().anyMatch(kinds);
    }

    /// Counts an operation of the kind that a trouble befalls, and says whether it befalls this one.
    boolean befall(Trouble kind) {
        return isPlanned(kind) && note(kind);
    }

    /// As [#befall], for a write. One that damages a meta block spares the others: a store that loses both copies of
    /// the
    /// newest one opens as the commit before left it, as it has to behind a power cut that tore both.
    ///
    /// @param meta whether it is written to the meta blocks
    boolean befallWrite(Trouble kind, boolean meta) {
        if (!isPlanned(kind) || (meta && metaIsDamaged)) {
            return false;
        }
        metaIsDamaged |= meta;
        return note(kind);
    }

    private boolean isPlanned(Trouble kind) {
        int count = ++counts[kind.ordinal()];
        return planned.stream().anyMatch(fault -> fault.kind() == kind && fault.befalls(count));
    }

    private boolean note(Trouble kind) {
        met.add(kind);
        return true;
    }
}

package io.treering.simulation;

import java.util.ArrayList;
import java.util.List;

/// What a [SimulatedDevice] does to one life of a process.
///
/// @param crashAt the event at which it crashes: each submission, completion and change of the size of the device is
///     one, reads apart; 0 for never
/// @param end what it leaves when it crashes
/// @param troubles what else goes wrong; one of a kind
/// @param capacity bytes to which the device can grow
record Faults(long crashAt, End end, List<Fault> troubles, long capacity) {
    /// How a process comes to a bad end.
    enum End {
        /// The disk keeps its power.
        KILL,
        /// Chance decides what becomes of what was not synced.
        POWER_CUT,
        /// Of each write that was not synced, the ones under way among them, some sectors survive and others do not.
        TORN_POWER_CUT
    }

    /// One thing that goes wrong.
    ///
    /// @param at with which operation of the kind that it befalls, counted from 1
    /// @param sticky whether every later operation of that kind fails as well
    record Fault(Trouble kind, int at, boolean sticky) {
        boolean befalls(int operation) {
            return operation == at || (sticky && operation > at);
        }
    }

    enum Trouble {
        READ_FAILS,
        WRITE_FAILS,
        SYNC_FAILS,
        /// There is no room to grow.
        GROW_FAILS,
        /// A call throws an [OutOfMemoryError], whatever it is for, and has done nothing.
        OUT_OF_MEMORY,
        /// Reads and writes succeed all of them, and yet the device holds, or shows, something else.
        WRITE_IS_LOST,
        WRITE_IS_MISDIRECTED,
        READ_IS_MISDIRECTED,
        READ_TURNS_A_BIT;

        /// Whether bytes become wrong without a word.
        boolean isDamage() {
            return ordinal() >= WRITE_IS_LOST.ordinal();
        }

        /// Whether an operation says that it failed.
        boolean isFailure() {
            return this == READ_FAILS || this == WRITE_FAILS || this == SYNC_FAILS;
        }
    }

    static Faults none() {
        return new Faults(0, End.POWER_CUT, List.of(), SimulatedDisk.CAPACITY);
    }

    /// Whether anything goes wrong before the end.
    boolean areNone() {
        return crashAt == 0 && troubles.isEmpty() && capacity == SimulatedDisk.CAPACITY;
    }

    Faults withCapacity(long bytes) {
        return new Faults(crashAt, end, troubles, bytes);
    }

    Faults withCrash(long event, End how) {
        return new Faults(event, how, troubles, capacity);
    }

    Faults with(Fault fault) {
        List<Fault> more = new ArrayList<>(troubles);
        more.add(fault);
        return new Faults(crashAt, end, List.copyOf(more), capacity);
    }

    Faults withoutCrash() {
        return new Faults(0, end, troubles, capacity);
    }

    Faults without(Fault fault) {
        return new Faults(
                crashAt,
                end,
                troubles.stream().filter(each -> !each.equals(fault)).toList(),
                capacity);
    }
}

package io.treering.simulation;

/// What a [SimulatedDevice] does to one life of a process.
///
/// @param crashAt the event at which it crashes: each submission, completion and change of the size of the device is
///     one, reads apart; 0 for never
/// @param killed whether only the process crashes and the disk keeps its power
/// @param trouble what else goes wrong
/// @param troubleAt with which operation of the kind that it befalls, counted from 1
/// @param sticky whether every later operation of that kind fails as well
/// @param capacity bytes to which the device can grow
record Faults(long crashAt, boolean killed, Trouble trouble, int troubleAt, boolean sticky, long capacity) {
    enum Trouble {
        NONE,
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
        return new Faults(0, false, Trouble.NONE, 0, false, SimulatedDisk.CAPACITY);
    }

    Faults withCapacity(long bytes) {
        return new Faults(crashAt, killed, trouble, troubleAt, sticky, bytes);
    }

    Faults withCrash(long event, boolean powerStays) {
        return new Faults(event, powerStays, trouble, troubleAt, sticky, capacity);
    }

    Faults withTrouble(Trouble kind, int operation, boolean sticks) {
        return new Faults(crashAt, killed, kind, operation, sticks, capacity);
    }

    Faults withoutCrash() {
        return new Faults(0, killed, trouble, troubleAt, sticky, capacity);
    }

    Faults withoutTrouble() {
        return new Faults(crashAt, killed, Trouble.NONE, 0, false, SimulatedDisk.CAPACITY);
    }
}

package io.treering.simulation;

import io.treering.CorruptionException;
import io.treering.IoFailureException;
import io.treering.NoSpaceException;
import io.treering.PoisonedException;
import io.treering.simulation.Faults.Trouble;

/// Which exceptions may be thrown: those that the manual names for what has gone wrong, and none if nothing has.
final class Verdict {
    private final SimulatedDevice device;
    private final Trouble trouble;
    private final boolean tainted;

    Verdict(SimulatedDevice device, Faults faults, boolean tainted) {
        this.device = device;
        this.trouble = faults.trouble();
        this.tainted = tainted;
    }

    /// Whether the process has crashed: then whatever it still says is heard by nobody.
    boolean isOver() {
        return device.isDead();
    }

    boolean mayBePoisoned() {
        return deviceHasFailed() || memoryWasRefused() || mayBeDamaged();
    }

    /// Whether bytes have been damaged so far.
    boolean mayBeDamaged() {
        return tainted || (trouble.isDamage() && device.isTroubled());
    }

    boolean readsMayFail() {
        return trouble == Trouble.READ_FAILS && device.isTroubled();
    }

    private boolean deviceHasFailed() {
        return trouble.isFailure() && device.isTroubled();
    }

    /// Whether a call of the device has thrown an [OutOfMemoryError], which any call of the engine may hand on. A write
    /// that does so has not happened; where memory ran out behind a write, it throws a [PoisonedException].
    private boolean memoryWasRefused() {
        return trouble == Trouble.OUT_OF_MEMORY && device.isTroubled();
    }

    void onOpening(Throwable e) {
        allow(
                e,
                (e instanceof IoFailureException && (deviceHasFailed() || mayBeDamaged()))
                        || (e instanceof CorruptionException && mayBeDamaged())
                        || (e instanceof NoSpaceException && device.isFull()));
    }

    void onReading(Throwable e) {
        allow(
                e,
                (e instanceof IoFailureException && readsMayFail())
                        || (e instanceof CorruptionException && mayBeDamaged()));
    }

    /// @return whether the write is certain not to have happened
    boolean onWriting(Throwable e) {
        boolean refused = e instanceof PoisonedException && mayBePoisoned();
        allow(e, refused || (e instanceof NoSpaceException && device.isFull()));
        return (e instanceof NoSpaceException || e instanceof OutOfMemoryError) && !isOver();
    }

    void onClosing(Throwable e) {
        boolean refused = e instanceof PoisonedException && mayBePoisoned();
        allow(
                e,
                refused
                        || (e instanceof IoFailureException && deviceHasFailed())
                        || (e instanceof NoSpaceException && device.isFull()));
    }

    private void allow(Throwable e, boolean documented) {
        boolean expected = documented || (e instanceof OutOfMemoryError && memoryWasRefused());
        if (!expected && !isOver()) {
            throw new AssertionError("an exception that has no reason: " + e, e);
        }
    }
}

package io.treering.simulation;

import io.treering.CorruptionException;
import io.treering.IoFailureException;
import io.treering.NoSpaceException;
import io.treering.PoisonedException;
import io.treering.simulation.Faults.Trouble;
import org.jspecify.annotations.Nullable;

/// Which exceptions may be thrown: those that the manual names for what has gone wrong, and none if nothing has.
final class Verdict {
    private final SimulatedDevice device;
    private final boolean tainted;

    /// What the first write was refused for that said so.
    private @Nullable Throwable refusal;

    Verdict(SimulatedDevice device, boolean tainted) {
        this.device = device;
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
        return tainted || device.hasMet(Trouble::isDamage);
    }

    boolean readsMayFail() {
        return device.hasMet(kind -> kind == Trouble.READ_FAILS);
    }

    private boolean deviceHasFailed() {
        return device.hasMet(Trouble::isFailure);
    }

    /// Whether a call of the device has thrown an [OutOfMemoryError], which any call of the engine may hand on. A write
    /// that does so has not happened; where memory ran out behind a write, it throws a [PoisonedException].
    private boolean memoryWasRefused() {
        return device.hasMet(kind -> kind == Trouble.OUT_OF_MEMORY);
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

    /// Whether a write has been told that the partition refuses writes: it refuses every one that begins from now on,
    /// with the same cause.
    boolean refusesWrites() {
        return refusal != null;
    }

    /// @param refused whether the partition refused writes before this one began
    /// @return whether the write is certain not to have happened
    boolean onWriting(Throwable e, boolean refused) {
        if (isOver()) {
            return false;
        }
        if (e instanceof PoisonedException && mayBePoisoned()) {
            refusal = refusal == null ? e.getCause() : refusal;
            if (e.getCause() != refusal) {
                throw new AssertionError("writes were refused before, for another reason: " + refusal, e);
            }
            return refused;
        }
        allow(e, !refused && e instanceof NoSpaceException && device.isFull());
        if (refused) {
            throw new AssertionError("writes were refused before, and this one fails otherwise: " + e, e);
        }
        return e instanceof NoSpaceException || e instanceof OutOfMemoryError;
    }

    /// A write, a flush or a sync has returned.
    ///
    /// @param refused whether the partition refused writes before it began
    void onWritten(boolean refused) {
        if (refused) {
            throw new AssertionError("writes were refused before, and this one was not: " + refusal);
        }
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

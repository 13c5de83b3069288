package io.treering.internal.engine;

import io.treering.internal.buffer.WriteBuffer;
import org.jspecify.annotations.Nullable;

/// Slows writers down to the flusher's pace, by many short pauses in place of one long wait.
///
/// A writer that is faster than the merges would fill all buffers, and then wait for a whole merge in a single put. So
/// what is written is paid for in pauses. What a byte costs depends on how much is *behind*: buffered and not merged
/// yet, in buffers. Up to one, the flusher keeps up, and nothing is paid. From there the price rises; at two it is what
/// a byte's merge took, on average of the last ones; above that it grows with the fourth power. Writers come to rest
/// somewhere between one and two. What is left of the buffers is there for the times when the device is slow, and
/// lasts the longer the less is left.
///
/// The flusher says what it does; writers ask under their lock.
final class WritePace {
    /// So many buffers may be behind before anything is paid.
    private static final double FREE_OF_CHARGE = 1;

    /// What is owed is paid once it is so much: much shorter pauses cost more than they last.
    private static final long SHORTEST_PAUSE = 50_000;

    /// Nothing holds a write up for longer, short of buffers that are full.
    private static final long LONGEST_PAUSE = 50_000_000;

    /// How many bytes are written between two looks: at most so many, and so few that each pays no more than a shortest
    /// pause.
    private static final long LONGEST_STEP = 8 << 10;

    private static final long SHORTEST_STEP = 512;

    /// The part of the log, or of the promised room, that may be in use before anything is paid.
    private static final double FREE_OF_CHARGE_OF_ROOM = 0.75;

    /// So far is the flusher behind where nothing more fits into the buffers, the log, or the promised room.
    private static final double MOST_BEHIND = 3;

    private final EngineRuntime runtime;

    // ---- by the flusher, read by writers

    private volatile @Nullable BufferSource source;
    private int keys;
    private volatile double mergeNanosPerByte;
    private long began;
    private volatile boolean busy;

    // ---- by writers, under their lock

    private double owed;

    WritePace(EngineRuntime runtime) {
        this.runtime = runtime;
    }

    // ---- the flusher ------------------------------------------------------------------------------------------------

    /// A buffer's merge begins, and all that follows it up to its commit.
    void begin() {
        began = runtime.nanoTime();
        busy = true;
    }

    /// A merge takes its operations from there, so many at most.
    void follow(BufferSource operations, int most) {
        keys = Math.max(1, most);
        source = operations;
    }

    /// The buffer that was being merged is a buffer no more.
    void merged() {
        source = null;
    }

    /// A buffer of so many bytes has been dealt with. What counts is the mean of the last one and those before it.
    void end(long bytes) {
        busy = false;
        if (bytes > 0) {
            double last = (double) (runtime.nanoTime() - began) / bytes;
            mergeNanosPerByte = mergeNanosPerByte == 0 ? last : (mergeNanosPerByte + last) / 2;
        }
    }

    // ---- writers ----------------------------------------------------------------------------------------------------

    /// Pays for bytes that were written since the last time.
    ///
    /// @param behind from [#behind]
    /// @return how many bytes may be written until the next time
    long pay(long bytes, double behind) {
        if (behind <= FREE_OF_CHARGE) {
            owed = 0;
            return LONGEST_STEP;
        }
        double price = price(behind - FREE_OF_CHARGE) * mergeNanosPerByte;
        owed += bytes * price;
        if (owed >= SHORTEST_PAUSE) {
            long before = runtime.nanoTime();
            runtime.pause((long) Math.min(owed, LONGEST_PAUSE));
            owed = Math.clamp(owed - (runtime.nanoTime() - before), -LONGEST_PAUSE, LONGEST_PAUSE);
        }
        return Math.clamp((long) (SHORTEST_PAUSE / Math.max(price, 1e-3)), SHORTEST_STEP, LONGEST_STEP);
    }

    private static double price(double tooMuch) {
        return tooMuch <= 1 ? tooMuch : tooMuch * tooMuch * tooMuch * tooMuch;
    }

    /// How far the flusher is behind, in buffers: what a view shows and is not merged yet; or more, where the log is
    /// nearly full, or the room on the device that was promised is, and the flusher is about to make some.
    ///
    /// @param fullness the part that is in use of the log, or of that room, whichever is more
    double behind(View view, double fullness) {
        double bytes = 0;
        for (WriteBuffer buffer : view.buffers) {
            bytes += buffer.bytes();
        }
        BufferSource operations = source;
        if (operations != null) {
            bytes -= view.oldest().bytes() * Math.min(1, (double) operations.done() / keys);
        }
        return Math.max(bytes / view.active().capacity(), behindBy(fullness));
    }

    /// The last quarter is worth as much as all buffers but one.
    double behindBy(double fullness) {
        double part = (fullness - FREE_OF_CHARGE_OF_ROOM) / (1 - FREE_OF_CHARGE_OF_ROOM);
        return busy && part > 0 ? FREE_OF_CHARGE + (MOST_BEHIND - FREE_OF_CHARGE) * part : 0;
    }
}

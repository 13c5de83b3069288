package io.treering.internal.engine;

/// Hands out generations, each once in the life of a store.
///
/// What was handed out and never committed is not known to the next opening, so every opening durably jumps past all
/// that this one can hand out: there is room for 2^22 openings of 2^41 merges.
final class Generations {
    static final long PER_OPENING = 1L << 41;

    private final long ceiling;
    private long last;

    /// @param first the first to hand out
    Generations(long first) {
        this.last = first - 1;
        this.ceiling = first + PER_OPENING;
    }

    /// By the flusher only.
    long next() {
        if (last + 1 >= ceiling) {
            throw new IllegalStateException("This opening has used up its " + PER_OPENING + " generations");
        }
        return ++last;
    }

    /// Above everything that this opening hands out.
    long ceiling() {
        return ceiling;
    }
}

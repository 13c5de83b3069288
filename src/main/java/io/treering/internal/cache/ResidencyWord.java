package io.treering.internal.cache;

/// What the translation table says of a page, in one 64-bit word, so that every change of it is one atomic step.
///
/// ```
///   63              36 35                         4 3        1 0
///  +------------------+----------------------------+----------+---------+
///  |      frame       |          version           |  state   | cooling |
///  +------------------+----------------------------+----------+---------+
/// ```
///
/// The version grows with every change but that of the cooling bit, so a reader that sees the same word twice knows
/// that nothing happened in between. (It comes round after 2^32 changes of one page: a single read would have to span
/// them.) A word of zeros is an absent page, which makes fresh memory a table of absent pages.
///
/// ```
///              claimed a frame            read and valid
///     ABSENT ------------------> LOADING ----------------> RESIDENT <---> RESIDENT + cooling
///      ^  ^                         |                       ^   |              |
///      |  +-------------------------+                       |   |              | clock
///      |       failed, or dropped                    pinned |   | drop         v
///      |                                                    +---|---------- EVICTING
///      +--------------------------------------------------------+--------------+
///
///     any state --own--> OWNED --settle--> RESIDENT or ABSENT;  OWNED --disown--> ABSENT
/// ```
///
/// What may be trusted in each state:
/// * ABSENT: the device has the page, if it is in use at all. The frame bits mean nothing.
/// * LOADING: the frame belongs to the load that set this very word; nobody else touches it. Its bytes mean nothing.
/// * RESIDENT: the frame holds the page, valid, and does not change while the word stands or a pin is held.
/// * EVICTING: the frame still holds the page; whoever set the word decides within a few instructions.
/// * RUN: as RESIDENT, but what the frame holds is a part of an overflow run, and so whatever a user has written: it is
///   for those who look for that run, and no page of the tree. It comes from ABSENT and goes where RESIDENT goes.
/// * OWNED: a merge allocated the page and has not finished writing it. It cannot be read from anywhere.
final class ResidencyWord {
    static final int COOLING_BITS = 1;
    static final int STATE_SHIFT = 1;
    static final int STATE_BITS = 3;
    static final int VERSION_SHIFT = 4;
    static final int VERSION_BITS = 32;
    static final int FRAME_SHIFT = 36;
    static final int FRAME_BITS = 28;

    static final long COOLING = 1;
    static final long STATE_MASK = ((1L << STATE_BITS) - 1) << STATE_SHIFT;
    private static final long VERSION_MASK = ((1L << VERSION_BITS) - 1) << VERSION_SHIFT;
    private static final long ONE_VERSION = 1L << VERSION_SHIFT;

    /// States, in place: compare them with [#state].
    static final long ABSENT = 0;

    static final long LOADING = 1L << STATE_SHIFT;
    static final long RESIDENT = 2L << STATE_SHIFT;
    static final long OWNED = 3L << STATE_SHIFT;
    static final long EVICTING = 4L << STATE_SHIFT;
    static final long RUN = 5L << STATE_SHIFT;

    static final int MAXIMUM_FRAMES = 1 << FRAME_BITS;

    private ResidencyWord() {}

    static long state(long word) {
        return word & STATE_MASK;
    }

    static int frame(long word) {
        return (int) (word >>> FRAME_SHIFT);
    }

    /// Whether a frame holds the page, be it of the tree or of a run.
    static boolean isInFrame(long word) {
        long state = state(word);
        return state == RESIDENT || state == RUN;
    }

    static boolean isCooling(long word) {
        return (word & COOLING) != 0;
    }

    /// Whether two words say the same, their cooling bits apart.
    static boolean same(long one, long other) {
        return ((one ^ other) & ~COOLING) == 0;
    }

    /// The word that follows: one version on, in another state and frame, not cooling.
    static long next(long word, int frame, long state) {
        return ((long) frame << FRAME_SHIFT) | ((word + ONE_VERSION) & VERSION_MASK) | state;
    }

    /// For messages.
    static String name(long word) {
        return switch ((int) (state(word) >>> STATE_SHIFT)) {
            case 0 -> "absent";
            case 1 -> "loading";
            case 2 -> "resident";
            case 3 -> "owned by a merge";
            case 4 -> "being evicted";
            case 5 -> "of a run";
            default -> "impossible";
        };
    }
}

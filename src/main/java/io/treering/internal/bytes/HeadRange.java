package io.treering.internal.bytes;

/// Heads between which the heads of some keys lie, see [KeyOrder]. Wider than need be if it is no longer known what
/// was deleted.
///
/// @param least unsigned
/// @param greatest unsigned; below `least` if there are no keys
public record HeadRange(long least, long greatest) {
    /// Of no keys.
    public static final HeadRange EMPTY = new HeadRange(-1, 0);

    /// Of any keys.
    public static final HeadRange ALL = new HeadRange(0, -1);

    /// Whether a key with that head may be among them.
    public boolean holds(long head) {
        return holds(least, greatest, head);
    }

    /// The same, for whoever keeps the two apart.
    public static boolean holds(long least, long greatest, long head) {
        return Long.compareUnsigned(head, least) >= 0 && Long.compareUnsigned(head, greatest) <= 0;
    }

    public boolean isEmpty() {
        return Long.compareUnsigned(least, greatest) > 0;
    }

    /// The least range that holds what this one or the other one does.
    public HeadRange with(HeadRange other) {
        long lesser = Long.compareUnsigned(least, other.least) <= 0 ? least : other.least;
        long greater = Long.compareUnsigned(greatest, other.greatest) >= 0 ? greatest : other.greatest;
        return lesser == least && greater == greatest ? this : new HeadRange(lesser, greater);
    }
}

package io.treering;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A range of keys, and the direction in which to go through it: for [KeyValueReader#scan(KeyRange)].
///
/// A range reaches from its first key up to, but not including, the first key past it; either may be missing. Every
/// range can be put that way: what follows directly after a key is that key with a zero byte at its end. Ranges may be
/// empty; that is no error.
///
/// Immutable: bounds are copied on their way in and out. Any thread may use it.
public final class KeyRange {
    private static final KeyRange ALL = new KeyRange(null, null, false);

    private final byte @Nullable [] from;
    private final byte @Nullable [] to;
    private final boolean reversed;

    /// Takes the arrays as they are: callers have copied what is not theirs.
    private KeyRange(byte @Nullable [] from, byte @Nullable [] to, boolean reversed) {
        this.from = from;
        this.to = to;
        this.reversed = reversed;
    }

    /// Every key.
    ///
    /// @return a range without bounds
    public static KeyRange all() {
        return ALL;
    }

    /// The keys that begin with certain bytes.
    ///
    /// @param prefix what the keys begin with; empty for every key
    /// @return the range
    public static KeyRange prefix(byte[] prefix) {
        Objects.requireNonNull(prefix, "prefix");
        return new KeyRange(prefix.clone(), afterPrefix(prefix), false);
    }

    /// The keys from one on.
    ///
    /// @param key the least key of the range
    /// @return the range
    public static KeyRange atLeast(byte[] key) {
        Objects.requireNonNull(key, "key");
        return new KeyRange(key.clone(), null, false);
    }

    /// The keys after one.
    ///
    /// @param key the greatest key before the range
    /// @return the range
    public static KeyRange greaterThan(byte[] key) {
        Objects.requireNonNull(key, "key");
        return new KeyRange(after(key), null, false);
    }

    /// The keys up to one, which is included.
    ///
    /// @param key the greatest key of the range
    /// @return the range
    public static KeyRange atMost(byte[] key) {
        Objects.requireNonNull(key, "key");
        return new KeyRange(null, after(key), false);
    }

    /// The keys before one.
    ///
    /// @param key the least key after the range
    /// @return the range
    public static KeyRange lessThan(byte[] key) {
        Objects.requireNonNull(key, "key");
        return new KeyRange(null, key.clone(), false);
    }

    /// The keys from one on and before another.
    ///
    /// @param from the least key of the range, null for no bound
    /// @param to the least key after the range, null for no bound
    /// @return the range; empty if `to` is not above `from`
    public static KeyRange of(byte @Nullable [] from, byte @Nullable [] to) {
        return new KeyRange(from == null ? null : from.clone(), to == null ? null : to.clone(), false);
    }

    /// The keys from one on and up to another, both included.
    ///
    /// @param from the least key of the range, null for no bound
    /// @param to the greatest key of the range, null for no bound
    /// @return the range; empty if `to` is below `from`
    public static KeyRange closed(byte @Nullable [] from, byte @Nullable [] to) {
        return new KeyRange(from == null ? null : from.clone(), to == null ? null : after(to), false);
    }

    /// The keys that are in both ranges, in this one's direction.
    ///
    /// @param other the other range; its direction does not matter
    /// @return the intersection
    public KeyRange and(KeyRange other) {
        byte[] highest = from == null || (other.from != null && Arrays.compareUnsigned(other.from, from) > 0)
                ? other.from
                : from;
        byte[] lowest = to == null || (other.to != null && Arrays.compareUnsigned(other.to, to) < 0) ? other.to : to;
        return new KeyRange(highest, lowest, reversed);
    }

    /// The same keys in the opposite direction.
    ///
    /// @return a range that goes down where this one goes up, and up where this one goes down
    public KeyRange reversed() {
        return new KeyRange(from, to, !reversed);
    }

    /// The least key of the range, whatever the direction.
    ///
    /// @return a copy, or null if there is no bound
    public byte @Nullable [] from() {
        return from == null ? null : from.clone();
    }

    /// The least key after the range, whatever the direction.
    ///
    /// @return a copy, or null if there is no bound
    public byte @Nullable [] to() {
        return to == null ? null : to.clone();
    }

    /// Whether the range is gone through from its greatest key down.
    ///
    /// @return whether the direction is downwards
    public boolean isReversed() {
        return reversed;
    }

    /// Whether no key at all can be in the range.
    ///
    /// @return whether the range is empty by its bounds
    public boolean isEmpty() {
        // Nothing comes before the empty key.
        return to != null && Arrays.compareUnsigned(from == null ? new byte[0] : from, to) >= 0;
    }

    /// Whether a key is in the range.
    ///
    /// @param key a key
    /// @return whether it is neither before nor after the range
    public boolean contains(byte[] key) {
        Objects.requireNonNull(key, "key");
        return (from == null || Arrays.compareUnsigned(key, from) >= 0)
                && (to == null || Arrays.compareUnsigned(key, to) < 0);
    }

    /// The least key that does not begin with `prefix` and comes after those that do; null if there is none.
    private static byte @Nullable [] afterPrefix(byte[] prefix) {
        int length = prefix.length;
        while (length > 0 && prefix[length - 1] == (byte) 0xff) {
            length--;
        }
        if (length == 0) {
            return null;
        }
        byte[] bound = Arrays.copyOf(prefix, length);
        bound[length - 1]++;
        return bound;
    }

    /// The least key after `key`.
    private static byte[] after(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /// Whether the other object is a range with the same bounds and direction.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyRange that
                && reversed == that.reversed
                && Arrays.equals(from, that.from)
                && Arrays.equals(to, that.to);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(from) + Arrays.hashCode(to)) + Boolean.hashCode(reversed);
    }

    /// The bounds in hexadecimal, such as `[0a, 0b)`.
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return "[" + (from == null ? "" : hex.formatHex(from)) + ", " + (to == null ? "∞" : hex.formatHex(to)) + ")"
                + (reversed ? " reversed" : "");
    }
}

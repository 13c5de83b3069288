package io.treering.internal.tree;

import java.lang.foreign.MemorySegment;

/// The operations of one merge, ascending by key, each key at most once.
///
/// Starts before the first operation. What the accessors say holds until the next [#advance]; the bytes themselves stay
/// where they are, unchanged, until the merge has returned: it refers to them from its pending entries.
public interface MergeSource {
    /// The key gets an inline value, or one that the merge moves into an overflow run.
    int PUT = 1;

    /// The key goes, with its value, if it is there.
    int DELETE = 2;

    /// The key gets a value that is in an overflow run already: the operation's value is its
    /// [reference][io.treering.internal.format.OverflowReference].
    int PUT_OVERFLOW = 3;

    /// The leaf that holds the key, or would hold it, is written anew; its content does not change. Has no value.
    int TOUCH = 4;

    /// Goes to the next operation.
    ///
    /// @return false when there is none
    boolean advance();

    /// The native memory that the offsets refer to. The same segment for the whole merge.
    MemorySegment memory();

    long keyOffset();

    int keyLength();

    /// Top byte of the key's hash. Meaningless for [#DELETE] and [#TOUCH].
    byte fingerprint();

    /// [#PUT], [#DELETE], [#PUT_OVERFLOW] or [#TOUCH].
    int kind();

    /// The value follows its key directly: `keyOffset() + keyLength()`.
    long valueOffset();

    int valueLength();
}

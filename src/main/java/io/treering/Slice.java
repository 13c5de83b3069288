package io.treering;

import io.treering.internal.engine.FrameSlice;
import java.lang.foreign.MemorySegment;

/// A window on the bytes of a key or value.
///
/// A value in a leaf of the tree is shown where it lies, in the page cache, and is not copied. Neither is its key,
/// unless the leaf keeps what its keys begin with once for all of them: then the key is put together. What lies in a
/// write buffer, and a value outside its leaf (see [PartitionConfig.Builder#inlineValueLimit]), is copied to memory of
/// the scan, cursor or read, and shown there.
///
/// A [Scan] or [Cursor] hands out the same two slices at every step, and they always show its *current* entry. What
/// shall outlive a step must be copied ([#toByteArray()], [#copyTo(byte[])]). Where there is no entry (before the
/// first step, after the last, after `close`, after the [SliceReader] has returned), every method throws an
/// [IllegalStateException], which is a [ClosedException] once the partition is closed, but for [#toString()], which
/// never throws, and `equals` and `hashCode`, which go by identity: compare contents with [#contentEquals(byte[])].
///
/// **Threads.** One at a time, like the scan or cursor that the slice belongs to.
///
/// There is deliberately no view of the bytes as a [MemorySegment]: it would outlive the entry.
///
/// @see Scan
/// @see Cursor
public sealed interface Slice permits FrameSlice {
    /// How many bytes there are.
    ///
    /// @return the length in bytes, 0 or more
    /// @throws IllegalStateException if there is no current entry
    int length();

    /// One byte.
    ///
    /// @param index its index, from 0
    /// @return the byte
    /// @throws IndexOutOfBoundsException if the index is negative or not below [#length()]
    /// @throws IllegalStateException if there is no current entry
    byte byteAt(int index);

    /// Four bytes as a big-endian number, the order in which numbers sort as keys.
    ///
    /// @param index the index of the first of them; need not be aligned
    /// @return the number
    /// @throws IndexOutOfBoundsException if not all four are inside the slice
    /// @throws IllegalStateException if there is no current entry
    int intAt(int index);

    /// Eight bytes as a big-endian number, the order in which numbers sort as keys.
    ///
    /// @param index the index of the first of them; need not be aligned
    /// @return the number
    /// @throws IndexOutOfBoundsException if not all eight are inside the slice
    /// @throws IllegalStateException if there is no current entry
    long longAt(int index);

    /// A copy of all bytes.
    ///
    /// @return a new array of [#length()] bytes
    /// @throws IllegalStateException if there is no current entry
    byte[] toByteArray();

    /// Copies as many bytes as fit.
    ///
    /// @param into where to copy them to, from index 0 on
    /// @return the slice's whole length, which is more than was copied if the array is shorter
    /// @throws IllegalStateException if there is no current entry
    int copyTo(byte[] into);

    /// Copies as many bytes as fit.
    ///
    /// @param into where to copy them to
    /// @param offset where in it to begin
    /// @return the slice's whole length, which is more than was copied if there is less room
    /// @throws IndexOutOfBoundsException if the offset is negative or past the segment's end
    /// @throws IllegalArgumentException if the segment is read-only
    /// @throws IllegalStateException if there is no current entry
    int copyTo(MemorySegment into, long offset);

    /// Compares in the order of keys: byte by byte, unsigned, the shorter one first on a tie.
    ///
    /// @param other another slice that has an entry
    /// @return a negative number, zero or a positive number as this slice comes before, is equal to or comes after
    /// @throws IllegalStateException if one of the two has no current entry
    @SuppressWarnings("MissingImplementsComparable") // It changes at every step, and equals goes by identity.
    int compareTo(Slice other);

    /// Compares in the order of keys: byte by byte, unsigned, the shorter one first on a tie.
    ///
    /// @param other the bytes to compare with
    /// @return a negative number, zero or a positive number as this slice comes before, is equal to or comes after
    /// @throws IllegalStateException if there is no current entry
    int compareTo(byte[] other);

    /// Whether the bytes are the same.
    ///
    /// @param other the bytes to compare with
    /// @return whether length and bytes are equal
    /// @throws IllegalStateException if there is no current entry
    boolean contentEquals(byte[] other);

    /// The length and the first bytes in hexadecimal, for messages; says so where there is no entry.
    ///
    /// @return a short description
    @Override
    String toString();
}

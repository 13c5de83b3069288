package io.treering.internal.wal;

import java.lang.foreign.MemorySegment;

/// Takes in the operations of a log that is replayed, in the order of their sequences.
public interface ReplayHandler {
    /// An operation to be applied. Key and value lie back to back in `memory`, which is valid during the call only.
    ///
    /// @param kind what the engine gave to [WriteAheadLog#append], 1 to 3
    /// @param valueOffset where the value begins: right behind the key
    /// @param more whether it is part of a batch that goes on behind it; then the rest of the batch comes next
    void apply(
            int kind,
            int treeId,
            MemorySegment memory,
            long keyOffset,
            int keyLength,
            long valueOffset,
            int valueLength,
            long sequence,
            boolean more);

    /// Whether the overflow run that an operation of kind 3 refers to is on the device. If it is not, its record is
    /// taken for one that did not reach the device: the power went before the group was synced.
    ///
    /// Called before anything of the record is applied, for operations that are to be applied only: an older one's run
    /// may have been freed and overwritten.
    ///
    /// @param keyOffset where the owner's key begins
    /// @param referenceOffset where the reference of 16 bytes begins
    boolean verifyOverflow(MemorySegment memory, long keyOffset, int keyLength, long referenceOffset);
}

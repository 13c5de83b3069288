package io.treering.device;

import io.treering.IoFailureException;
import java.lang.foreign.MemorySegment;

/// An array of blocks that survives the process: all that a partition asks of its storage.
///
/// **Blocks.** Positions and lengths are multiples of [#blockSize()], and so are the addresses of the memory that is
/// handed over; anything else is refused with an [IllegalArgumentException]. That memory is native, belongs to a shared
/// arena (or one that never closes), and stays alive until the operation has ended.
///
/// **Order.** Operations that are under way at the same time may take effect in any order, block by block. Who needs an
/// order waits for the first before starting the second.
///
/// **Durability.** A write that has ended is seen by every later read, and survives a crash once a [#sync()] that was
/// started after its end has returned. Until then any subset of its 512-byte sectors may survive.
///
/// **Failures.** An operation is carried out whole or throws; a short transfer is continued by the device. After a
/// failed write or sync, nothing is known of the blocks that were written since the last sync that returned: the
/// operating system reports such a failure once, and a second sync that returns proves nothing.
///
/// **Threads.** Any thread may call anything at any time. An interrupt neither cuts an operation short nor harms the
/// device; the interrupt status is kept. Whatever starts after [#close()] throws a [io.treering.ClosedException].
public interface BlockDevice extends AutoCloseable {
    /// What to call the device in messages.
    ///
    /// @return a path, or a word such as "memory"
    String name();

    /// The unit of addressing: a power of two, at least 512.
    ///
    /// @return the block size in bytes
    int blockSize();

    /// The device's end. Only [#grow] and [#truncate] move it.
    ///
    /// @return the size in bytes, a multiple of the block size
    long size();

    /// Whether the device refuses to be changed, with an [UnsupportedOperationException].
    ///
    /// @return whether it can only be read
    boolean readOnly();

    /// Fills memory from the device. The calling thread may be blocked meanwhile.
    ///
    /// @param position where to begin on the device
    /// @param into the memory to fill
    /// @throws IoFailureException if the read failed, or reaches past the device's end
    void read(long position, MemorySegment into);

    /// Writes memory to the device. The calling thread may be blocked meanwhile.
    ///
    /// @param position where to begin on the device
    /// @param from the bytes to write
    /// @throws IoFailureException if the write failed, or reaches past the device's end
    /// @throws io.treering.NoSpaceException if there was no room for it
    void write(long position, MemorySegment from);

    /// Starts a read and returns at once, where the device can do so; many may be under way.
    ///
    /// @param position where to begin on the device
    /// @param into the memory to fill
    /// @return the read, failures of the device included
    IoOperation submitRead(long position, MemorySegment into);

    /// Starts a write of consecutive bytes that are gathered from several places, and returns at once, where the device
    /// can do so; many may be under way.
    ///
    /// @param position where to begin on the device
    /// @param from the bytes to write, in their order on the device; the array is the device's from here on
    /// @return the write, failures of the device included
    IoOperation submitWrite(long position, MemorySegment... from);

    /// Makes every write that ended before the call durable, and the device's size with it.
    ///
    /// @throws IoFailureException if that failed; never to be tried again, see above
    void sync();

    /// Moves the end outwards and allocates the room up to there, so that a later write below it cannot fail for want
    /// of space. The new blocks read as zeros. Nothing happens if the device is as large already.
    ///
    /// @param size the new size in bytes
    /// @throws io.treering.NoSpaceException if there is not that much room; the size is then what it was
    /// @throws IoFailureException if it failed otherwise
    void grow(long size);

    /// How much further the device could grow, as far as it knows without trying: a hint, cheap to ask for, true for
    /// the moment. Others may take the room meanwhile, and there may be limits that show only in [#grow].
    ///
    /// A partition relies on the hint only as long as it is far from 0. Where it is small or unknown, room that is
    /// promised to writes is allocated by [#grow] ahead of them.
    ///
    /// @return bytes beyond [#size()]; -1 if the device does not know, as by default
    default long roomToGrow() {
        return -1;
    }

    /// Moves the end inwards. Nothing happens if the device is as small already.
    ///
    /// @param size the new size in bytes
    /// @throws IoFailureException if that failed
    void truncate(long size);

    /// Gives blocks back to whatever the device lies on, if it can. They read as zeros afterwards.
    ///
    /// @param position where to begin on the device
    /// @param length how many bytes
    /// @throws IoFailureException if that failed, or reaches past the device's end
    void discard(long position, long length);

    /// Announces memory that many operations will use, for a device that can make these cheaper. The preparation may go
    /// on in the background.
    ///
    /// @param longLived native memory that stays alive until it is unregistered or the device is closed
    default void registerBuffer(MemorySegment longLived) {}

    /// Takes back what [#registerBuffer] announced. On return, the device holds on to the memory no longer.
    ///
    /// @param longLived the same memory
    default void unregisterBuffer(MemorySegment longLived) {}

    /// Memory outside the Java heap that the device has taken for itself; what it shares with other devices is counted
    /// as if it were its own. Memory that callers hand over does not count.
    ///
    /// @return the size in bytes; 0 unless a device says otherwise
    default long memoryBytes() {
        return 0;
    }

    /// Refuses what is new, waits for what is under way, and releases the device. A second closer waits for the first.
    ///
    /// **If this throws, operations may still be under way**: memory that was handed to the device must then never be
    /// freed or used again.
    @Override
    void close();

    /// For those who implement this interface: refuses memory that is not made of whole blocks, or that lies at a place
    /// which is not one.
    ///
    /// @param blockSize the device's block size
    /// @param position a position on the device
    /// @param memory memory to read into or write from
    /// @throws IllegalArgumentException naming what is wrong
    static void requireBlocks(int blockSize, long position, MemorySegment memory) {
        long mask = blockSize - 1L;
        if (((position | memory.byteSize() | memory.address()) & mask) != 0 || position < 0 || !memory.isNative()) {
            throw new IllegalArgumentException("position " + position + ", length " + memory.byteSize() + ", address "
                    + Long.toHexString(memory.address()) + (memory.isNative() ? "" : " (on the heap)")
                    + ": each must be a multiple of the block size " + blockSize + ", and the memory native");
        }
    }

    /// For those who implement this interface: refuses a range that reaches past the device's end.
    ///
    /// @param device the device
    /// @param operation the operation's name, for the message
    /// @param position a position on the device
    /// @param length how many bytes
    /// @throws IoFailureException naming the range and the end
    static void requireInside(BlockDevice device, String operation, long position, long length) {
        long size = device.size();
        if (position < 0 || length < 0 || position > size - length) {
            throw new IoFailureException(
                    operation + " of " + length + " bytes at " + position + " of " + device.name(),
                    0,
                    "past the end at " + size);
        }
    }
}

package io.treering.internal.wal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.device.BlockDevice;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.WalOperation;
import io.treering.internal.format.WalRecord;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The records that are written together.
///
/// One of two that take turns: operations go into one while the other is being written. Filled under the log's staging
/// lock; from when it is taken until it is begun again it belongs to the leader that writes it.
final class Group {
    static final int FULL = -1;

    private static final int NONE = -1;

    private final WalRegion region;
    private final MemorySegment memory;
    private final ByteBuffer bytes;
    private final int capacity;
    private final int recordBytes;
    private final int alignment;

    /// Of offset 0.
    private long lsn;

    /// What a pad stands for beyond its own block; offsets behind it are that much further on in the log.
    private long skipped;

    /// Offset at which the next lap begins, if that is inside the group.
    private int wrap;

    /// Behind the last record that has ended.
    private int end;

    /// The record that is being filled.
    private int record;

    private int recordEnd;
    private int operations;
    private long firstSequence;

    /// In all records.
    private int count;

    Group(WalRegion region, MemorySegment memory, int alignment) {
        this.region = region;
        this.memory = memory;
        this.bytes = memory.asByteBuffer();
        this.alignment = alignment;
        this.recordBytes = region.recordBytes() & -alignment;
        this.capacity = region.groupBytes() & -alignment;
    }

    /// Starts anew with a group whose first record is at `start`.
    void begin(long start) {
        lsn = start;
        skipped = 0;
        wrap = NONE;
        end = 0;
        record = NONE;
        count = 0;
    }

    boolean isEmpty() {
        return end == 0 && record == NONE;
    }

    /// How many operations it has.
    int count() {
        return count;
    }

    int bytes() {
        return record == NONE ? end : recordEnd;
    }

    MemorySegment memory() {
        return memory;
    }

    // ---- filling ----------------------------------------------------------------------------------------------------

    /// Makes room for an operation.
    ///
    /// @return where to write it, or [#FULL]
    int reserve(int size, long sequence) {
        if (record != NONE) {
            if (fits(recordEnd + size)) {
                return extend(size);
            }
            endRecord();
        }
        int needed = Bytes.roundUp(WalRecord.BYTES + size, alignment);
        if (needed > region.remaining(lsn(end)) && !pad()) {
            return FULL;
        }
        if (needed > capacity - end) {
            return FULL;
        }
        markLap();
        record = end;
        recordEnd = record + WalRecord.BYTES;
        operations = 0;
        firstSequence = sequence;
        return extend(size);
    }

    /// Whether the record may reach up to `newEnd`.
    private boolean fits(int newEnd) {
        int length = Bytes.roundUp(newEnd - record, alignment);
        return length <= recordBytes && length <= capacity - record && length <= region.remaining(lsn(record));
    }

    private int extend(int size) {
        int operation = recordEnd;
        recordEnd += size;
        operations++;
        count++;
        return operation;
    }

    /// Writes an operation at the place that [#reserve] gave, and its key.
    ///
    /// @return where its value goes
    int put(int operation, int kind, int flags, byte[] key, int keyLength, int valueLength) {
        WalOperation.write(memory, operation, kind, flags, keyLength, valueLength);
        MemorySegment.copy(key, 0, memory, JAVA_BYTE, operation + WalOperation.KEY, keyLength);
        return operation + WalOperation.KEY + keyLength;
    }

    void endRecord() {
        if (record == NONE) {
            return;
        }
        int padded = record + Bytes.roundUp(recordEnd - record, alignment);
        int payload = recordEnd - record - WalRecord.BYTES;
        WalRecord.write(memory, record, WalRecord.FILLED, alignment, payload, operations, firstSequence);
        Bytes.zero(memory, recordEnd, padded);
        end = padded;
        record = NONE;
    }

    /// Gives up what is left of the region, less than a record: no record wraps. False if the group has no room for
    /// it.
    private boolean pad() {
        if (end + alignment > capacity) {
            return false;
        }
        markLap();
        int remaining = (int) region.remaining(lsn(end));
        assert remaining < recordBytes : "a pad of " + remaining;
        WalRecord.write(memory, end, WalRecord.PAD, alignment, remaining - WalRecord.BYTES, 0, 0);
        Bytes.zero(memory, end + WalRecord.BYTES, end + alignment);
        end += alignment;
        skipped += remaining - alignment;
        return true;
    }

    private void markLap() {
        if (end > 0 && lsn(end) % region.bytes() == 0) {
            assert wrap == NONE : "two laps in a group";
            wrap = end;
        }
    }

    private long lsn(int offset) {
        return lsn + offset + skipped;
    }

    /// Just behind the last operation.
    long endLsn() {
        return lsn(bytes());
    }

    /// Where the next record starts if no operation is added to the present one.
    long nextLsn() {
        return record == NONE ? lsn(end) : lsn(record) + Bytes.roundUp(recordEnd - record, alignment);
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    /// Says of each record which it is. All of them have ended.
    ///
    /// @param crc scratch
    /// @return the last one's checksum
    int seal(long epoch, long durableLsn, int previousCrc, CRC32C crc) {
        int previous = previousCrc;
        long position = lsn;
        for (int at = 0; at < end; ) {
            previous = WalRecord.seal(memory, bytes, at, position, epoch, durableLsn, previous, crc);
            position += WalRecord.paddedLength(memory, at);
            at += WalRecord.type(memory, at) == WalRecord.PAD ? alignment : WalRecord.paddedLength(memory, at);
        }
        assert position == lsn(end) : "a group that ends at " + position + " and not at " + lsn(end);
        return previous;
    }

    void write(BlockDevice device) {
        int firstLap = wrap == NONE ? end : wrap;
        device.write(region.position(lsn), memory.asSlice(0, firstLap));
        if (firstLap < end) {
            device.write(region.position(lsn(firstLap)), memory.asSlice(firstLap, end - firstLap));
        }
    }
}

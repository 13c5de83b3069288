package io.treering.internal.wal;

import io.treering.device.BlockDevice;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.WalOperation;
import io.treering.internal.format.WalRecord;
import java.lang.foreign.MemorySegment;

/// The pages of the device that the log goes round and round in.
///
/// A log sequence number (LSN) is a byte position in the endless log, 0 when the store was created. It never goes
/// back, and it lies at byte `lsn % bytes` of the region, so each lap of the log overwrites the one before.
///
/// Everything that bounds the log follows from the region's size, so that whoever replays it knows the bounds of who
/// wrote it: a record takes at most an eighth of the region or 1 MiB, a group at most twice that, not counting the
/// rest of the region that a pad skips.
///
/// @param firstPage first page of the region
/// @param pages pages of the region
/// @param pageSize bytes of a page
public record WalRegion(int firstPage, int pages, int pageSize) {
    /// No region is smaller.
    public static final long MINIMUM_BYTES = 128 << 10;

    /// No device has larger blocks, because it has whole pages.
    static final int LARGEST_BLOCK = 32_768;

    private static final int RECORDS_PER_REGION = 8;
    private static final int RECORDS_PER_GROUP = 2;

    /// What an estimate adds for records that end early, once and for each record's worth of operations.
    private static final int RECORDS_TO_SPARE = 4;

    public WalRegion {
        if (firstPage <= 0 || pages <= 0 || pageSize < WalRecord.ALIGNMENT || Integer.bitCount(pageSize) != 1) {
            throw new IllegalArgumentException(
                    "a log of " + pages + " pages of " + pageSize + " bytes from page " + firstPage);
        }
        if ((long) pages * pageSize < MINIMUM_BYTES) {
            throw new IllegalArgumentException(
                    "a log of " + (long) pages * pageSize + " bytes: it takes at least " + MINIMUM_BYTES);
        }
    }

    public long bytes() {
        return (long) pages * pageSize;
    }

    /// The greatest length of a record, with its padding. Rounded down further where the device has larger blocks.
    public int recordBytes() {
        return (int) Math.min(WalRecord.MAXIMUM_BYTES, (bytes() / RECORDS_PER_REGION) & -WalRecord.ALIGNMENT);
    }

    /// The most bytes that are written between two syncs.
    public int groupBytes() {
        return RECORDS_PER_GROUP * recordBytes();
    }

    /// How far a group reaches in the log: beside what is written, it may skip less than a record at the region's end.
    long groupSpan() {
        return groupBytes() + (long) recordBytes();
    }

    /// What a batch may take in the log, with headers, padding to whole blocks, and the end of the region.
    ///
    /// Within a batch a record ends only when the next operation does not fit into it, the group or the region. So two
    /// records in a row hold more than one is long, unless the group or the region ends behind the first, and a group
    /// is as long as two records.
    long mostBytes(int operations, long keyAndValueBytes, int alignment) {
        long payload = (long) operations * WalOperation.BYTES + keyAndValueBytes;
        long records = RECORDS_TO_SPARE;
        if (payload >= recordBytes()) {
            records += RECORDS_TO_SPARE * (payload / recordBytes());
        }
        return payload + records * (WalRecord.BYTES + alignment) + recordBytes();
    }

    /// Native memory that [WriteAheadLog#open] or [WalReplay#run] needs; both may be given the same, one after the
    /// other.
    public long memoryBytes() {
        return Math.max(2 * stagingBytes() + ZeroAhead.BYTES, 2 * LogWindow.bytes(this)) + LARGEST_BLOCK;
    }

    /// Memory for a group, in blocks of any size.
    long stagingBytes() {
        return Bytes.roundUp((long) groupBytes(), LARGEST_BLOCK);
    }

    /// What of the memory lies at a multiple of any block size.
    static MemorySegment align(MemorySegment memory) {
        return memory.asSlice(-memory.address() & (LARGEST_BLOCK - 1));
    }

    /// Where the log's byte `lsn` lies on the device.
    long position(long lsn) {
        return (long) firstPage * pageSize + lsn % bytes();
    }

    /// Bytes from there to the region's end; never 0.
    long remaining(long lsn) {
        return bytes() - lsn % bytes();
    }

    /// The page in which the log's byte `lsn` lies.
    long page(long lsn) {
        return position(lsn) / pageSize;
    }

    /// Records start at multiples of this on the device.
    static int alignment(BlockDevice device) {
        return Math.max(WalRecord.ALIGNMENT, device.blockSize());
    }
}

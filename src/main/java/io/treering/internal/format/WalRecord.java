package io.treering.internal.format;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// A record of the write-ahead log: a header, and operations as [WalOperation] has them, back to back.
///
/// ```
///  0          4         8                16               24                 32
///  +----------+---------+----------------+----------------+------------------+
///  |  crc32c  |  magic  |      lsn       |     epoch      |   durable lsn    |
///  +----------+---------+----------------+----------------+------------------+
/// ```
/// ```
///  32               40             44                48           52     53            54         64             96
///  +----------------+--------------+-----------------+------------+------+-------------+----------+--------------+
///  | first sequence | previous crc | payload length  | operations | type | block shift | reserved | nonce, tag   |
///  +----------------+--------------+-----------------+------------+------+-------------+----------+--------------+
/// ```
///
/// A record starts at a multiple of `1 << block shift` and is padded with zeros up to the next one. It never reaches
/// past the end of the log's region: an empty one of type PAD, of which only the header is written and checked, stands
/// for what is left there. LSN and epoch say which record it is: no two were ever written with the same. *Previous
/// crc* is the checksum of the record before it, *durable lsn* how far the log was durable when this one was written.
/// The checksum covers the record behind itself, the padding apart. Nonce and tag are room for authenticated
/// encryption, zeros until then, as is what is reserved.
public final class WalRecord {
    public static final int CRC = 0;
    public static final int MAGIC_AT = 4;
    public static final int LSN = 8;
    public static final int EPOCH = 16;
    public static final int DURABLE_LSN = 24;
    public static final int FIRST_SEQUENCE = 32;
    public static final int PREVIOUS_CRC = 40;
    public static final int PAYLOAD_LENGTH = 44;
    public static final int OPERATIONS = 48;
    public static final int TYPE = 52;
    public static final int BLOCK_SHIFT = 53;
    public static final int RESERVED = 54;
    public static final int ENCRYPTION = 64;
    public static final int BYTES = 96;

    /// "TWAL" as little-endian bytes.
    public static final int MAGIC = 0x4c41_5754;

    public static final int FILLED = 1;
    public static final int PAD = 2;

    /// Records start at multiples of this, or of the device's block size if that is larger.
    public static final int ALIGNMENT = 4096;

    private static final int LARGEST_BLOCK = 32_768;

    /// No record is longer.
    public static final int MAXIMUM_BYTES = 1 << 20;

    private WalRecord() {}

    /// Writes what is known when a record is full. [#seal] adds the rest.
    public static void write(
            MemorySegment memory, long record, int type, int block, int payload, int operations, long firstSequence) {
        Bytes.zero(memory, record, record + BYTES);
        Bytes.putI32(memory, record + MAGIC_AT, MAGIC);
        Bytes.putI64(memory, record + FIRST_SEQUENCE, firstSequence);
        Bytes.putI32(memory, record + PAYLOAD_LENGTH, payload);
        Bytes.putI32(memory, record + OPERATIONS, operations);
        Bytes.putU8(memory, record + TYPE, type);
        Bytes.putU8(memory, record + BLOCK_SHIFT, Integer.numberOfTrailingZeros(block));
    }

    /// Says which record this is, and sets its checksum.
    ///
    /// @param bytes a view of the whole of `memory`
    /// @param crc taken from the caller, so that a group is sealed without allocation
    /// @return the checksum
    public static int seal(
            MemorySegment memory,
            ByteBuffer bytes,
            int record,
            long lsn,
            long epoch,
            long durableLsn,
            int previousCrc,
            CRC32C crc) {
        Bytes.putI64(memory, record + LSN, lsn);
        Bytes.putI64(memory, record + EPOCH, epoch);
        Bytes.putI64(memory, record + DURABLE_LSN, durableLsn);
        Bytes.putI32(memory, record + PREVIOUS_CRC, previousCrc);
        int value = checksum(memory, bytes, record, crc);
        Bytes.putI32(memory, record + CRC, value);
        return value;
    }

    /// What the checksum of a record should be. Its length must have been bounded.
    public static int checksum(MemorySegment memory, ByteBuffer bytes, int record, CRC32C crc) {
        int covered = type(memory, record) == PAD ? BYTES : length(memory, record);
        crc.reset();
        bytes.limit(record + covered).position(record + MAGIC_AT);
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /// Whether a header, of which nothing is trusted yet, is that of the record at `lsn`, the checksum apart; if so,
    /// its length is within `limit`, and that of a pad is `remaining`.
    ///
    /// @param limit the greatest length of a record
    /// @param remaining bytes from the record's start to the end of the region
    public static boolean isRecord(MemorySegment memory, long record, long lsn, long epoch, int limit, long remaining) {
        if (Bytes.i32(memory, record + MAGIC_AT) != MAGIC
                || Bytes.i64(memory, record + LSN) != lsn
                || Bytes.i64(memory, record + EPOCH) != epoch) {
            return false;
        }
        int payload = Bytes.i32(memory, record + PAYLOAD_LENGTH);
        long most = Math.min(limit, remaining);
        if (payload < 0 || payload > most - BYTES || durableLsn(memory, record) > lsn) {
            return false;
        }
        int shift = Bytes.u8(memory, record + BLOCK_SHIFT);
        if (shift > Integer.numberOfTrailingZeros(LARGEST_BLOCK) || 1 << shift < ALIGNMENT) {
            return false;
        }
        if (paddedLength(memory, record) > remaining) {
            return false;
        }
        int operations = operations(memory, record);
        return switch (type(memory, record)) {
            case FILLED ->
                operations > 0 && operations <= payload / WalOperation.BYTES && firstSequence(memory, record) > 0;
            case PAD -> operations == 0 && payload + BYTES == remaining;
            default -> false;
        };
    }

    public static int crc(MemorySegment memory, long record) {
        return Bytes.i32(memory, record + CRC);
    }

    public static long durableLsn(MemorySegment memory, long record) {
        return Bytes.i64(memory, record + DURABLE_LSN);
    }

    public static long firstSequence(MemorySegment memory, long record) {
        return Bytes.i64(memory, record + FIRST_SEQUENCE);
    }

    public static int previousCrc(MemorySegment memory, long record) {
        return Bytes.i32(memory, record + PREVIOUS_CRC);
    }

    public static int operations(MemorySegment memory, long record) {
        return Bytes.i32(memory, record + OPERATIONS);
    }

    public static int type(MemorySegment memory, long record) {
        return Bytes.u8(memory, record + TYPE);
    }

    /// Bytes of header and operations; of a pad, all that it stands for.
    public static int length(MemorySegment memory, long record) {
        return BYTES + Bytes.i32(memory, record + PAYLOAD_LENGTH);
    }

    /// How far it is from the record's start to that of the next.
    public static int paddedLength(MemorySegment memory, long record) {
        return Bytes.roundUp(length(memory, record), 1 << Bytes.u8(memory, record + BLOCK_SHIFT));
    }
}

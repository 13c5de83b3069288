package io.treering.internal.format;

import io.treering.CorruptionException;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.Crc32c;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The meta blocks, from which everything else is found.
///
/// Four blocks of 4,096 bytes stand at the device's start, whatever the page size. A commit writes the *slot* that is
/// not the chosen one, in two separate copies, so that neither a torn write nor rot in one block loses it:
///
/// ```
///   0              4096           8192           12288          16384
///   +--------------+--------------+--------------+--------------+
///   | slot 0       | slot 1       | slot 0       | slot 1       |
///   | copy 0       | copy 0       | copy 1       | copy 1       |
///   +--------------+--------------+--------------+--------------+
/// ```
///
/// One block, little-endian but for the heads of keys:
///
/// ```
///   +--------+-------+-----------------+-------------------------------------------------------+
///   | offset | bytes | constant        |                                                       |
///   +--------+-------+-----------------+-------------------------------------------------------+
///   |      0 |     4 | CRC             | crc32c of the rest of the block, in every version     |
///   |      4 |     4 | VERSION         | 1                                                     |
///   |      8 |     8 | MAGIC           | the letters TREERING                                  |
///   |     16 |    16 | STORE_ID        | random, upper half first                              |
///   |     32 |     4 | PAGE_SIZE       |                                                       |
///   |     36 |     1 | ENCRYPTION      | algorithm, 0 for none                                 |
///   |     37 |     1 | CLEAN           | 1 if closed cleanly                                   |
///   |     38 |     1 | SLOT            | so that a read that went astray shows                 |
///   |     39 |     1 | RESERVED        | 0                                                     |
///   |     40 |     4 | ROOT_LEVEL      |                                                       |
///   |     44 |     4 | ROOT_TREE       | tree id of the root, 0                                |
///   |     48 |     8 | COMMIT          | the greatest number wins                              |
///   |     56 |     8 | GENERATION      | of the root                                           |
///   |     64 |     8 | SEQUENCE        | all writes up to it are in the tree                   |
///   |     72 |     8 | NEXT_GENERATION | above all that were handed out                        |
///   |     80 |     4 | ROOT_PAGE       | 0 for the empty tree                                  |
///   |     84 |     4 | ROOT_CRC        |                                                       |
///   |     88 |     8 | ENTRIES         | keys in the tree                                      |
///   |     96 |     8 | FILE_PAGES      | size of the device                                    |
///   |    104 |     8 | CATALOG         | kept for a tree of trees, 0                           |
///   |    112 |     8 | WAL_EPOCH       |                                                       |
///   |    120 |     8 | WAL_HEAD        | log position where a replay starts                    |
///   |    128 |     4 | WAL_FIRST_PAGE  | 0 for none                                            |
///   |    132 |     4 | WAL_PAGES       |                                                       |
///   |    136 |     8 | LIVE_PAGES      | pages that the root reaches                           |
///   |    144 |     8 | LEAST_HEAD      | no key's head is below; all ones for the empty tree   |
///   |    152 |     8 | GREATEST_HEAD   | no key's head is above; 0 for the empty tree          |
///   |    160 |    96 | UNUSED          | 0                                                     |
///   |    256 |     4 | SUMMARY_COUNT   | free-space summary pages                              |
///   |    260 |     - | SUMMARIES       | for each: u32 slot, u32 crc                           |
///   +--------+-------+-----------------+-------------------------------------------------------+
/// ```
public final class MetaPage {
    public static final int BLOCK_BYTES = 4096;
    public static final int SLOTS = 2;
    public static final int COPIES = 2;

    /// Bytes at the device's start that all blocks take.
    public static final int ALL_BYTES = BLOCK_BYTES * SLOTS * COPIES;

    /// The format version that this release writes, and the only one that it reads.
    public static final int CURRENT_VERSION = 1;

    static final int CRC = 0;
    static final int VERSION = 4;
    static final int MAGIC = 8;
    static final int STORE_ID = 16;
    static final int PAGE_SIZE = 32;
    static final int ENCRYPTION = 36;
    static final int CLEAN = 37;
    static final int SLOT = 38;
    static final int RESERVED = 39;
    static final int ROOT_LEVEL = 40;
    static final int ROOT_TREE = 44;
    static final int COMMIT = 48;
    static final int GENERATION = 56;
    static final int SEQUENCE = 64;
    static final int NEXT_GENERATION = 72;
    static final int ROOT_PAGE = 80;
    static final int ROOT_CRC = 84;
    static final int ENTRIES = 88;
    static final int FILE_PAGES = 96;
    static final int CATALOG = 104;
    static final int WAL_EPOCH = 112;
    static final int WAL_HEAD = 120;
    static final int WAL_FIRST_PAGE = 128;
    static final int WAL_PAGES = 132;
    static final int LIVE_PAGES = 136;
    static final int LEAST_HEAD = 144;
    static final int GREATEST_HEAD = 152;
    static final int UNUSED = 160;
    static final int SUMMARY_COUNT = 256;
    static final int SUMMARIES = 260;

    static final int SUMMARY_BYTES = 8;
    static final int MAXIMUM_SUMMARIES = (BLOCK_BYTES - SUMMARIES) / SUMMARY_BYTES;

    /// `TREERING` in ASCII, read as a big-endian number.
    static final long MAGIC_NUMBER = 0x5452_4545_5249_4e47L;

    private MetaPage() {}

    /// The newest committed state of a store.
    ///
    /// @param meta its contents
    /// @param slot the slot that holds it; the next commit writes the other one
    /// @param copy the first sound copy of it
    /// @param copies how many sound copies of it there are, of [#COPIES]
    public record Choice(Meta meta, int slot, int copy, int copies) {
        /// The slot that the next commit writes.
        public int nextSlot() {
            return SLOTS - 1 - slot;
        }
    }

    /// Where a block stands on the device.
    public static long position(int slot, int copy) {
        return (long) BLOCK_BYTES * (copy * SLOTS + slot);
    }

    /// The first page that the meta blocks do not touch.
    public static int firstPage(int pageSize) {
        return Math.max(1, ALL_BYTES / pageSize);
    }

    /// Writes the 4,096 bytes of a slot's blocks, which are the same in both copies, at `offset` of native memory.
    public static void encode(Meta meta, int slot, MemorySegment memory, long offset) {
        if (meta.summaries().size() > MAXIMUM_SUMMARIES) {
            throw new IllegalArgumentException(meta.summaries().size() + " summary pages exceed " + MAXIMUM_SUMMARIES);
        }
        Bytes.zero(memory, offset, offset + BLOCK_BYTES);
        Bytes.putI32(memory, offset + VERSION, CURRENT_VERSION);
        Bytes.putHead(memory, offset + MAGIC, MAGIC_NUMBER);
        Bytes.putI64(memory, offset + STORE_ID, meta.storeId().getMostSignificantBits());
        Bytes.putI64(memory, offset + STORE_ID + Long.BYTES, meta.storeId().getLeastSignificantBits());
        Bytes.putI32(memory, offset + PAGE_SIZE, meta.pageSize());
        Bytes.putU8(memory, offset + CLEAN, meta.clean() ? 1 : 0);
        Bytes.putU8(memory, offset + SLOT, slot);
        Bytes.putI32(memory, offset + ROOT_LEVEL, meta.rootLevel());
        Bytes.putI64(memory, offset + COMMIT, meta.commit());
        Bytes.putI64(memory, offset + GENERATION, meta.generation());
        Bytes.putI64(memory, offset + SEQUENCE, meta.sequence());
        Bytes.putI64(memory, offset + NEXT_GENERATION, meta.nextGeneration());
        Bytes.putI32(memory, offset + ROOT_PAGE, meta.rootPage());
        Bytes.putI32(memory, offset + ROOT_CRC, meta.rootCrc());
        Bytes.putI64(memory, offset + ENTRIES, meta.entries());
        Bytes.putI64(memory, offset + FILE_PAGES, meta.filePages());
        Bytes.putI64(memory, offset + WAL_EPOCH, meta.walEpoch());
        Bytes.putI64(memory, offset + WAL_HEAD, meta.walHead());
        Bytes.putI32(memory, offset + WAL_FIRST_PAGE, meta.walFirstPage());
        Bytes.putI32(memory, offset + WAL_PAGES, meta.walPages());
        Bytes.putI64(memory, offset + LIVE_PAGES, meta.livePages());
        Bytes.putHead(memory, offset + LEAST_HEAD, meta.heads().least());
        Bytes.putHead(memory, offset + GREATEST_HEAD, meta.heads().greatest());
        Bytes.putI32(memory, offset + SUMMARY_COUNT, meta.summaries().size());
        long at = offset + SUMMARIES;
        for (SlotReference summary : meta.summaries()) {
            Bytes.putI32(memory, at, summary.slot());
            Bytes.putI32(memory, at + Integer.BYTES, summary.crc());
            at += SUMMARY_BYTES;
        }
        Bytes.putI32(memory, offset + CRC, checksum(memory, offset));
    }

    /// Finds the newest sound block among the device's first [#ALL_BYTES] bytes, which stand at `offset`.
    ///
    /// @return the newest state, or null if no block bears the magic: this was never a store
    /// @throws UnsupportedFormatException if a block is sound but of another version: this release may overwrite
    /// nothing
    /// @throws CorruptionException if there are blocks but none is sound, or sound ones that contradict each other
    public static @Nullable Choice choose(String device, MemorySegment memory, long offset) {
        boolean magicSeen = false;
        Choice best = null;
        for (int slot = 0; slot < SLOTS; slot++) {
            for (int copy = 0; copy < COPIES; copy++) {
                long block = offset + position(slot, copy);
                magicSeen |= isMarked(memory, block);
                if (isSound(memory, block)) {
                    Meta meta = new MetaDecoder(device, memory, block, position(slot, copy)).decode(slot);
                    Choice found = new Choice(meta, slot, copy, 1);
                    best = newer(device, best, found, sameCopies(memory, offset, slot));
                }
            }
        }
        if (best == null && magicSeen) {
            throw new CorruptionException(device, 0, "a sound meta block", "damage in all of them");
        }
        return best;
    }

    /// Whether there is a block with the magic and the right checksum among the device's first [#ALL_BYTES] bytes,
    /// which stand at `offset`; whatever else is to be said of it, [#choose] says.
    public static boolean isAnySound(MemorySegment memory, long offset) {
        for (long block = offset; block < offset + ALL_BYTES; block += BLOCK_BYTES) {
            if (isSound(memory, block)) {
                return true;
            }
        }
        return false;
    }

    /// As [#isAnySound], for all of the blocks.
    public static boolean isEverySound(MemorySegment memory, long offset) {
        for (long block = offset; block < offset + ALL_BYTES; block += BLOCK_BYTES) {
            if (!isSound(memory, block)) {
                return false;
            }
        }
        return true;
    }

    /// Makes of two readings of the device's first [#ALL_BYTES] bytes, both at the segments' start, the better one: a
    /// block that is not sound in `memory`, but in `again`, is taken from there.
    public static void takeSound(MemorySegment memory, MemorySegment again) {
        for (long block = 0; block < ALL_BYTES; block += BLOCK_BYTES) {
            if (!isSound(memory, block) && isSound(again, block)) {
                MemorySegment.copy(again, block, memory, block, BLOCK_BYTES);
            }
        }
    }

    private static boolean isMarked(MemorySegment memory, long block) {
        return Bytes.head(memory, block + MAGIC) == MAGIC_NUMBER;
    }

    private static boolean isSound(MemorySegment memory, long block) {
        return isMarked(memory, block) && Bytes.i32(memory, block + CRC) == checksum(memory, block);
    }

    /// Bytes rather than contents are compared: they are written from one image, and a record's own `equals` costs an
    /// opening 8 ms.
    private static boolean sameCopies(MemorySegment memory, long offset, int slot) {
        long first = offset + position(slot, 0);
        long second = offset + position(slot, 1);
        return MemorySegment.mismatch(memory, first, first + BLOCK_BYTES, memory, second, second + BLOCK_BYTES) < 0;
    }

    private static Choice newer(String device, @Nullable Choice best, Choice found, boolean sameCopies) {
        if (best == null) {
            return found;
        }
        Meta other = best.meta();
        Meta meta = found.meta();
        if (!other.storeId().equals(meta.storeId())) {
            throw new CorruptionException(
                    device, 0, "meta blocks of one store", "stores " + other.storeId() + " and " + meta.storeId());
        }
        if (other.commit() != meta.commit()) {
            return other.commit() > meta.commit() ? best : found;
        }
        if (best.slot() != found.slot() || !sameCopies) {
            throw new CorruptionException(
                    device, 0, "one state of commit " + meta.commit(), "two meta blocks that differ");
        }
        return new Choice(meta, best.slot(), best.copy(), best.copies() + 1);
    }

    static int checksum(MemorySegment memory, long block) {
        return Crc32c.of(memory, block + VERSION, BLOCK_BYTES - VERSION);
    }
}

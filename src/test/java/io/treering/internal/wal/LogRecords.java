package io.treering.internal.wal;

import io.treering.internal.format.WalRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// Finds the valid records of a store's present epoch, block by block, without following them.
final class LogRecords {
    private LogRecords() {}

    /// What a valid record says of itself.
    record Found(long lsn, int length, boolean pad, long durableLsn, long firstSequence) {}

    static NavigableMap<Long, Found> of(LogStore store) {
        WalRegion region = store.region;
        MemorySegment memory = Arena.ofAuto().allocate(region.bytes(), 4096);
        store.disk.read(region.position(0), memory);
        NavigableMap<Long, Found> found = new TreeMap<>();
        for (long lsn = store.head; lsn < store.head + region.bytes(); lsn += WalRecord.ALIGNMENT) {
            int at = (int) (lsn % region.bytes());
            if (WalRecord.isRecord(memory, at, lsn, store.epoch, region.recordBytes(), region.remaining(lsn))
                    && WalRecord.checksum(memory, memory.asByteBuffer(), at, new CRC32C())
                            == WalRecord.crc(memory, at)) {
                boolean pad = WalRecord.type(memory, at) == WalRecord.PAD;
                found.put(
                        lsn,
                        new Found(
                                lsn,
                                pad ? WalRecord.BYTES : WalRecord.length(memory, at),
                                pad,
                                WalRecord.durableLsn(memory, at),
                                WalRecord.firstSequence(memory, at)));
            }
        }
        return found;
    }
}

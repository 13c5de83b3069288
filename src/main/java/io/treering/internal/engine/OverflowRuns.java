package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.device.BlockDevice;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.Crc32c;
import io.treering.internal.cache.PageCache;
import io.treering.internal.cache.RunLoad;
import io.treering.internal.format.OverflowReference;
import io.treering.internal.format.OverflowRun;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/// Reads and writes overflow runs, from and to the device in pieces of [IoBuffers#BYTES].
///
/// Whoever reads holds a registered view, so the run cannot be reused meanwhile; whatever does not match is therefore
/// damage, reported as [PageAnomaly] for the caller to put the device's name to.
///
/// What was read and found right comes into the page cache, if it does not take too much of it. A page of a run says
/// nothing about itself, so one that is in the cache must be the run's: while a run is written its pages are owned,
/// and what they were before is forgotten.
final class OverflowRuns {
    private final BlockDevice device;
    private final PageCache cache;
    private final IoBuffers buffers;
    private final CountedMemory memory;
    private final int pageSize;

    OverflowRuns(BlockDevice device, PageCache cache, IoBuffers buffers, CountedMemory memory, int pageSize) {
        this.device = device;
        this.cache = cache;
        this.buffers = buffers;
        this.memory = memory;
        this.pageSize = pageSize;
    }

    int pages(int keyLength, long valueLength) {
        return OverflowRun.pages(keyLength, valueLength, pageSize);
    }

    /// Writes a run; durable after the next sync of the device.
    ///
    /// The checksum stands in the first piece and covers all of them, so that piece is written last. The value is read
    /// once: what another thread changes meanwhile is what it is, but what the checksum covers is what was written.
    ///
    /// @return the run's reference
    long write(int firstPage, long birth, byte[] key, int keyLength, ValueBytes value) {
        int pages = pages(keyLength, value.length());
        MemorySegment first = buffers.take();
        cache.ownRun(firstPage, pages);
        try {
            long runBytes = (long) pages * pageSize;
            int count = (int) Math.min(IoBuffers.BYTES, runBytes);
            writeHead(first, 0, firstPage, birth, keyLength, value.length());
            MemorySegment.copy(key, 0, first, JAVA_BYTE, OverflowRun.KEY, keyLength);
            int start = OverflowRun.valueOffset(keyLength);
            fill(first, start, count, value, 0);
            CRC32C crc = new CRC32C();
            Crc32c.update(crc, first, PageHeader.TYPE, count - PageHeader.TYPE);
            if (count < runBytes) {
                writeBehind(crc, firstPage, runBytes, value, start);
            }
            Bytes.putI32(first, PageHeader.CRC, (int) crc.getValue());
            device.write(position(firstPage), first.asSlice(0, count));
            return PageReference.of(firstPage, (int) crc.getValue());
        } finally {
            cache.disownRun(firstPage, pages);
            buffers.giveBack(first);
        }
    }

    /// Writes all pieces but the first.
    private void writeBehind(CRC32C crc, int firstPage, long runBytes, ValueBytes value, int valueStart) {
        MemorySegment buffer = buffers.take();
        try {
            for (long at = IoBuffers.BYTES; at < runBytes; at += IoBuffers.BYTES) {
                int count = (int) Math.min(IoBuffers.BYTES, runBytes - at);
                fill(buffer, 0, count, value, at - valueStart);
                Crc32c.update(crc, buffer, 0, count);
                device.write(position(firstPage) + at, buffer.asSlice(0, count));
            }
        } finally {
            buffers.giveBack(buffer);
        }
    }

    /// Fills `[start, end)` with the value's bytes from `from` on, and zeros behind them.
    private static void fill(MemorySegment buffer, int start, int end, ValueBytes value, long from) {
        long present = Math.clamp(value.length() - from, 0, end - start);
        if (present > 0) {
            value.copyTo(from, buffer, start, present);
        }
        Bytes.zero(buffer, start + present, end);
    }

    private static void writeHead(
            MemorySegment memory, long run, int firstPage, long birth, int keyLength, long valueLength) {
        PageHeader.write(memory, run, PageHeader.OVERFLOW, 0, 0, firstPage, birth, 0, 0);
        Bytes.putI64(memory, run + OverflowRun.VALUE_LENGTH, valueLength);
        Bytes.putU16(memory, run + OverflowRun.KEY_LENGTH, keyLength);
    }

    /// Lays out a whole run in memory at `run`, which has room for all its pages.
    ///
    /// @return the run's reference
    long layOut(
            MemorySegment memory,
            long run,
            int firstPage,
            long birth,
            MemorySegment source,
            long keyOffset,
            int keyLength,
            int valueLength) {
        writeHead(memory, run, firstPage, birth, keyLength, valueLength);
        long bytes = (long) keyLength + valueLength;
        MemorySegment.copy(source, keyOffset, memory, run + OverflowRun.KEY, bytes);
        long runBytes = (long) pages(keyLength, valueLength) * pageSize;
        Bytes.zero(memory, run + OverflowRun.KEY + bytes, run + runBytes);
        return PageReference.of(firstPage, PageHeader.seal(memory, run, runBytes));
    }

    /// Reads a value into `into[intoOffset, intoOffset + capacity)`, as much of it as fits, and checks all of it that
    /// is not in the cache.
    void read(long reference, int keyLength, long valueLength, MemorySegment into, long intoOffset, long capacity) {
        long valueStart = OverflowRun.valueOffset(keyLength);
        long wanted = Math.min(valueLength, capacity);
        if (copyCached(reference, keyLength, into, intoOffset, wanted)) {
            return;
        }
        MemorySegment buffer = buffers.take();
        try {
            readIntoCache(buffer, reference, keyLength, valueLength, (at, count) -> {
                long from = Math.max(valueStart, at);
                long to = Math.min(valueStart + wanted, at + count);
                if (from < to) {
                    MemorySegment.copy(buffer, from - at, into, intoOffset + from - valueStart, to - from);
                }
            });
        } finally {
            buffers.giveBack(buffer);
        }
    }

    /// Whether it is worth the while to ask [#copyCached]. What is asked about need not be a run at all.
    boolean mayBeCached(long reference, int keyLength, long valueLength) {
        return OverflowReference.isLength(valueLength)
                && cache.mayHoldRun(PageReference.page(reference), pages(keyLength, valueLength));
    }

    /// Copies the beginning of a value whose run is in the cache. If it may be used again meanwhile, so may what was
    /// copied be another's.
    ///
    /// @return false if not all of it is there; then `into` holds garbage
    boolean copyCached(long reference, int keyLength, MemorySegment into, long intoOffset, long bytes) {
        return cache.copyRun(
                PageReference.page(reference), OverflowRun.valueOffset(keyLength), bytes, into, intoOffset);
    }

    /// A value in memory that the caller gives back: in a buffer, if one holds its run, else in memory of its own.
    LoadedValue load(long reference, int keyLength, long valueLength) {
        checkPlace(PageReference.page(reference), keyLength, valueLength);
        boolean fits = (long) pages(keyLength, valueLength) * pageSize <= IoBuffers.BYTES;
        return fits ? loadShort(reference, keyLength, valueLength) : loadLong(reference, keyLength, valueLength);
    }

    private LoadedValue loadShort(long reference, int keyLength, long valueLength) {
        long start = OverflowRun.valueOffset(keyLength);
        MemorySegment buffer = buffers.take();
        try {
            if (!copyCached(reference, keyLength, buffer, start, valueLength)) {
                readIntoCache(buffer, reference, keyLength, valueLength, (_, _) -> {});
            }
        } catch (RuntimeException | Error e) {
            buffers.giveBack(buffer);
            throw e;
        }
        return new LoadedValue(buffer, start, valueLength, () -> buffers.giveBack(buffer));
    }

    private LoadedValue loadLong(long reference, int keyLength, long valueLength) {
        CountedMemory.Loan value = memory.borrow(valueLength);
        try {
            read(reference, keyLength, valueLength, value.memory(), 0, valueLength);
        } catch (RuntimeException | Error e) {
            value.close();
            throw e;
        }
        return new LoadedValue(value.memory(), 0, valueLength, value::close);
    }

    /// A value that was read, at an offset of some memory. It is given back by [#close], once.
    record LoadedValue(MemorySegment memory, long offset, long length, Runnable release) implements AutoCloseable {
        /// The value and nothing else.
        MemorySegment segment() {
            return memory.asSlice(offset, length);
        }

        @Override
        public void close() {
            release.run();
        }
    }

    /// Checks that a run on the device is what `reference` says; throws [PageAnomaly] if not.
    void verify(long reference, int keyLength, long valueLength) {
        MemorySegment buffer = buffers.take();
        try {
            readThrough(buffer, reference, keyLength, valueLength, (_, _) -> {});
        } finally {
            buffers.giveBack(buffer);
        }
    }

    /// Writes a run again as it is, so that the next sync answers for it. Of a run that was found after a sync that
    /// failed it is not known whether it is more than the operating system's memory of it.
    void rewrite(int firstPage, int pages) {
        MemorySegment buffer = buffers.take();
        try {
            long runBytes = (long) pages * pageSize;
            for (long at = 0; at < runBytes; at += IoBuffers.BYTES) {
                MemorySegment piece = buffer.asSlice(0, Math.min(IoBuffers.BYTES, runBytes - at));
                device.read(position(firstPage) + at, piece);
                device.write(position(firstPage) + at, piece);
            }
        } finally {
            buffers.giveBack(buffer);
        }
    }

    private interface Piece {
        void accept(long at, int count);
    }

    /// As [#readThrough], and who reads the run next finds it in the cache.
    private void readIntoCache(MemorySegment buffer, long reference, int keyLength, long valueLength, Piece consumer) {
        try (RunLoad load = cache.loadRun(PageReference.page(reference), pages(keyLength, valueLength))) {
            readThrough(buffer, reference, keyLength, valueLength, (at, count) -> {
                load.fill(at, buffer, count);
                consumer.accept(at, count);
            });
            load.show();
        }
    }

    private void readThrough(MemorySegment buffer, long reference, int keyLength, long valueLength, Piece consumer) {
        int firstPage = PageReference.page(reference);
        checkPlace(firstPage, keyLength, valueLength);
        long runBytes = (long) pages(keyLength, valueLength) * pageSize;
        CRC32C crc = new CRC32C();
        for (long at = 0; at < runBytes; at += IoBuffers.BYTES) {
            int count = (int) Math.min(IoBuffers.BYTES, runBytes - at);
            device.read(position(firstPage) + at, buffer.asSlice(0, count));
            if (at == 0) {
                OverflowRun.validateStart(buffer, 0, firstPage, keyLength, valueLength);
                checkCrc(reference, PageHeader.crc(buffer, 0));
            }
            int skip = at == 0 ? PageHeader.TYPE : 0;
            Crc32c.update(crc, buffer, skip, count - skip);
            consumer.accept(at, count);
        }
        checkCrc(reference, (int) crc.getValue());
    }

    private static void checkCrc(long reference, int crc) {
        int expected = PageReference.crc(reference);
        if (crc != expected) {
            throw new PageAnomaly(PageReference.page(reference), "a run with checksum " + hex(expected), hex(crc));
        }
    }

    private void checkPlace(int firstPage, int keyLength, long valueLength) {
        if (firstPage <= 0 || !OverflowReference.isLength(valueLength)) {
            throw new PageAnomaly(firstPage, "an overflow reference", "a value of " + valueLength + " bytes");
        }
        long end = position(firstPage) + (long) pages(keyLength, valueLength) * pageSize;
        if (end > device.size()) {
            throw new PageAnomaly(
                    firstPage, "a run inside the device", "an end at byte " + end + " of " + device.size());
        }
    }

    private static String hex(int crc) {
        return "0x" + Integer.toHexString(crc);
    }

    private long position(int page) {
        return (long) page * pageSize;
    }
}

package io.treering.internal.wal;

import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.bytes.Bytes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The part of the log that is in memory while it is replayed. It moves forward, with the next part being read ahead;
/// to go elsewhere costs a wait.
///
/// There are two halves. While one is looked at, the other is filled with what follows; then what is left of the first
/// is copied in front of the second, so that a record always lies in one piece:
///
/// ```
///   |  room for the rest of the other half  |  what was read  |
/// ```
final class LogWindow implements AutoCloseable {
    /// Reads of this size are in flight together.
    private static final int PIECE = 256 << 10;

    private static final int HALVES = 2;

    private final BlockDevice device;
    private final WalRegion region;
    private final MemorySegment memory;
    private final ByteBuffer bytes;
    private final int alignment;
    private final int chunk;

    /// Nothing is read from there on, because the log ends there at the latest.
    private final long limit;

    private int half;

    /// What is in memory is `[from, to)`; `from` lies at `origin`.
    private long from;

    private long to;
    private long origin;

    /// Up to where the other half is being filled, from `to` on.
    private long ahead;

    private final List<IoOperation> reads = new ArrayList<>();

    /// @param limit a multiple of the alignment
    LogWindow(BlockDevice device, WalRegion region, MemorySegment memory, long limit) {
        this.device = device;
        this.region = region;
        this.memory = memory.asSlice(0, HALVES * bytes(region));
        this.bytes = this.memory.asByteBuffer();
        this.alignment = WalRegion.alignment(device);
        this.chunk = chunk(region);
        this.limit = limit;
    }

    /// Memory for both halves takes twice that.
    static long bytes(WalRegion region) {
        return 2L * chunk(region);
    }

    private static int chunk(WalRegion region) {
        return Bytes.roundUp(region.recordBytes(), WalRegion.LARGEST_BLOCK);
    }

    MemorySegment memory() {
        return memory;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /// Sees to it that `length` bytes of the log, at most a record, are in memory; they are below the limit.
    ///
    /// @return where they begin; valid until the next call
    int read(long lsn, int length) {
        assert length <= chunk && lsn + length <= limit : lsn + " + " + length + ", limit " + limit;
        if (lsn < from || lsn > to) {
            seek(lsn);
        }
        while (lsn + length > to) {
            moveOn(Math.min(lsn, to));
        }
        return (int) (origin + lsn - from);
    }

    private void seek(long lsn) {
        drain();
        from = lsn & -alignment;
        to = from;
        origin = start(half) + chunk;
        readAhead();
    }

    /// The other half becomes the present one, with what this one has from `keep` on in front.
    private void moveOn(long keep) {
        long rest = to - keep;
        awaitReads();
        int next = 1 - half;
        long start = start(next) + chunk;
        MemorySegment.copy(memory, origin + keep - from, memory, start - rest, rest);
        half = next;
        origin = start - rest;
        from = keep;
        to = ahead;
        readAhead();
    }

    private void readAhead() {
        ahead = Math.min(to + chunk, limit);
        long into = start(1 - half) + chunk;
        for (long at = to; at < ahead; ) {
            long length = Math.min(Math.min(PIECE, ahead - at), region.remaining(at));
            reads.add(device.submitRead(region.position(at), memory.asSlice(into, length)));
            into += length;
            at += length;
        }
    }

    private long start(int index) {
        return index * 2L * chunk;
    }

    private void awaitReads() {
        // One by one off the list: those behind one that fails are still awaited by close().
        while (!reads.isEmpty()) {
            reads.removeLast().await();
        }
    }

    private void drain() {
        while (!reads.isEmpty()) {
            try {
                reads.removeLast().await();
            } catch (RuntimeException _) {
                // What it would have read is not needed.
            }
        }
    }

    /// The memory is the caller's again.
    @Override
    public void close() {
        drain();
    }
}

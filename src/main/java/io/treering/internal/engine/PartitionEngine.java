package io.treering.internal.engine;

import io.treering.CheckReport;
import io.treering.Cursor;
import io.treering.KeyRange;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.PartitionStats;
import io.treering.Scan;
import io.treering.SliceReader;
import io.treering.Snapshot;
import io.treering.WriteBatch;
import io.treering.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The facade: every public method of a partition, handed on to the part that does the work.
public final class PartitionEngine implements Partition {
    final Parts parts;
    private final ReadPath reads;
    private final Writer writer;
    private final Lifecycle lifecycle;
    private final Closing closing;

    PartitionEngine(Parts parts) {
        this.parts = parts;
        this.reads = parts.reads();
        this.writer = parts.writer();
        this.lifecycle = parts.lifecycle();
        this.closing = new Closing(parts);
    }

    /// Opens a directory.
    public static Partition open(Path directory, PartitionConfig config) {
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(config, "config");
        return Opening.open(directory, config, EngineRuntime.threads());
    }

    /// Opens a device. It is closed with the partition.
    public static Partition open(BlockDevice device, PartitionConfig config) {
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(config, "config");
        return Opening.open(device, config, EngineRuntime.threads());
    }

    /// Opens a new store in memory.
    public static Partition inMemory(PartitionConfig config) {
        Objects.requireNonNull(config, "config");
        return Opening.inMemory(config, EngineRuntime.threads());
    }

    private void ensureWritable() {
        lifecycle.ensureOpen();
        if (parts.readOnly()) {
            throw new UnsupportedOperationException(parts.name() + " was opened read-only");
        }
    }

    // ---- reading ----------------------------------------------------------------------------------------------------

    @Override
    public byte @Nullable [] get(byte[] key) {
        return reads.get(null, key);
    }

    @Override
    public int get(byte[] key, byte[] into) {
        return reads.get(null, key, into);
    }

    @Override
    public int get(MemorySegment key, MemorySegment into) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(into, "into");
        return reads.get(null, key, 0, key.byteSize(), into, 0, into.byteSize());
    }

    @Override
    public int get(
            MemorySegment key, long keyOffset, int keyLength, MemorySegment into, long intoOffset, int intoLength) {
        return reads.get(null, key, keyOffset, keyLength, into, intoOffset, intoLength);
    }

    @Override
    public <R extends @Nullable Object, X extends Exception> @Nullable R read(
            byte[] key, SliceReader<? extends R, X> reader) throws X {
        return reads.read(null, key, reader);
    }

    @Override
    public boolean contains(byte[] key) {
        return reads.contains(null, key);
    }

    @Override
    public boolean contains(MemorySegment key) {
        return reads.contains(null, key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        return reads.multiGet(null, keys);
    }

    @Override
    public Scan scan() {
        return reads.scan(null, null, null, false);
    }

    @Override
    public Scan scan(byte @Nullable [] from, byte @Nullable [] to) {
        return reads.scan(null, clone(from), clone(to), false);
    }

    private static byte @Nullable [] clone(byte @Nullable [] bound) {
        return bound == null ? null : bound.clone();
    }

    @Override
    public Scan scan(KeyRange range) {
        Objects.requireNonNull(range, "range");
        return reads.scan(null, range.from(), range.to(), range.isReversed());
    }

    @Override
    public Cursor cursor() {
        return new EngineCursor(reads, null);
    }

    @Override
    public Snapshot snapshot() {
        lifecycle.enter();
        try {
            return new EngineSnapshot(reads, parts.views().register(true));
        } finally {
            lifecycle.leave();
        }
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    @Override
    public void put(byte[] key, byte[] value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        ensureWritable();
        writer.put(key, value);
    }

    @Override
    public void put(MemorySegment key, MemorySegment value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        ensureWritable();
        int length = writer.limits().checkKey(key.byteSize());
        writer.put(Keys.scratch(key, 0, length), length, value);
    }

    @Override
    public void delete(byte[] key) {
        Objects.requireNonNull(key, "key");
        ensureWritable();
        writer.delete(key, key.length);
    }

    @Override
    public void delete(MemorySegment key) {
        Objects.requireNonNull(key, "key");
        ensureWritable();
        int length = writer.limits().checkKey(key.byteSize());
        writer.delete(Keys.scratch(key, 0, length), length);
    }

    @Override
    public void write(WriteBatch batch) {
        Objects.requireNonNull(batch, "batch");
        ensureWritable();
        writer.write(batch);
    }

    @Override
    public void flush() {
        ensureWritable();
        lifecycle.enter();
        try {
            writer.flush();
        } finally {
            lifecycle.leave();
        }
    }

    @Override
    public void sync() {
        ensureWritable();
        lifecycle.enter();
        try {
            writer.sync();
        } finally {
            lifecycle.leave();
        }
    }

    // ---- the whole ------------------------------------------------------------------------------------------------

    @Override
    public PartitionStats stats() {
        lifecycle.enter();
        try {
            return Statistics.of(parts);
        } finally {
            lifecycle.leave();
        }
    }

    @Override
    public CheckReport check() {
        lifecycle.enter();
        try {
            return new Check(parts).run();
        } finally {
            lifecycle.leave();
        }
    }

    @Override
    public void close() {
        closing.close();
    }

    @Override
    public String toString() {
        return "Partition[" + parts.name() + "]";
    }
}

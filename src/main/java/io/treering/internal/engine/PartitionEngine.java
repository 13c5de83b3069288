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
import org.jspecify.annotations.Nullable;

/// A place holder.
@SuppressWarnings("DoNotCallSuggester")
public final class PartitionEngine implements Partition {
    private PartitionEngine() {}

    public static Partition open(Path directory, PartitionConfig config) {
        throw new UnsupportedOperationException("not built yet");
    }

    public static Partition open(BlockDevice device, PartitionConfig config) {
        throw new UnsupportedOperationException("not built yet");
    }

    public static Partition inMemory(PartitionConfig config) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int get(byte[] key, byte[] into) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int get(MemorySegment key, MemorySegment into) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public int get(
            MemorySegment key, long keyOffset, int keyLength, MemorySegment into, long intoOffset, int intoLength) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public <R extends @Nullable Object, X extends Exception> @Nullable R read(
            byte[] key, SliceReader<? extends R, X> reader) throws X {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean contains(byte[] key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public boolean contains(MemorySegment key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Scan scan() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Scan scan(byte @Nullable [] from, byte @Nullable [] to) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Scan scan(KeyRange range) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Cursor cursor() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void put(byte[] key, byte[] value) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void put(MemorySegment key, MemorySegment value) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void delete(byte[] key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void delete(MemorySegment key) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void write(WriteBatch batch) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void flush() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void sync() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Snapshot snapshot() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public PartitionStats stats() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public CheckReport check() {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("not built yet");
    }
}

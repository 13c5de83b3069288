package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.Cursor;
import io.treering.KeyRange;
import io.treering.Scan;
import io.treering.SliceReader;
import io.treering.Snapshot;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A snapshot: a registration that is rebased at once, because point gets keep no position.
public final class EngineSnapshot implements Snapshot {
    private final ReadPath reads;
    private final Registration registration;
    private final Abandoned.Resource resource;
    private final Cleaner.Cleanable cleanable;
    private volatile boolean closed;

    EngineSnapshot(ReadPath reads, Registration registration) {
        this.reads = reads;
        this.registration = registration;
        this.resource = new Abandoned.Resource("snapshot", registration);
        this.cleanable = Abandoned.watch(this, resource);
    }

    private Registration held() {
        if (closed) {
            throw new ClosedException("Snapshot");
        }
        return registration;
    }

    @Override
    public long sequence() {
        return held().sequence;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return reads.get(held(), key);
    }

    @Override
    public int get(byte[] key, byte[] into) {
        return reads.get(held(), key, into);
    }

    @Override
    public int get(MemorySegment key, MemorySegment into) {
        return reads.get(held(), key, 0, key.byteSize(), into, 0, into.byteSize());
    }

    @Override
    public int get(
            MemorySegment key, long keyOffset, int keyLength, MemorySegment into, long intoOffset, int intoLength) {
        return reads.get(held(), key, keyOffset, keyLength, into, intoOffset, intoLength);
    }

    @Override
    public <R extends @Nullable Object, X extends Exception> @Nullable R read(
            byte[] key, SliceReader<? extends R, X> reader) throws X {
        return reads.read(held(), key, reader);
    }

    @Override
    public boolean contains(byte[] key) {
        return reads.contains(held(), key);
    }

    @Override
    public boolean contains(MemorySegment key) {
        return reads.contains(held(), key);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        return reads.multiGet(held(), keys);
    }

    @Override
    public Scan scan() {
        return reads.scan(held(), null, null, false);
    }

    @Override
    public Scan scan(byte @Nullable [] from, byte @Nullable [] to) {
        return scan(KeyRange.of(from, to));
    }

    @Override
    public Scan scan(KeyRange range) {
        return reads.scan(held(), range.from(), range.to(), range.isReversed());
    }

    @Override
    public Cursor cursor() {
        return new EngineCursor(reads, held());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            resource.expectClose();
            cleanable.clean();
        }
    }
}

package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.Cursor;
import io.treering.KeyRange;
import io.treering.Scan;
import io.treering.SliceReader;
import io.treering.Snapshot;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A snapshot: a registration that is rebased at once, because point gets keep no position.
///
/// A call keeps the snapshot reachable to its end: else one that is used for the last time could be collected, and its
/// pages reused, while it is read.
public final class EngineSnapshot implements Snapshot {
    private final ReadPath reads;
    private final Registration registration;
    private final Abandoned.Held watched;
    private volatile boolean closed;

    EngineSnapshot(ReadPath reads, Registration registration) {
        this.reads = reads;
        this.registration = registration;
        this.watched = reads.abandoned().watch(this, "snapshot", registration);
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
        try {
            return reads.get(held(), key);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int get(byte[] key, byte[] into) {
        try {
            return reads.get(held(), key, into);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int get(MemorySegment key, MemorySegment into) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(into, "into");
        try {
            return reads.get(held(), key, 0, key.byteSize(), into, 0, into.byteSize());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int get(
            MemorySegment key, long keyOffset, int keyLength, MemorySegment into, long intoOffset, int intoLength) {
        try {
            return reads.get(held(), key, keyOffset, keyLength, into, intoOffset, intoLength);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public <R extends @Nullable Object, X extends Exception> @Nullable R read(
            byte[] key, SliceReader<? extends R, X> reader) throws X {
        try {
            return reads.read(held(), key, reader);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public boolean contains(byte[] key) {
        try {
            return reads.contains(held(), key);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public boolean contains(MemorySegment key) {
        try {
            return reads.contains(held(), key);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        try {
            return reads.multiGet(held(), keys);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public Scan scan() {
        try {
            return reads.scan(held(), null, null, false);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public Scan scan(byte @Nullable [] from, byte @Nullable [] to) {
        return scan(KeyRange.of(from, to));
    }

    @Override
    public Scan scan(KeyRange range) {
        Objects.requireNonNull(range, "range");
        try {
            return reads.scan(held(), range.from(), range.to(), range.isReversed());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public Cursor cursor() {
        try {
            return new EngineCursor(reads, held());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            watched.close();
        }
    }
}

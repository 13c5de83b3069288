package io.treering.internal.cache;

import io.treering.IoFailureException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// A device in memory that does, during each read, what the test tells it: so a test can put any event of another
/// thread in the middle of a load. Reads and writes go in two halves, for more tearing.
final class ScriptedDevice implements BlockDevice {
    private final MemorySegment content;
    private volatile long size;

    /// Called with the page id in the middle of each read; what it throws is what the read throws.
    volatile IntConsumer duringRead = page -> {};

    /// Called with the page id when a read is submitted; what it throws is what the submission throws.
    volatile IntConsumer onSubmit = page -> {};

    /// Whether submitted reads stay in flight until they are awaited or [#finishReads].
    volatile boolean defer;

    final AtomicInteger reads = new AtomicInteger();
    final AtomicInteger submissions = new AtomicInteger();
    private final List<Deferred> deferred = new ArrayList<>();

    ScriptedDevice(Arena arena, int pages) {
        size = (long) pages * SelfCheckingPages.SIZE;
        content = arena.allocate(size, 4096);
    }

    static IoFailureException failure(String operation) {
        return new IoFailureException(operation, 5, "EIO");
    }

    /// Writes a self-checking page and returns its checksum.
    int put(int page, long birth) {
        return SelfCheckingPages.write(content, (long) page * SelfCheckingPages.SIZE, page, birth);
    }

    synchronized void finishReads() {
        deferred.forEach(Deferred::run);
    }

    @Override
    public void read(long position, MemorySegment into) {
        reads.getAndIncrement();
        int page = (int) (position / SelfCheckingPages.SIZE);
        if (position >= size) {
            throw failure("read of page " + page + " past the end");
        }
        long half = into.byteSize() / 2;
        MemorySegment.copy(content, position, into, 0, half);
        duringRead.accept(page);
        MemorySegment.copy(content, position + half, into, half, half);
    }

    @Override
    public IoOperation submitRead(long position, MemorySegment into) {
        submissions.getAndIncrement();
        onSubmit.accept((int) (position / SelfCheckingPages.SIZE));
        Deferred read = new Deferred(() -> read(position, into));
        if (defer) {
            synchronized (this) {
                deferred.add(read);
            }
        } else {
            read.run();
        }
        return read;
    }

    @Override
    public void write(long position, MemorySegment from) {
        long half = from.byteSize() / 2;
        MemorySegment.copy(from, 0, content, position, half);
        Thread.onSpinWait();
        MemorySegment.copy(from, half, content, position + half, half);
    }

    @Override
    public void truncate(long newSize) {
        size = newSize;
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public int blockSize() {
        return SelfCheckingPages.SIZE;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public IoOperation submitWrite(long position, MemorySegment... from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void sync() {}

    @Override
    public void grow(long newSize) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void discard(long position, long length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    /// A read that happens when it is awaited, or before.
    private static final class Deferred implements IoOperation {
        private final Runnable read;
        private boolean done;
        private @Nullable RuntimeException failure;

        Deferred(Runnable read) {
            this.read = read;
        }

        synchronized void run() {
            if (!done) {
                try {
                    read.run();
                } catch (RuntimeException thrown) {
                    failure = thrown;
                }
                done = true;
            }
        }

        @Override
        public synchronized boolean isDone() {
            return done;
        }

        @Override
        public synchronized void await() {
            run();
            if (failure != null) {
                throw failure;
            }
        }
    }
}

package io.treering.internal.file;

import io.treering.IoBackend;
import io.treering.IoFailureException;
import io.treering.internal.uring.BufferRegistration;
import io.treering.internal.uring.PendingOperation;
import io.treering.internal.uring.RingFile;
import io.treering.internal.uring.RingLoop;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `URING` and `URING_FIXED`: an event loop's ring does it.
final class RingQueue implements IoQueue {
    private final RingLoop loop;
    private final RingFile file;
    private final String reason;

    /// Whether buffers are registered, and whether the user insisted on it.
    private final boolean fixed;

    private final boolean insisted;

    /// Why buffers are not registered after all.
    private volatile @Nullable String stepDown;

    /// By address.
    private final Map<Long, BufferRegistration> registrations = new HashMap<>();

    RingQueue(RingLoop loop, RingFile file, boolean fixed, boolean insisted, String reason) {
        this.loop = loop;
        this.file = file;
        this.fixed = fixed;
        this.insisted = insisted;
        this.reason = reason;
    }

    @Override
    public IoBackend backend() {
        return fixed && stepDown == null ? IoBackend.URING_FIXED : IoBackend.URING;
    }

    @Override
    public String reason() {
        String down = stepDown;
        return down == null ? reason : reason + "; no registered buffers: " + down;
    }

    @Override
    public void ensureUsable() {
        if (file.isAbandoned()) {
            throw new IoFailureException(
                    "I/O", 0, "the event loop gave up on operations that may still write to memory");
        }
    }

    @Override
    public long memoryBytes() {
        return loop.memoryBytes();
    }

    @Override
    public PendingOperation read(long position, MemorySegment into) {
        ensureUsable();
        return loop.read(file, position, into);
    }

    @Override
    public PendingOperation write(long position, MemorySegment[] from) {
        ensureUsable();
        return loop.write(file, position, from);
    }

    @Override
    public PendingOperation sync() {
        ensureUsable();
        return loop.sync(file);
    }

    /// In the background, unless the user insisted on registered buffers: then a refusal is an exception.
    @Override
    public void registerBuffer(MemorySegment longLived) {
        if (!fixed || stepDown != null || longLived.byteSize() == 0) {
            return;
        }
        BufferRegistration registration = BufferRegistration.start(loop, longLived, why -> stepDown = why);
        BufferRegistration before;
        synchronized (registrations) {
            before = registrations.put(longLived.address(), registration);
        }
        if (before != null) {
            before.cancel();
        }
        if (insisted) {
            registration.await();
            String refusal = stepDown;
            if (refusal != null) {
                throw FileDeviceOpener.refused(IoBackend.URING_FIXED, refusal);
            }
        }
    }

    @Override
    public void unregisterBuffer(MemorySegment longLived) {
        BufferRegistration registration;
        synchronized (registrations) {
            registration = registrations.remove(longLived.address());
        }
        if (registration != null) {
            registration.cancel();
        }
    }

    @Override
    public void close() {
        synchronized (registrations) {
            registrations.values().forEach(BufferRegistration::cancel);
            registrations.clear();
        }
        try {
            loop.remove(file);
        } catch (RuntimeException loopIsGone) {
            // So is its table of files.
        }
        ensureUsable();
    }
}

package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.treering.internal.linux.Errno;
import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Registers memory with a loop's ring in the background: a thread touches it chunk by chunk, which takes long, and
/// has the loop pin what is there, which does not. It begins a moment late, for it would slow down a program that is
/// just starting.
public final class BufferRegistration {
    private static final long POPULATE_STEP = 1 << 20;

    private static final long DELAY_MILLIS = 200;

    private final RingLoop loop;
    private final BufferRegion region;
    private final Consumer<String> refused;
    private final Thread thread;
    private final CountDownLatch begin = new CountDownLatch(1);
    private volatile boolean cancelled;

    private BufferRegistration(RingLoop loop, MemorySegment memory, Consumer<String> refused) {
        this.loop = loop;
        this.region = new BufferRegion(memory);
        this.refused = refused;
        this.thread = new Thread(this::run, "treering-buffer-registration");
        thread.setDaemon(true);
    }

    /// Begins.
    ///
    /// @param refused is told the reason if the kernel refuses; nothing is registered then
    public static BufferRegistration start(RingLoop loop, MemorySegment memory, Consumer<String> refused) {
        BufferRegistration registration = new BufferRegistration(loop, memory, refused);
        registration.thread.start();
        return registration;
    }

    /// Returns when all is registered, or refused. Begins at once if it has not begun.
    public void await() {
        begin.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Undoes what was done. On return, the ring uses the memory no longer, provided that nothing on it is in flight.
    public void cancel() {
        cancelled = true;
        await();
        if (!loop.isDead()) {
            try {
                loop.command(() -> loop.buffers().remove(region));
            } catch (RuntimeException loopIsGone) {
                // With the ring went all that was registered with it.
                return;
            }
        }
    }

    private void run() {
        try {
            boolean _ = begin.await(DELAY_MILLIS, TimeUnit.MILLISECONDS);
            String refusal = register();
            if (refusal != null) {
                loop.command(() -> loop.buffers().remove(region));
                refused.accept(refusal);
            }
        } catch (InterruptedException e) {
            refused.accept("the registration was interrupted");
        } catch (RuntimeException loopIsGone) {
            refused.accept("the event loop is gone: " + loopIsGone.getMessage());
        }
    }

    private @Nullable String register() {
        loop.command(() -> {
            loop.buffers().add(region);
            return 0;
        });
        for (int i = 0; i < region.chunks() && !cancelled; i++) {
            int chunk = i;
            populate(region.address(chunk), region.length(chunk));
            int result = loop.command(() -> loop.buffers().register(region, chunk));
            if (result < 0) {
                return "registering " + region.memory().byteSize() + " bytes was refused with "
                        + Errno.name(-result)
                        + (result == -Errno.ENOMEM ? limit() : "");
            }
        }
        return null;
    }

    /// In small steps: meanwhile nobody in this process can map or unmap memory.
    private static void populate(long address, long length) {
        for (long done = 0; done < length; done += POPULATE_STEP) {
            long step = Math.min(POPULATE_STEP, length - done);
            // Kernels before 5.14 refuse, and the loop's thread has to wait for the pages instead.
            SystemCalls.madvise(address + done, step, LinuxConstants.MADV_POPULATE_WRITE);
        }
    }

    private static String limit() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(JAVA_LONG, 2);
            int result = SystemCalls.getrlimit(LinuxConstants.RLIMIT_MEMLOCK, limit.address());
            return result < 0 ? "" : ", RLIMIT_MEMLOCK is " + limit.get(JAVA_LONG, 0);
        }
    }
}

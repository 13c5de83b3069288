package io.treering.internal.uring;

import io.treering.internal.linux.Errno;
import io.treering.internal.linux.IoVectors;
import io.treering.internal.linux.LinuxConstants;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// What passes between a loop's thread and its ring: tasks become entries of the ring, completions end operations.
///
/// Of the loop's thread only, but for what is said to be for any.
final class RingTraffic {
    private static final long DOORBELL = -1;
    private static final int VECTORS = 4 * LinuxConstants.IOV_MAX;
    private static final int DRAIN_FAILURES = 100;
    private static final long DRAIN_PAUSE_NANOS = 10_000_000;

    private final Ring ring;
    private final Doorbell doorbell;
    private final FileTable files;
    private final BufferTable buffers;
    private final InFlightTable inFlight;

    /// Short transfers that go on, and operations that found no room in the ring. They come before the queue.
    private final ArrayDeque<RingOperation> pending = new ArrayDeque<>();

    /// Ended but not signalled.
    private final ArrayDeque<RingTask> ended = new ArrayDeque<>();

    private final MemorySegment vectors;
    private int usedVectors;
    private boolean doorbellArmed;

    /// Why the loop is dead: what has ended in part does not go on.
    private @Nullable Throwable death;

    /// @param arena for what it shares with the kernel
    RingTraffic(Ring ring, int inFlightLimit, Arena arena) {
        this.ring = ring;
        this.inFlight = new InFlightTable(inFlightLimit);
        this.vectors = arena.allocate((long) VECTORS * IoVectors.SIZE, 8);
        this.files = new FileTable(ring, arena);
        this.buffers = new BufferTable(ring, arena);
        this.doorbell = new Doorbell(arena);
    }

    // ---- for any thread ----

    long memoryBytes() {
        return ring.memoryBytes() + vectors.byteSize();
    }

    BufferTable buffers() {
        return buffers;
    }

    /// Ends a wait of the loop's thread in the kernel.
    void ringDoorbell() {
        doorbell.ring();
    }

    // ---- the loop's thread ----

    FileTable files() {
        return files;
    }

    void enable() {
        ring.enable();
    }

    /// Whether the kernel has nothing of the tasks.
    boolean isIdle() {
        return inFlight.count() == 0;
    }

    boolean hasRoom() {
        return !inFlight.isFull() && ring.room() > 0;
    }

    /// One turn, see [RingLoop]. Returns whether anything moved.
    boolean turn(Queue<RingTask> queue) {
        boolean busy = drain(queue);
        if (ring.unsubmitted() > 0) {
            enter(0);
            busy = true;
        } else if (ring.hasDeferredWork()) {
            // Counts only if something comes of it: the kernel may raise the flag just after it has done the work, and
            // then it stays up until there is other work.
            enter(0);
        }
        busy |= signalEnded();
        busy |= reap();
        return busy;
    }

    /// Turns tasks into entries of the ring, as far as there is room.
    private boolean drain(Queue<RingTask> queue) {
        boolean moved = false;
        if (!doorbellArmed && ring.room() > 0) {
            doorbell.arm(ring, DOORBELL);
            doorbellArmed = true;
        }
        while (hasRoom()) {
            RingTask next = pending.poll();
            if (next == null) {
                next = queue.poll();
            }
            if (next == null) {
                return moved;
            }
            if (next instanceof RingOperation operation) {
                if (!prepare(operation)) {
                    pending.addFirst(operation);
                    return true;
                }
            } else if (next instanceof RingCommand command) {
                runCommand(command);
            }
            moved = true;
        }
        return moved;
    }

    private void runCommand(RingCommand command) {
        try {
            command.run();
        } catch (Throwable e) {
            command.fail(e);
        }
        ended.add(command);
    }

    private boolean prepare(RingOperation operation) {
        int needed = operation.vectors();
        if (ring.unsubmitted() == 0) {
            // The kernel has read what it was given before: the features say so, and the ring insists on them.
            usedVectors = 0;
        }
        if (usedVectors + needed > VECTORS) {
            return false;
        }
        long scratch = (long) usedVectors * IoVectors.SIZE;
        usedVectors += needed;
        operation.prepare(ring, buffers, files, vectors, scratch, inFlight.add(operation));
        return true;
    }

    /// Hands over what is prepared and fetches what is completed.
    void enter(int complete) {
        int result = ring.enter(complete);
        if (result < 0) {
            switch (-result) {
                // Interrupted, or short of memory for the moment, or completions first: the next turn tries again.
                case Errno.EINTR -> {}
                case Errno.EAGAIN, Errno.EBUSY -> Thread.onSpinWait();
                default -> throw Errno.failure("io_uring_enter", -result);
            }
        }
    }

    private boolean signalEnded() {
        if (ended.isEmpty()) {
            return false;
        }
        for (RingTask task = ended.poll(); task != null; task = ended.poll()) {
            task.wakeWaiters();
        }
        return true;
    }

    private boolean reap() {
        int count = ring.completions();
        for (int i = 0; i < count; i++) {
            long userData = ring.completedUserData();
            int result = ring.completedResult();
            ring.advance();
            if (userData == DOORBELL) {
                doorbellArmed = false;
                continue;
            }
            RingOperation operation = inFlight.remove(userData);
            if (operation.complete(result)) {
                ended.add(operation);
            } else if (death == null) {
                pending.add(operation);
            } else {
                operation.fail(death);
                ended.add(operation);
            }
        }
        return count > 0;
    }

    // ---- the end ----

    /// Ends everything that the loop had accepted. Returns whether the kernel has nothing of it any more.
    boolean end(Throwable cause) {
        death = cause;
        for (RingOperation operation : pending) {
            operation.fail(cause);
            ended.add(operation);
        }
        pending.clear();
        takeBackUnsubmitted(cause);
        signalEnded();
        // The kernel must not write to the doorbell's memory after it is freed.
        doorbell.ring();
        int failures = 0;
        while ((inFlight.count() > 0 || doorbellArmed) && failures < DRAIN_FAILURES) {
            int result = ring.enter(1);
            try {
                reap();
            } catch (IllegalStateException e) {
                failures++;
            }
            signalEnded();
            if (result < 0 && result != -Errno.EINTR) {
                failures++;
                LockSupport.parkNanos(DRAIN_PAUSE_NANOS);
            }
        }
        boolean drained = inFlight.count() == 0 && !doorbellArmed;
        inFlight.forEach(operation -> {
            operation.file().abandon();
            operation.fail(cause);
            ended.add(operation);
        });
        signalEnded();
        return drained;
    }

    /// What the kernel has not taken, it never will.
    private void takeBackUnsubmitted(Throwable cause) {
        while (ring.unsubmitted() > 0) {
            long userData = ring.takeBack();
            if (userData == DOORBELL) {
                doorbellArmed = false;
            } else {
                RingOperation operation = inFlight.remove(userData);
                operation.fail(cause);
                ended.add(operation);
            }
        }
    }

    /// Closes the ring; nothing of it is in flight.
    void release() {
        ring.close();
        doorbell.close();
    }
}

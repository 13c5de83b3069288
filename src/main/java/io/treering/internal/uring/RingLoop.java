package io.treering.internal.uring;

import io.treering.ClosedException;
import io.treering.IoFailureException;
import io.treering.device.EventLoopConfig;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.IoVectors;
import io.treering.internal.linux.LinuxConstants;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/// A thread that owns a ring, and a queue through which all others hand it their operations.
///
/// **One turn** takes tasks from the queue and prepares them as entries of the ring; hands all of them to the kernel
/// with one system call, which also fetches what has been completed; wakes those whose operations ended in the turn
/// before; and looks at the completions. So the kernel has its next work before any time goes into waking threads.
///
/// **Sleep.** A loop that found nothing to do for some turns says so in [#sleeping], looks at the queue once more, and
/// waits in the kernel for a completion. A producer adds its task first and looks at [#sleeping] afterwards; if it is
/// set, it takes it back and rings the doorbell, a read that the ring always has in flight. One of the two sees the
/// other, provided the loop's last look asks for the queue's indices: a task is announced by its index, with a full
/// fence, and appears in its place a moment later. A look at the places would miss it.
///
/// **Death.** Whatever the thread did not expect ends it. From then on nothing is accepted; what is queued fails with
/// the cause. What the kernel has is still waited for, since memory must not be reused under it, and only this thread
/// can: a drain-only mode. If even that fails, operations are abandoned, and their files marked for good.
public final class RingLoop {
    private static final long DOORBELL = -1;
    private static final int QUEUE_CHUNK = 256;
    private static final int VECTORS = 4 * LinuxConstants.IOV_MAX;
    private static final int DRAIN_FAILURES = 100;
    private static final long DRAIN_PAUSE_NANOS = 10_000_000;

    private static final VarHandle SLEEPING;

    static {
        try {
            SLEEPING = MethodHandles.lookup().findVarHandle(RingLoop.class, "sleeping", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String threadName;
    private final int spins;

    /// For what the loop and the kernel share. Never closed when operations were abandoned.
    private final Arena arena;

    /// There is one as soon as there is a thread: a ring that is only tried out needs none.
    private @Nullable MpscUnboundedVarHandleArrayQueue<RingTask> queue;

    /// True from just before the loop waits until it, or a producer on its behalf, takes that back.
    private volatile boolean sleeping;

    /// How the loop waits, or did when it last fell asleep: parked, or in the kernel for the ring.
    private volatile boolean parked;

    /// Refuses new tasks; what is there is still done.
    private volatile boolean closing;

    /// Why the loop is dead; written once. [#failQueued] by whoever adds a task later.
    private volatile @Nullable Throwable death;

    /// Guards the thread's start, and the queue's consumer side once the thread has left it.
    private final Object mortality = new Object();

    private volatile @Nullable Thread thread;

    // ---- of the loop's thread only, once it runs ----

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

    private RingLoop(EventLoopConfig config, Ring ring, Arena arena) {
        this.arena = arena;
        this.threadName = config.threadName();
        this.spins = config.spins();
        this.ring = ring;
        this.inFlight = new InFlightTable(inFlightLimit(config));
        this.vectors = arena.allocate((long) VECTORS * IoVectors.SIZE, 8);
        this.files = new FileTable(ring, arena);
        this.buffers = new BufferTable(ring, arena);
        this.doorbell = new Doorbell(arena);
    }

    /// Room for all completions at once, the doorbell's included, so that the kernel never has to keep any back.
    private static int inFlightLimit(EventLoopConfig config) {
        return 4 * config.ringEntries();
    }

    /// A loop whose ring is tried out on the spot, and whose thread begins with the first task.
    static RingLoop open(EventLoopConfig config) throws RingRefusedException {
        Ring ring = Ring.open(config.ringEntries(), 2 * inFlightLimit(config));
        Arena arena = Arena.ofShared();
        try {
            return new RingLoop(config, ring, arena);
        } catch (Throwable e) {
            ring.close();
            arena.close();
            if (e instanceof IoFailureException refusal) {
                throw new RingRefusedException(String.valueOf(refusal.getMessage()));
            }
            throw e;
        }
    }

    // ---- for any thread ----

    /// Bytes of native memory that the ring and its thread use, but for a few hundred.
    public long memoryBytes() {
        return ring.memoryBytes() + vectors.byteSize();
    }

    /// Starts a read. It enters the file's gate, or is refused there.
    public PendingOperation read(RingFile file, long position, MemorySegment into) {
        file.gate().enter();
        return submitEntered(file, RingOperation.read(file, position, into));
    }

    /// Starts a write of several pieces to consecutive positions. It enters the file's gate, or is refused there.
    public PendingOperation write(RingFile file, long position, MemorySegment[] from) {
        file.gate().enter();
        return submitEntered(file, RingOperation.write(file, position, from));
    }

    /// Starts a sync. It enters the file's gate, or is refused there.
    public PendingOperation sync(RingFile file) {
        file.gate().enter();
        return submitEntered(file, RingOperation.sync(file));
    }

    private RingOperation submitEntered(RingFile file, RingOperation operation) {
        file.setUsed();
        try {
            submit(operation);
            return operation;
        } catch (Throwable refused) {
            file.gate().exit();
            throw refused;
        }
    }

    /// Has the loop forget a file, of which nothing is in flight.
    public void remove(RingFile file) {
        if (file.isUsed()) {
            command(() -> {
                files.remove(file);
                return 0;
            });
        }
    }

    /// Why memory cannot be registered with this ring, or null.
    public @Nullable String bufferRefusal() {
        return buffers.refusal();
    }

    BufferTable buffers() {
        return buffers;
    }

    /// Does some work on the loop's thread and returns its result.
    int command(IntSupplier work) {
        RingCommand command = new RingCommand(work);
        submit(command);
        command.await();
        return command.result();
    }

    /// Whether it accepts nothing any more.
    boolean isDead() {
        return death != null;
    }

    private void submit(RingTask task) {
        if (closing) {
            throw dead("an operation", new ClosedException("the event loop"));
        }
        Throwable cause = death;
        if (cause != null) {
            throw dead("an operation", cause);
        }
        if (thread == null) {
            start();
        }
        queue().offer(task);
        wake();
        if (death != null) {
            // The thread may have looked at the queue for the last time before the task was there.
            failQueued();
        }
    }

    private void wake() {
        if (sleeping && SLEEPING.compareAndSet(this, true, false)) {
            if (parked) {
                LockSupport.unpark(thread);
            } else {
                doorbell.ring();
            }
        }
    }

    private MpscUnboundedVarHandleArrayQueue<RingTask> queue() {
        MpscUnboundedVarHandleArrayQueue<RingTask> made = queue;
        if (made == null) {
            // Closed before it began.
            throw dead("an operation", new ClosedException("the event loop"));
        }
        return made;
    }

    private void start() {
        synchronized (mortality) {
            // A loop that was closed before it began has no ring any more.
            if (thread == null && death == null) {
                queue = new MpscUnboundedVarHandleArrayQueue<>(QUEUE_CHUNK);
                Thread loop = new Thread(this::run, threadName);
                loop.setDaemon(true);
                loop.start();
                thread = loop;
            }
        }
    }

    /// Refuses new tasks, and returns when all that were accepted have ended and the ring is gone.
    void close() {
        Thread loop;
        synchronized (mortality) {
            closing = true;
            loop = thread;
            if (loop == null) {
                if (death == null) {
                    death = new ClosedException("the event loop");
                    release();
                }
                return;
            }
        }
        wake();
        boolean interrupted = false;
        while (loop.isAlive()) {
            try {
                loop.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// What a task throws that the loop did not or could not do.
    static RuntimeException dead(String what, Throwable cause) {
        return cause instanceof ClosedException
                ? new ClosedException("the event loop")
                : new IoFailureException(what, 0, "the event loop died", cause);
    }

    // ---- the loop's thread ----

    private void run() {
        Throwable cause = new ClosedException("the event loop");
        try {
            ring.enable();
            loop();
        } catch (Throwable unexpected) {
            cause = unexpected;
        }
        die(cause);
    }

    private void loop() {
        int idle = 0;
        while (true) {
            boolean busy = turn();
            if (busy) {
                idle = 0;
            } else if (idle < spins) {
                idle++;
                Thread.onSpinWait();
            } else if (closing && inFlight.count() == 0 && queue().isEmpty()) {
                return;
            } else {
                sleep();
                idle = 0;
            }
        }
    }

    /// Returns whether anything moved.
    private boolean turn() {
        boolean busy = drain();
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
    private boolean drain() {
        boolean moved = false;
        if (!doorbellArmed && ring.room() > 0) {
            doorbell.arm(ring, DOORBELL);
            doorbellArmed = true;
        }
        while (hasRoom()) {
            RingTask next = pending.poll();
            if (next == null) {
                next = queue().poll();
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

    private boolean hasRoom() {
        return !inFlight.isFull() && ring.room() > 0;
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
    private void enter(int complete) {
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

    private void sleep() {
        if (!hasRoom()) {
            // Nobody need wake it: it can take no task before something is completed.
            enter(1);
            return;
        }
        // With nothing in flight only a task can end the wait, and parking is better: a JVM that ends gives threads
        // that are in native code 300 ms to come out.
        boolean idle = inFlight.count() == 0;
        parked = idle;
        sleeping = true;
        // A volatile store, then volatile loads of the queue's indices: no task can slip in between unseen.
        if (queue().isEmpty() && !(idle && closing)) {
            if (idle) {
                LockSupport.park(this);
                // Would turn every later wait into none.
                Thread.interrupted();
            } else {
                enter(1);
            }
        }
        sleeping = false;
    }

    // ---- the end ----

    private void die(Throwable cause) {
        death = cause;
        failQueued();
        boolean drained = drainRing(cause);
        if (drained) {
            synchronized (mortality) {
                release();
            }
        }
    }

    /// After the thread has left the queue, whoever adds to it empties it.
    private void failQueued() {
        Throwable cause = death;
        if (cause == null) {
            return;
        }
        synchronized (mortality) {
            for (RingTask task = queue().poll(); task != null; task = queue().poll()) {
                task.fail(cause);
                task.wakeWaiters();
            }
        }
    }

    /// Ends everything that the loop had accepted. Returns whether the kernel has nothing of it any more.
    private boolean drainRing(Throwable cause) {
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

    private void release() {
        ring.close();
        doorbell.close();
        arena.close();
    }
}

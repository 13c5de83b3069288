package io.treering.internal.uring;

import io.treering.ClosedException;
import io.treering.IoFailureException;
import io.treering.device.EventLoopConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
    private static final int QUEUE_CHUNK = 256;

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

    private final RingTraffic traffic;

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

    private RingLoop(EventLoopConfig config, Ring ring, Arena arena) {
        this.arena = arena;
        this.threadName = config.threadName();
        this.spins = config.spins();
        this.traffic = new RingTraffic(ring, inFlightLimit(config), arena);
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
        return traffic.memoryBytes();
    }

    /// Starts a read. It enters the file's gate, or is refused there.
    public PendingOperation read(RingFile file, long position, MemorySegment into) {
        RingOperation operation = RingOperation.read(file, position, into);
        file.gate().enter();
        return submitEntered(file, operation);
    }

    /// Starts a write of several pieces to consecutive positions. It enters the file's gate, or is refused there.
    public PendingOperation write(RingFile file, long position, MemorySegment[] from) {
        RingOperation operation = RingOperation.write(file, position, from);
        file.gate().enter();
        return submitEntered(file, operation);
    }

    /// Starts a sync. It enters the file's gate, or is refused there.
    public PendingOperation sync(RingFile file) {
        RingOperation operation = RingOperation.sync(file);
        file.gate().enter();
        return submitEntered(file, operation);
    }

    private RingOperation submitEntered(RingFile file, RingOperation operation) {
        file.setUsed();
        try {
            offer(operation);
        } catch (Throwable refused) {
            file.gate().exit();
            throw refused;
        }
        announce(operation);
        return operation;
    }

    /// Has the loop forget a file, of which nothing is in flight.
    public void remove(RingFile file) {
        if (file.isUsed()) {
            command(() -> {
                traffic.files().remove(file);
                return 0;
            });
        }
    }

    /// Why memory cannot be registered with this ring, or null.
    public @Nullable String bufferRefusal() {
        return traffic.buffers().refusal();
    }

    BufferTable buffers() {
        return traffic.buffers();
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
        offer(task);
        announce(task);
    }

    private void offer(RingTask task) {
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
    }

    /// Sees to it that the loop notices a task. If that fails, the loop has the task all the same: its memory is the
    /// device's until it has ended.
    private void announce(RingTask task) {
        try {
            wake();
            if (death != null) {
                // The thread may have looked at the queue for the last time before the task was there.
                failQueued();
            }
        } catch (Throwable unheard) {
            while (!task.isDone()) {
                rouseAgain();
            }
            throw unheard;
        }
    }

    private void wake() {
        if (sleeping && SLEEPING.compareAndSet(this, true, false)) {
            rouse();
        }
    }

    private void rouse() {
        if (parked) {
            LockSupport.unpark(thread);
        } else {
            traffic.ringDoorbell();
        }
    }

    private void rouseAgain() {
        try {
            rouse();
            if (death != null) {
                failQueued();
            }
        } catch (Throwable stillNot) {
            Thread.onSpinWait();
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
            traffic.enable();
            loop();
        } catch (Throwable unexpected) {
            cause = unexpected;
        }
        die(cause);
    }

    private void loop() {
        int idle = 0;
        while (true) {
            boolean busy = traffic.turn(queue());
            if (busy) {
                idle = 0;
            } else if (idle < spins) {
                idle++;
                Thread.onSpinWait();
            } else if (closing && traffic.isIdle() && queue().isEmpty()) {
                return;
            } else {
                sleep();
                idle = 0;
            }
        }
    }

    private void sleep() {
        if (!traffic.hasRoom()) {
            // Nobody need wake it: it can take no task before something is completed.
            traffic.enter(1);
            return;
        }
        // With nothing in flight only a task can end the wait, and parking is better: a JVM that ends gives threads
        // that are in native code 300 ms to come out.
        boolean idle = traffic.isIdle();
        parked = idle;
        sleeping = true;
        // A volatile store, then volatile loads of the queue's indices: no task can slip in between unseen.
        if (queue().isEmpty() && !(idle && closing)) {
            if (idle) {
                LockSupport.park(this);
                // Would turn every later wait into none.
                Thread.interrupted();
            } else {
                traffic.enter(1);
            }
        }
        sleeping = false;
    }

    // ---- the end ----

    private void die(Throwable cause) {
        death = cause;
        failQueued();
        boolean drained = traffic.end(cause);
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

    private void release() {
        traffic.release();
        arena.close();
    }
}

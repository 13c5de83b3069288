package io.treering.simulation;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Runs virtual threads on the calling thread, one at a time, in an order that a seed decides.
///
/// A virtual thread goes on until it parks: in a lock of the JDK, in an I/O of the simulated device, in a wait of the
/// engine, or where it gives way by [#pass()]. Then the scheduler picks what happens next: a thread goes on that can,
/// one that waits for a condition looks at it again, an I/O completes. Time passes a little with each step, and jumps
/// to the next deadline when nothing else is left to do.
///
/// Nothing else in the process takes part, so the same seed gives the same run. The JDK has no public way to say who
/// schedules a virtual thread; hence `--add-opens java.base/java.lang=ALL-UNNAMED` on the tests' command line.
final class Scheduler implements Executor {
    /// A run of so many steps has lost its way: the longest ones take a fiftieth of that.
    private static final long MOST_STEPS = 2_000_000;

    /// How often those that wait for a condition look at it, while nothing else can happen, before that is a deadlock.
    /// The page cache gives up after 256 looks.
    private static final int MOST_IDLE_LOOKS = 4_000;

    private static final MethodHandle NEW_VIRTUAL_THREAD = newVirtualThread();

    /// What happens beside the threads: completions of the device.
    interface Events {
        int pending();

        void fire(int index);
    }

    /// How likely each kind of step is, in relation to the others.
    record Weights(int threads, int events, int looks, int passPercent) {}

    /// Nothing can go on any more, or goes on for ever.
    static final class StuckException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StuckException(String message) {
            super(message);
        }
    }

    /// A thread that has not ended, and what lets it go on.
    private record Strand(Thread thread, Runnable continuation) {}

    private record Deadline(long at, long order, Sleeper sleeper) {}

    private static final class Sleeper {
        final Thread thread = Thread.currentThread();
        boolean over;
    }

    private final SplittableRandom random;
    private final Weights weights;
    private final Thread carrier = Thread.currentThread();
    private final List<Strand> strands = new ArrayList<>();
    private final List<Strand> ready = new ArrayList<>();

    /// Threads that got hold of a monitor for which they had to wait. Filled by a thread of the JDK.
    private final Queue<Runnable> unblocked = new ConcurrentLinkedQueue<>();

    private final List<Thread> looking = new ArrayList<>();
    private final PriorityQueue<Deadline> deadlines =
            new PriorityQueue<>(Comparator.comparingLong(Deadline::at).thenComparingLong(Deadline::order));
    private Events events = new Events() {
        @Override
        public int pending() {
            return 0;
        }

        @Override
        public void fire(int index) {
            throw new IllegalStateException("nothing is pending");
        }
    };
    private Runnable onRest = () -> {};
    private @Nullable Thread starting;
    private long now;
    private long steps;
    private long order;
    private int idleLooks;
    private long trace = 0x9e37_79b9_7f4a_7c15L;

    Scheduler(SplittableRandom random, Weights weights, long startTime) {
        this.random = random;
        this.weights = weights;
        this.now = startTime;
    }

    private static MethodHandle newVirtualThread() {
        try {
            Class<?> builders = Class.forName("java.lang.ThreadBuilders");
            return MethodHandles.privateLookupIn(builders, MethodHandles.lookup())
                    .findStatic(
                            builders,
                            "newVirtualThread",
                            MethodType.methodType(
                                    Thread.class, Executor.class, String.class, int.class, Runnable.class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "The simulation needs --add-opens java.base/java.lang=ALL-UNNAMED, and a JDK 25", e);
        }
    }

    /// What is to happen beside the threads.
    void connect(Events source) {
        events = source;
    }

    /// To be called whenever nothing happens any more until the next deadline.
    void onRest(Runnable task) {
        onRest = task;
    }

    long now() {
        return now;
    }

    long steps() {
        return steps;
    }

    SplittableRandom random() {
        return random;
    }

    // ---- what happened ----------------------------------------------------------------------------------------------

    /// Adds to the trace: two runs that did the same have the same.
    void note(long what) {
        trace = (trace ^ what) * 0xbf58_476d_1ce4_e5b9L;
        trace ^= trace >>> 29;
    }

    long trace() {
        return trace;
    }

    // ---- threads ----------------------------------------------------------------------------------------------------

    /// Starts a thread. It runs within [#run()].
    Thread spawn(String name, Runnable body) {
        try {
            Thread thread = (Thread) NEW_VIRTUAL_THREAD.invokeExact((Executor) this, name, 0, (Runnable) () -> {
                try {
                    body.run();
                } finally {
                    strands.remove(strandOf(Thread.currentThread()));
                }
            });
            starting = thread;
            thread.start();
            return thread;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive(Thread thread) {
        return strandOf(thread) != null;
    }

    private @Nullable Strand strandOf(Thread thread) {
        for (Strand strand : strands) {
            if (strand.thread == thread) {
                return strand;
            }
        }
        return null;
    }

    /// For the JDK, which calls it with what lets a thread begin or go on: the same object for a thread each time.
    @Override
    public void execute(Runnable continuation) {
        Thread caller = Thread.currentThread();
        if (caller != carrier && strandOf(caller) == null) {
            unblocked.add(continuation);
            return;
        }
        for (Strand strand : strands) {
            if (strand.continuation == continuation) {
                ready.add(strand);
                return;
            }
        }
        Strand begun = new Strand(Objects.requireNonNull(starting), continuation);
        starting = null;
        strands.add(begun);
        ready.add(begun);
    }

    /// Lets time pass.
    void elapse(long nanos) {
        now += nanos;
    }

    /// Lets others go first, now and then.
    void pass() {
        if (random.nextInt(100) < weights.passPercent()) {
            Thread.yield();
        }
    }

    /// Returns once `condition` holds; it is looked at again and again.
    void await(BooleanSupplier condition) {
        Thread self = Thread.currentThread();
        while (!condition.getAsBoolean()) {
            looking.add(self);
            LockSupport.park(this);
            looking.remove(self);
        }
    }

    /// Returns when so much time has passed or `condition` holds, which is looked at when the thread is unparked.
    void sleep(long nanos, BooleanSupplier condition) {
        Sleeper sleeper = new Sleeper();
        if (nanos != Long.MAX_VALUE) {
            deadlines.add(new Deadline(now + nanos, order++, sleeper));
        }
        while (!sleeper.over && !condition.getAsBoolean()) {
            LockSupport.park(this);
        }
        sleeper.over = true;
    }

    // ---- the loop ---------------------------------------------------------------------------------------------------

    /// Goes on until every thread has ended.
    ///
    /// @throws StuckException if they never will
    void run() {
        while (!strands.isEmpty()) {
            step();
        }
    }

    private void step() {
        if (++steps > MOST_STEPS) {
            throw new StuckException("after " + steps + " steps, these go on: " + names());
        }
        int pending = events.pending();
        if (ready.isEmpty() && pending == 0) {
            rest();
            return;
        }
        idleLooks = 0;
        now += 50 + random.nextInt(400);
        int threads = ready.size() * weights.threads();
        int completions = pending * weights.events();
        int looks = looking.size() * weights.looks();
        int pick = random.nextInt(threads + completions + looks);
        note(pick);
        if (pick < threads) {
            resume(pick / weights.threads());
        } else if (pick < threads + completions) {
            events.fire((pick - threads) / weights.events());
        } else {
            look((pick - threads - completions) / weights.looks());
        }
    }

    private void resume(int index) {
        Strand strand = ready.get(index);
        Strand last = ready.removeLast();
        if (index < ready.size()) {
            ready.set(index, last);
        }
        strand.continuation.run();
        while (waitsForMonitor(strand)) {
            awaitMonitor();
        }
    }

    /// Whether a thread has to wait for a monitor, or has it now and is being brought back.
    private boolean waitsForMonitor(Strand strand) {
        Thread.State state = strand.thread.getState();
        return state == Thread.State.BLOCKED || (state == Thread.State.RUNNABLE && !ready.contains(strand));
    }

    /// A thread of the JDK, such as a cleaner, has a monitor that the simulation's thread wants: that must not change
    /// what happens next.
    private void awaitMonitor() {
        Runnable continuation = unblocked.poll();
        if (continuation != null) {
            continuation.run();
        } else {
            Thread.onSpinWait();
        }
    }

    private void look(int index) {
        LockSupport.unpark(looking.remove(index));
        resume(ready.size() - 1);
    }

    /// Nothing goes on by itself.
    private void rest() {
        if (idleLooks < looking.size()) {
            // Oldest first, each once.
            idleLooks++;
            look(0);
            return;
        }
        while (!deadlines.isEmpty() && deadlines.peek().sleeper().over) {
            deadlines.poll();
        }
        Deadline next = deadlines.peek();
        if (next != null) {
            // Sleepers are woken here only. While one is late, there is something to do.
            if (next.at() > now) {
                onRest.run();
            }
            deadlines.poll();
            now = Math.max(now, next.at());
            note(now);
            next.sleeper().over = true;
            LockSupport.unpark(next.sleeper().thread);
        } else if (!looking.isEmpty() && idleLooks < MOST_IDLE_LOOKS) {
            idleLooks++;
            look(0);
        } else {
            throw new StuckException("nothing can go on: " + names());
        }
    }

    private String names() {
        StringBuilder names = new StringBuilder();
        for (Strand strand : strands) {
            names.append("\n  ").append(strand.thread.getName());
            for (StackTraceElement frame : strand.thread.getStackTrace()) {
                names.append("\n    ").append(frame);
            }
        }
        return names.toString();
    }
}

package io.treering.internal.wal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Whose turn it is to write a group, and who waits for one.
///
/// Whoever holds the turn is the *leader*. A thread that waits puts a node on a stack, looks once more whether it must
/// still wait, and parks. A leader first gives its turn back, or makes progress visible, and then takes the whole
/// stack. In sequentially consistent order one of the two sees the other, so no wake-up is lost.
///
/// Those that still have to wait are put back before anyone is woken, and one of them is woken first, as the next
/// leader: it writes while the others, who are done, are woken one by one. If the log went on durably meanwhile, the
/// next leader may have looked at a stack that lacked those that were just put back: so it is gone through again.
final class Turn {
    /// The log, as far as the turn needs to know it.
    interface Progress {
        /// Everything before this LSN is durable.
        long durableLsn();

        /// Nobody has to wait any more: the log has failed or is closed.
        boolean isOver();
    }

    /// A thread that waits.
    private static final class Node {
        /// What it waits for; the maximum for one that wants the turn itself and nothing else.
        final long lsn;

        final Thread thread = Thread.currentThread();

        volatile boolean left;

        /// Belongs to whoever pushes or takes.
        @Nullable
        Node next;

        Node(long lsn) {
            this.lsn = lsn;
        }
    }

    /// What to wait for if only the turn will do.
    static final long ONLY_THE_TURN = Long.MAX_VALUE;

    private static final int FREE = 0;
    private static final int TAKEN = 1;
    private static final int CLOSED = 2;

    private final Progress progress;
    private final Parking parking;
    private final AtomicInteger state = new AtomicInteger(FREE);
    private final AtomicReference<@Nullable Node> waiting = new AtomicReference<>();

    Turn(Progress progress, Parking parking) {
        this.progress = progress;
        this.parking = parking;
    }

    boolean tryTake() {
        return state.compareAndSet(FREE, TAKEN);
    }

    void giveBack() {
        state.set(FREE);
        wake();
    }

    boolean isFree() {
        return state.get() == FREE;
    }

    /// Takes the turn for ever, or finds that somebody has.
    boolean tryClose() {
        return state.compareAndSet(FREE, CLOSED) || isClosed();
    }

    boolean isClosed() {
        return state.get() == CLOSED;
    }

    /// Waits until `ready`, which holds at the latest when `lsn` is durable or the log is over. May be interrupted
    /// without ending; the interrupt status is kept.
    void await(long lsn, BooleanSupplier ready) {
        Node node = new Node(lsn);
        push(node);
        boolean interrupted = false;
        while (!ready.getAsBoolean()) {
            parking.park(this);
            interrupted |= Thread.interrupted();
        }
        node.left = true;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void push(Node node) {
        Node top;
        do {
            top = waiting.get();
            node.next = top;
        } while (!waiting.compareAndSet(top, node));
    }

    /// Wakes all whose wait has ended, one that may lead, and those that want only the turn.
    void wake() {
        long durable;
        boolean over;
        do {
            durable = progress.durableLsn();
            over = progress.isOver();
            wake(waiting.getAndSet(null), durable, over);
        } while (durable != progress.durableLsn() || over != progress.isOver());
    }

    private void wake(@Nullable Node nodes, long durable, boolean over) {
        Node done = null;
        Thread leader = null;
        for (Node node = nodes; node != null; ) {
            Node next = node.next;
            if (!node.left) {
                if (node.lsn == ONLY_THE_TURN) {
                    push(node);
                    parking.unpark(node.thread);
                } else if (over || node.lsn <= durable) {
                    node.next = done;
                    done = node;
                } else {
                    push(node);
                    leader = node.thread;
                }
            }
            node = next;
        }
        if (leader != null) {
            parking.unpark(leader);
        }
        for (Node node = done; node != null; node = node.next) {
            parking.unpark(node.thread);
        }
    }
}

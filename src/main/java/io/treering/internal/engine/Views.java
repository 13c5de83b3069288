package io.treering.internal.engine;

import io.treering.ClosedException;
import io.treering.internal.buffer.WriteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The published view and the registrations that hold older ones.
///
/// Point gets load [#current()] and register nothing. Everything that outlives a call, or that must not meet a reused
/// page, registers. The lock is held for a few instructions by registrations, and for the length of their list when a
/// merge ends; no point get ever takes it.
final class Views {
    private final ReentrantLock lock = new ReentrantLock();
    private final LongSupplier clock;
    private volatile View current;

    /// Head of the list; guarded by the lock.
    private @Nullable Registration first;

    /// Changed under the lock, read by anyone.
    private final AtomicInteger count = new AtomicInteger();

    Views(View initial, LongSupplier clock) {
        this.current = initial;
        this.clock = clock;
    }

    View current() {
        return current;
    }

    /// Holds the present: everything acknowledged before the call.
    Registration register(boolean movesAtOnce) {
        lock.lock();
        try {
            View view = current;
            return add(new Registration(this, view, view.active().visible(), movesAtOnce, clock.getAsLong()));
        } finally {
            lock.unlock();
        }
    }

    /// Holds what another registration holds, unless that has been released meanwhile: then nothing has kept its view
    /// up to date, and a reader that found it out of date would find it so for ever.
    Registration register(Registration other, boolean movesAtOnce) {
        lock.lock();
        try {
            if (other.released) {
                throw new ClosedException("Snapshot");
            }
            return add(new Registration(this, other.newest(), other.sequence, movesAtOnce, clock.getAsLong()));
        } finally {
            lock.unlock();
        }
    }

    private Registration add(Registration registration) {
        Registration head = first;
        registration.nextRegistration = head;
        if (head != null) {
            head.previousRegistration = registration;
        }
        first = registration;
        count.incrementAndGet();
        return registration;
    }

    void release(Registration registration) {
        lock.lock();
        try {
            if (registration.released) {
                return;
            }
            registration.released = true;
            Registration before = registration.previousRegistration;
            Registration after = registration.nextRegistration;
            if (before == null) {
                first = after;
            } else {
                before.nextRegistration = after;
            }
            if (after != null) {
                after.previousRegistration = before;
            }
            count.decrementAndGet();
        } finally {
            lock.unlock();
        }
    }

    void adopt(Registration registration) {
        lock.lock();
        try {
            registration.moveOn();
        } finally {
            lock.unlock();
        }
    }

    /// Puts a new active buffer in front. Everything in the old one is visible.
    void freeze(WriteBuffer newActive) {
        lock.lock();
        try {
            current = current.withActive(newActive);
        } finally {
            lock.unlock();
        }
    }

    /// The sequences at which a merge of `buffer` must leave a root behind, ascending: those of registrations that
    /// see some of its entries but not all. Registrations that come later see all of them, because the buffer is
    /// frozen.
    long[] cutsWithin(WriteBuffer buffer) {
        lock.lock();
        try {
            long[] cuts = new long[count.get()];
            int n = 0;
            for (Registration r = first; r != null; r = r.nextRegistration) {
                if (r.sequence >= buffer.firstSequence() && r.sequence < buffer.lastSequence()) {
                    cuts[n++] = r.sequence;
                }
            }
            return Arrays.stream(cuts, 0, n).sorted().distinct().toArray();
        } finally {
            lock.unlock();
        }
    }

    /// Publishes the root that holds all of `merged`, and rebases every registration that reads that buffer.
    ///
    /// @param cuts as [#cutsWithin] gave them
    /// @param cutRoots the root as of each cut
    void publish(WriteBuffer merged, Root newest, long[] cuts, Root[] cutRoots) {
        lock.lock();
        try {
            current = current.without(merged, newest);
            for (Registration r = first; r != null; r = r.nextRegistration) {
                View from = r.newest();
                if (from.holds(merged)) {
                    r.rebase(from.without(merged, rootFor(r.sequence, from.root, merged, newest, cuts, cutRoots)));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static Root rootFor(
            long sequence, Root own, WriteBuffer merged, Root newest, long[] cuts, Root[] cutRoots) {
        if (sequence >= merged.lastSequence()) {
            return newest;
        }
        if (sequence < merged.firstSequence()) {
            return own;
        }
        int cut = Arrays.binarySearch(cuts, sequence);
        assert cut >= 0 : "no root was left for sequence " + sequence;
        return cutRoots[cut];
    }

    /// Publishes a root that holds the same entries as the current one.
    void publish(Root newest) {
        lock.lock();
        try {
            current = current.over(newest);
        } finally {
            lock.unlock();
        }
    }

    /// The generations whose pages are needed, in any order: the current root's and every registration's.
    long[] neededGenerations() {
        lock.lock();
        try {
            long[] needed = new long[2 * count.get() + 1];
            int n = 0;
            needed[n++] = current.generation;
            for (Registration r = first; r != null; r = r.nextRegistration) {
                needed[n++] = r.view().generation;
                View waiting = r.waiting();
                if (waiting != null) {
                    needed[n++] = waiting.generation;
                }
            }
            return Arrays.copyOf(needed, n);
        } finally {
            lock.unlock();
        }
    }

    int openViews() {
        return count.get();
    }

    /// When the oldest registration was taken, by the runtime's clock; `now` if there is none.
    long oldestOpenedAt(long now) {
        lock.lock();
        try {
            long oldest = now;
            for (Registration r = first; r != null; r = r.nextRegistration) {
                oldest = Math.min(oldest, r.openedAt);
            }
            return oldest;
        } finally {
            lock.unlock();
        }
    }
}

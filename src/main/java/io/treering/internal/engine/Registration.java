package io.treering.internal.engine;

import org.jspecify.annotations.Nullable;

/// A view that is held: no page that it can reach is reused until it is released or moved on.
///
/// When a merge ends the life of a buffer that the view reads, the view is *rebased* onto a root that holds the same
/// entries as of its sequence. A registration that [#movesAtOnce] simply gets the new view; one that keeps a position
/// finds it in [#next] and adopts it when it can, and until then both stay held.
final class Registration implements AutoCloseable {
    private final Views views;
    final long sequence;
    final boolean movesAtOnce;

    /// When it was taken, by the runtime's clock.
    final long openedAt;

    /// Written under the views' lock.
    private volatile View view;

    private volatile @Nullable View next;

    /// Neighbours in the list of all registrations; guarded by the views' lock.
    @Nullable
    Registration previousRegistration;

    @Nullable
    Registration nextRegistration;

    boolean released;

    Registration(Views views, View view, long sequence, boolean movesAtOnce, long openedAt) {
        this.views = views;
        this.view = view;
        this.sequence = sequence;
        this.movesAtOnce = movesAtOnce;
        this.openedAt = openedAt;
    }

    View view() {
        return view;
    }

    /// Whether a newer view with the same entries waits to be adopted.
    boolean mustMove() {
        return next != null;
    }

    /// Moves to the rebased view and lets go of the old one. Nothing of the old one may be in use any more.
    View adopt() {
        views.adopt(this);
        return view;
    }

    /// The newest of the two views; under the views' lock.
    View newest() {
        View waiting = next;
        return waiting == null ? view : waiting;
    }

    @Nullable
    View waiting() {
        return next;
    }

    /// Under the views' lock.
    void rebase(View rebased) {
        if (movesAtOnce) {
            view = rebased;
        } else {
            next = rebased;
        }
    }

    /// Under the views' lock.
    void moveOn() {
        View waiting = next;
        if (waiting != null) {
            view = waiting;
            next = null;
        }
    }

    @Override
    public void close() {
        views.release(this);
    }
}

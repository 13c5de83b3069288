package io.treering.internal.engine;

import io.treering.NoSpaceException;
import io.treering.TreeringException;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageReference;
import java.util.function.IntUnaryOperator;

/// Values that go to their overflow runs when they are put, past the write buffer. By any thread.
final class ValueRuns {
    private final Poison poison;
    private final Space space;
    private final Views views;
    private final OverflowRuns overflow;
    private final int inlineLimit;

    ValueRuns(Poison poison, Space space, Views views, OverflowRuns overflow, int inlineLimit) {
        this.poison = poison;
        this.space = space;
        this.views = views;
        this.overflow = overflow;
        this.inlineLimit = inlineLimit;
    }

    /// Whether a value is too long for a leaf, so that it ends in a run whichever way it goes.
    boolean spills(int keyLength, int valueLength) {
        return LeafPage.ENTRY_HEADER_BYTES + keyLength + valueLength > inlineLimit;
    }

    /// For the runs of one write, which closes it when it ends.
    RunsInHand.Hand hand() {
        return space.inHand().open(poison);
    }

    /// Writes a value.
    ///
    /// @param hand of the write that it is a part of
    /// @param makingRoom allocates, if there is no run to be had, one of so many pages for which it makes room
    /// @return the run's reference
    long write(RunsInHand.Hand hand, byte[] key, int keyLength, ValueBytes value, IntUnaryOperator makingRoom) {
        int first = allocate(hand, overflow.pages(keyLength, value.length()), makingRoom);
        try {
            return overflow.write(first, views.current().generation, key, keyLength, value);
        } catch (TreeringException e) {
            // Room was allocated: whatever the device says now, it has failed.
            poison.set(e);
            throw poison.exception();
        }
    }

    private int allocate(RunsInHand.Hand hand, int pages, IntUnaryOperator makingRoom) {
        try {
            return allocate(hand, pages);
        } catch (NoSpaceException _) {
            return makingRoom.applyAsInt(pages);
        }
    }

    /// A run of free pages.
    ///
    /// @throws NoSpaceException if there is none
    int allocate(RunsInHand.Hand hand, int pages) {
        return space.allocateRun(hand, pages);
    }

    /// Writes those of a batch's values that do not go to the buffer and have no run yet.
    ///
    /// @param largestBuffered the length above which no value goes to the buffer
    /// @param tight whether none does that spills
    void write(
            RunsInHand.Hand hand,
            BatchContents batch,
            int largestBuffered,
            boolean tight,
            IntUnaryOperator makingRoom) {
        for (int i = 0; i < batch.count(); i++) {
            if (batch.reference(i) == PageReference.NONE && !batch.isDelete(i)) {
                int keyLength = batch.keyLength(i);
                int valueLength = batch.valueLength(i);
                if (valueLength > largestBuffered || (tight && spills(keyLength, valueLength))) {
                    batch.setReference(i, write(hand, batch.copyOfKey(i), keyLength, batch.value(i), makingRoom));
                }
            }
        }
    }
}

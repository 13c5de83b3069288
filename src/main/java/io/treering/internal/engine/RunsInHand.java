package io.treering.internal.engine;

import io.treering.internal.freelist.SpaceMap;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// The runs that writes have taken for their values and that no buffer names yet. What a write still has when it ends
/// is free again, whatever it has ended with.
///
/// Shares the lock of [Space].
final class RunsInHand {
    private final ReentrantLock lock;
    private final SpaceMap map;
    private final Set<Hand> hands = new HashSet<>();

    RunsInHand(ReentrantLock lock, SpaceMap map) {
        this.lock = lock;
        this.map = map;
    }

    /// For the runs of a write that begins; the write closes it.
    Hand open(Poison poison) {
        return new Hand(poison);
    }

    /// What one write has taken. Used by its thread only.
    final class Hand implements AutoCloseable {
        private final Poison poison;

        /// As [SpaceMap#extent] has them; empty until the first one is taken.
        private long[] runs = {};

        private int count;

        /// From here on the log may name them, however the write ends. Only stored, for an [Appender] that breaks off
        /// may leave no stack for more.
        private boolean mayBeNamed;

        private Hand(Poison poison) {
            this.poison = poison;
        }

        /// Makes room for one more; under the lock, and before its pages are taken: there may be no memory.
        void prepare() {
            if (count == runs.length) {
                runs = Arrays.copyOf(runs, Math.max(1, 2 * count));
            }
            boolean _ = hands.add(this);
        }

        /// Takes in a run that was allocated just now; under the lock.
        void take(int firstPage, int pages) {
            runs[count++] = SpaceMap.extent(firstPage, pages);
        }

        /// The write that names all of them is about to be appended.
        void beginAppend() {
            mayBeNamed = true;
        }

        /// A buffer names all of them.
        void areBuffered() {
            letGo(false);
        }

        /// Gives up what no buffer names. Where the partition is poisoned, the log may name it.
        @Override
        public void close() {
            letGo(!mayBeNamed && !poison.isSet());
        }

        private void letGo(boolean areFree) {
            if (runs.length == 0) {
                return;
            }
            lock.lock();
            try {
                while (count > 0) {
                    long run = runs[--count];
                    if (areFree) {
                        map.giveBack(SpaceMap.extentStart(run), SpaceMap.extentPages(run));
                    }
                }
                boolean _ = hands.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }

    /// The pages of all of them; under the lock.
    BitSet pages() {
        BitSet pages = new BitSet();
        for (Hand hand : hands) {
            for (int i = 0; i < hand.count; i++) {
                int first = SpaceMap.extentStart(hand.runs[i]);
                pages.set(first, first + SpaceMap.extentPages(hand.runs[i]));
            }
        }
        return pages;
    }
}

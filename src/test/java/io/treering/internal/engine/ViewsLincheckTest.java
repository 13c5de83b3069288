package io.treering.internal.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.BufferMemory;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.bytes.KeyHash;
import io.treering.testing.Linearizability;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The publication of views: a reader finds each write in a buffer or below it, whatever is frozen, merged and recycled
/// meanwhile, and one that is registered finds no later one.
///
/// What threads share is on the heap, but for the buffers: an operation on a buffer is one step here.
@Tag("lincheck")
final class ViewsLincheckTest {
    @Test
    void aWriteIsFoundWhereverItHasGone() {
        Linearizability.assertSound(overtaking(Store.class), Store.class);
    }

    @Test
    void aReaderThatTakesItsRootFromAnEarlierViewIsSeenToBeWrong() {
        Linearizability.assertBroken(overtaking(StoreOfTwoViews.class), StoreOfTwoViews.class);
    }

    @Test
    void aPairThatIsReadUnregisteredIsSeenToBeWrong() {
        Linearizability.assertBroken(overtaking(StoreWithoutRegistrations.class), StoreWithoutRegistrations.class);
    }

    private static Options<?, ?> overtaking(Class<?> store) {
        return Linearizability.modelChecked(0, 500)
                .addCustomScenario(Linearizability.scenario(store, "put 0 3, merge, put 1 4, merge", "get 0, get 0"))
                .addCustomScenario(Linearizability.scenario(store, "put 0 3, put 1 4, merge, put 0 5", "pair, pair"));
    }

    /// Two keys; a tree is a row of values for each generation.
    abstract static class Engine {
        private static final int GENERATIONS = 64;
        private static final int KEYS = 2;
        private static final int RECYCLED = -2;
        private static final int MEMORIES = 3;
        private static final int MEMORY_BYTES = 4 << 10;
        private static final MemorySegment MEMORY = Arena.global().allocate(MEMORIES * MEMORY_BYTES, 8);

        private final BufferMemory[] memories = new BufferMemory[MEMORIES];
        private final AtomicIntegerArray trees = new AtomicIntegerArray(KEYS * GENERATIONS);
        private final Views views;
        private long sequence;
        private int life;
        private int generation;

        /// Lincheck puts everything on the heap back to what it was between two executions, and leaves native memory as
        /// it is: so the memories are made anew, and all zeros, as they have to be.
        Engine() {
            MEMORY.fill((byte) 0);
            for (int i = 0; i < MEMORIES; i++) {
                memories[i] = new BufferMemory(MEMORY.asSlice((long) i * MEMORY_BYTES, MEMORY_BYTES));
            }
            for (int i = 0; i < trees.length(); i++) {
                trees.set(i, -1);
            }
            views = new Views(
                    new View(new WriteBuffer[] {memories[0].begin(0)}, new Root(0, 0, 0, HeadRange.EMPTY)), () -> 0);
        }

        /// The view whose buffers a get looks at, above the root of the given one.
        View above(View rooted) {
            return rooted;
        }

        final View present() {
            return views.current();
        }

        final void putOne(int key, int value) {
            byte[] bytes = {(byte) ('a' + key)};
            WriteBuffer active = views.current().active();
            active.append(
                    bytes, 1, KeyHash.hash(bytes, 1), new byte[] {(byte) value}, 0, 1, ++sequence, BufferEntry.PUT);
            active.publish(sequence);
        }

        /// Freezes the active buffer, merges it, leaving a root for each registration that cuts it, and recycles it.
        final void mergeAll() {
            View before = views.current();
            WriteBuffer frozen = before.active();
            views.freeze(memories[++life % MEMORIES].begin(frozen.visible()));
            long[] cuts = views.cutsWithin(frozen);
            Root[] roots = new Root[cuts.length];
            for (int i = 0; i < cuts.length; i++) {
                roots[i] = plant((int) before.generation, frozen, cuts[i]);
            }
            views.publish(frozen, plant((int) before.generation, frozen, Long.MAX_VALUE), cuts, roots);
            memories[(life - 1) % MEMORIES].recycle();
        }

        private Root plant(int from, WriteBuffer buffer, long upTo) {
            generation++;
            for (int key = 0; key < KEYS; key++) {
                int found = find(buffer, key, upTo);
                trees.set(KEYS * generation + key, found >= 0 ? found : trees.get(KEYS * from + key));
            }
            return new Root(0, 0, generation, HeadRange.EMPTY);
        }

        private static int find(WriteBuffer buffer, int key, long upTo) {
            byte[] bytes = {(byte) ('a' + key)};
            long entry = buffer.find(bytes, 1, KeyHash.hash(bytes, 1), upTo);
            return entry == 0 ? -1 : buffer.memory().get(JAVA_BYTE, buffer.valueOffset(entry, buffer.shape(entry)));
        }

        private int find(View rooted, View view, int key, long upTo) {
            for (WriteBuffer buffer : view.buffers) {
                int found = find(buffer, key, upTo);
                if (!buffer.isCurrent()) {
                    return RECYCLED;
                }
                if (found >= 0) {
                    return found;
                }
            }
            return trees.get(KEYS * (int) rooted.generation + key);
        }

        final int getOne(int key) {
            while (true) {
                View rooted = views.current();
                View view = above(rooted);
                int found = find(rooted, view, key, view.active().visible());
                if (found != RECYCLED) {
                    return found;
                }
            }
        }

        /// Both values, as one view has them.
        int getPair() {
            try (Registration registration = views.register(true)) {
                return 100 * getOne(registration, 0) + getOne(registration, 1);
            }
        }

        private int getOne(Registration registration, int key) {
            while (true) {
                View view = registration.view();
                int found = find(view, view, key, registration.sequence);
                if (found != RECYCLED) {
                    return found;
                }
            }
        }
    }

    /// The operations, which Lincheck finds in the broken stores, too.
    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    @Param(name = "value", gen = IntGen.class, conf = "1:9")
    public static class Store extends Engine {
        @Operation(nonParallelGroup = "writer")
        public void put(@Param(name = "key") int key, @Param(name = "value") int value) {
            putOne(key, value);
        }

        @Operation(nonParallelGroup = "writer")
        public void merge() {
            mergeAll();
        }

        @Operation
        public int get(@Param(name = "key") int key) {
            return getOne(key);
        }

        @Operation
        public int pair() {
            return getPair();
        }
    }

    /// Broken on purpose: the root of one view, and below the buffers of a later one.
    public static final class StoreOfTwoViews extends Store {
        @Override
        View above(View rooted) {
            return present();
        }
    }

    /// Broken on purpose: a pair is two gets.
    public static final class StoreWithoutRegistrations extends Store {
        @Override
        int getPair() {
            return 100 * getOne(0) + getOne(1);
        }
    }
}

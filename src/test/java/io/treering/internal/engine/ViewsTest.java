package io.treering.internal.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.buffer.BufferEntry;
import io.treering.internal.buffer.BufferMemory;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.bytes.KeyHash;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Which roots a merge leaves to those who hold views, and for how long they are needed.
final class ViewsTest {
    private static final byte[] KEY = {'k'};

    private final Views views =
            new Views(new View(new WriteBuffer[] {buffer(0)}, new Root(0, 0, 0, HeadRange.EMPTY)), () -> 0);
    private long sequence;

    private static WriteBuffer buffer(long visible) {
        return new BufferMemory(Arena.ofAuto().allocate(4 << 10, 8)).begin(visible);
    }

    private void put() {
        WriteBuffer active = views.current().active();
        active.append(KEY, 1, KeyHash.hash(KEY, 1), KEY, 0, 1, ++sequence, BufferEntry.PUT);
        active.publish(sequence);
    }

    /// Freezes the active buffer and publishes roots: of generation `newest` for all of it, and of those after it for
    /// each sequence at which somebody has to see a part.
    private long[] merge(long newest) {
        WriteBuffer frozen = views.current().active();
        views.freeze(buffer(sequence));
        long[] cuts = views.cutsWithin(frozen);
        Root[] roots = new Root[cuts.length];
        for (int i = 0; i < cuts.length; i++) {
            roots[i] = new Root(0, 0, newest + 1 + i, HeadRange.EMPTY);
        }
        views.publish(frozen, new Root(0, 0, newest, HeadRange.EMPTY), cuts, roots);
        return cuts;
    }

    private List<Long> needed() {
        return LongStream.of(views.neededGenerations())
                .sorted()
                .distinct()
                .boxed()
                .toList();
    }

    @Test
    void theViewThatIsHeldAndTheOneThatWaitsAreBothNeeded() {
        put();
        Registration cursor = views.register(false);
        merge(1);
        put();
        merge(2);
        assertTrue(cursor.mustMove());
        assertEquals(List.of(0L, 1L, 2L), needed());
        cursor.adopt();
        assertFalse(cursor.mustMove());
        assertEquals(List.of(1L, 2L), needed());
        cursor.close();
        assertEquals(List.of(2L), needed());
    }

    @Test
    void whoMovesAtOnceNeedsTheNewViewOnly() {
        put();
        Registration snapshot = views.register(true);
        merge(1);
        assertFalse(snapshot.mustMove());
        assertEquals(1, snapshot.view().generation);
        assertEquals(List.of(1L), needed());
    }

    @Test
    void eachSequenceThatIsHeldHasARootOfItsOwn() {
        Registration before = views.register(true);
        put();
        Registration first = views.register(true);
        Registration firstAgain = views.register(first, true);
        put();
        Registration second = views.register(true);
        put();
        Registration all = views.register(true);
        assertArrayEquals(new long[] {1, 2}, merge(5));
        assertEquals(0, before.view().generation);
        assertEquals(6, first.view().generation);
        assertEquals(6, firstAgain.view().generation);
        assertEquals(7, second.view().generation);
        assertEquals(5, all.view().generation);
        assertEquals(List.of(0L, 5L, 6L, 7L), needed());
        for (Registration each : Arrays.asList(before, first, firstAgain, second, all)) {
            assertFalse(each.view().hasFrozen());
        }
    }
}

package io.treering.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/// The turn by itself, on one thread: a thread that would park runs what the others do meanwhile.
class TurnTest {
    private final Queue<Long> durable = new ArrayDeque<>();
    private final Queue<Runnable> meanwhile = new ArrayDeque<>();
    private boolean over;
    private int wakeUps;
    private boolean freeWhenWoken;

    private final Turn turn = new Turn(
            new Turn.Progress() {
                @Override
                public long durableLsn() {
                    return durable.size() > 1 ? durable.remove() : durable.element();
                }

                @Override
                public boolean isOver() {
                    return over;
                }
            },
            new Parking() {
                @Override
                public void park(Object blocker) {
                    meanwhile.remove().run();
                }

                @Override
                public void unpark(Thread thread) {
                    wakeUps++;
                    freeWhenWoken = isTurnFree();
                }
            });

    private boolean isTurnFree() {
        return turn.isFree();
    }

    /// Waits for each of these LSNs at the same time; once all of them wait, `event` happens.
    private void await(List<Long> lsns, Runnable event) {
        boolean[] happened = new boolean[1];
        for (long lsn : lsns.subList(1, lsns.size())) {
            meanwhile.add(() -> turn.await(lsn, () -> happened[0]));
        }
        meanwhile.add(() -> {
            happened[0] = true;
            event.run();
        });
        turn.await(lsns.getFirst(), () -> happened[0]);
    }

    @Test
    void onlyOneHasTheTurn() {
        durable.add(0L);
        assertTrue(turn.tryTake());
        assertFalse(turn.tryTake());
        assertFalse(turn.tryClose());
        turn.giveBack();
        assertTrue(turn.isFree());
        assertTrue(turn.tryClose());
        assertTrue(turn.tryClose(), "closing twice is closing once");
        assertTrue(turn.isClosed());
        assertFalse(turn.tryTake());
    }

    @Test
    void thoseWhoseWaitIsOverAndOneMoreAreWoken() {
        durable.add(50L);
        await(List.of(10L, 20L, 100L, 200L, 300L), turn::wake);
        assertEquals(3, wakeUps);
    }

    @Test
    void whoeverWantsOnlyTheTurnIsAlwaysWoken() {
        durable.add(50L);
        await(List.of(100L, Turn.ONLY_THE_TURN, 200L, Turn.ONLY_THE_TURN), turn::wake);
        assertEquals(3, wakeUps);
    }

    @Test
    void everyoneIsWokenWhenTheLogIsOver() {
        durable.add(50L);
        await(List.of(100L, Turn.ONLY_THE_TURN, 200L, 300L), () -> {
            over = true;
            turn.wake();
        });
        assertEquals(4, wakeUps);
    }

    /// The story of a leader that put waiting threads back while the next leader made them durable, looked for them on
    /// the stack and did not find them.
    @Test
    void whatBecameDurableWhileOthersWerePutBackIsLookedAtAgain() {
        durable.addAll(List.of(50L, 200L));
        await(List.of(100L, 150L, 200L), turn::wake);
        assertEquals(1 + 3, wakeUps);
    }

    @Test
    void whoHasLeftIsNotWoken() {
        durable.add(50L);
        await(List.of(100L, 200L), () -> {});
        turn.wake();
        assertEquals(0, wakeUps);
    }

    @Test
    void theTurnIsFreeBeforeAnyoneIsWoken() {
        durable.add(50L);
        assertTrue(turn.tryTake());
        await(List.of(100L), turn::giveBack);
        assertEquals(1, wakeUps);
        assertTrue(freeWhenWoken);
    }
}

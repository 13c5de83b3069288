package io.treering.internal.uring;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which operations the kernel has. What it hands back with a completion is a place and the place's generation, so that
/// an answer that came twice, or to a question never put, is noticed instead of ending somebody else's operation.
final class InFlightTable {
    private final @Nullable RingOperation[] operations;
    private final int[] generations;
    private final int[] free;
    private int freeCount;

    InFlightTable(int size) {
        this.operations = new RingOperation[size];
        this.generations = new int[size];
        this.free = new int[size];
        for (int i = 0; i < size; i++) {
            free[i] = size - 1 - i;
        }
        this.freeCount = size;
    }

    int count() {
        return free.length - freeCount;
    }

    boolean isFull() {
        return freeCount == 0;
    }

    /// Adds an operation, and returns the user data under which it is known.
    long add(RingOperation operation) {
        int place = free[--freeCount];
        operations[place] = operation;
        return (long) generations[place] << 32 | place;
    }

    /// Removes the operation that is known under the user data.
    RingOperation remove(long userData) {
        int place = (int) userData;
        RingOperation operation = place >= 0 && place < operations.length ? operations[place] : null;
        if (operation == null || generations[place] != (int) (userData >>> 32)) {
            throw new IllegalStateException("the ring completed what is not in flight: " + Long.toHexString(userData));
        }
        operations[place] = null;
        // One bit is left out: no user data is negative.
        generations[place] = generations[place] + 1 & Integer.MAX_VALUE;
        free[freeCount++] = place;
        return operation;
    }

    void forEach(Consumer<RingOperation> action) {
        for (RingOperation operation : operations) {
            if (operation != null) {
                action.accept(operation);
            }
        }
    }
}

package io.treering.internal;

import java.util.function.BooleanSupplier;

/// Keeps the window of a canary open, so that its race is met in a moment even beside other work. Not for the tests of
/// production: waiting is a fence to the compiler.
public final class Window {
    private static final int SPINS = 200;

    private Window() {}

    /// Waits until the other actor has been there, but not for long: it may be past already, or not run at all.
    public static void await(BooleanSupplier other) {
        for (int spin = 0; spin < SPINS && !other.getAsBoolean(); spin++) {
            Thread.onSpinWait();
        }
    }
}

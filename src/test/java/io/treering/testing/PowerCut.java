package io.treering.testing;

/// What every operation of a [CrashDevice] throws from the moment the power is cut: the process that it stands for
/// does not exist any more, and whatever it does from now on has no effect.
public final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PowerCut(String operation) {
        super("the power was cut before the end of " + operation, null, false, false);
    }
}

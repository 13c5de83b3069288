package io.treering.internal.bytes;

/// The processor's cache, filled ahead: Java has no instruction that fetches a line without waiting for it, but a load
/// whose result is not needed yet is not waited for either.
public final class CacheLines {
    public static final int BYTES = 64;

    private static final long UNHEARD_OF = 0x7b1d_0e9c_55a3_f62dL;

    @SuppressWarnings("UnusedVariable") // Nothing but a place to put it.
    private static long kept;

    private CacheLines() {}

    /// Uses what was loaded, as far as the compiler can see; loads that nobody uses would be left out.
    ///
    /// @param touched the sum of all that was loaded
    public static void keep(long touched) {
        if (touched == UNHEARD_OF) {
            kept = touched;
        }
    }
}

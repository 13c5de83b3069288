package io.treering.internal.format;

/// A record of the write-ahead log.
public final class WalRecord {
    /// Records start at multiples of this, or of the device's block size if that is larger.
    public static final int ALIGNMENT = 4096;

    /// No record is longer.
    public static final int MAXIMUM_BYTES = 1 << 20;

    private WalRecord() {}
}

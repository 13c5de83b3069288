package io.treering.jmh;

/// What all stores are told alike.
///
/// @param cacheBytes memory for what was read
/// @param writeBufferBytes memory for one buffer of writes, of which there are three at most
/// @param logBytes how much log there may be, if there is one
record StoreSettings(Durability durability, long cacheBytes, long writeBufferBytes, long logBytes) {
    private static final long WRITE_BUFFER_BYTES = 64L << 20;

    StoreSettings(Durability durability, int cacheMiB) {
        this(durability, (long) cacheMiB << 20, WRITE_BUFFER_BYTES, 2 * WRITE_BUFFER_BYTES);
    }
}

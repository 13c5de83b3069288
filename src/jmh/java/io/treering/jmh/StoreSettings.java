package io.treering.jmh;

/// What all stores are told alike.
///
/// @param cacheBytes memory for what was read
/// @param writeBufferBytes memory for one buffer of writes, of which there are three at most
/// @param logBytes how much log there may be, if there is one
/// @param pageBytes the size of a page, or of a block, where it is not the system's
record StoreSettings(Durability durability, long cacheBytes, long writeBufferBytes, long logBytes, int pageBytes) {
    static final int PAGE_BYTES = 4096;

    private static final long WRITE_BUFFER_BYTES = 64L << 20;

    StoreSettings(Durability durability, int cacheMiB) {
        this(durability, cacheMiB, PAGE_BYTES);
    }

    StoreSettings(Durability durability, int cacheMiB, int pageBytes) {
        this(durability, (long) cacheMiB << 20, WRITE_BUFFER_BYTES, 2 * WRITE_BUFFER_BYTES, pageBytes);
    }

    /// The memory for what was read, of a store that keeps it in Java's heap.
    ///
    /// @throws IllegalStateException if it is more than half of the heap
    long cacheBytesInHeap() {
        long heap = Runtime.getRuntime().maxMemory();
        if (cacheBytes > heap / 2) {
            throw new IllegalStateException("a cache of %d MiB does not go well into a heap of %d MiB: give %s"
                    .formatted(cacheBytes >> 20, heap >> 20, "-jvmArgsAppend -Xmx" + (4 * cacheBytes >> 20) + "m"));
        }
        return cacheBytes;
    }
}

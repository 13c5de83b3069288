package io.treering;

import java.util.Locale;

/// The numbers of [PartitionStats], in the order of its table.
enum StatsFigure {
    ENTRIES("entries", Unit.COUNT),
    LAST_SEQUENCE("last sequence", Unit.COUNT),
    DURABLE_SEQUENCE("durable sequence", Unit.COUNT),
    COMMITS("commits", Unit.COUNT),
    TREE_LEVELS("tree levels", Unit.COUNT),
    PAGE_SIZE("page size", Unit.BYTES),
    FILE_BYTES("file size", Unit.BYTES),
    LIVE_BYTES("in use", Unit.BYTES),
    FREE_BYTES("free", Unit.BYTES),
    HELD_BYTES("held for views", Unit.BYTES),
    MEMORY_BYTES("memory", Unit.BYTES),
    CACHE_BYTES("cache", Unit.BYTES),
    CACHED_BYTES("cached", Unit.BYTES),
    PINNED_PAGES("pinned pages", Unit.COUNT),
    CACHE_MISSES("cache misses", Unit.COUNT),
    CACHE_EVICTIONS("cache evictions", Unit.COUNT),
    WRITE_BUFFERS("write buffers", Unit.COUNT),
    BUFFERED_BYTES("buffered", Unit.BYTES),
    WAL_BYTES("log in use", Unit.BYTES),
    WAL_CAPACITY("log", Unit.BYTES),
    OPEN_VIEWS("open views", Unit.COUNT);

    final String label;
    private final Unit unit;

    StatsFigure(String label, Unit unit) {
        this.label = label;
        this.unit = unit;
    }

    /// The value for people, with its unit.
    String show(long value) {
        return unit.show(value);
    }

    private enum Unit {
        COUNT,
        BYTES;

        String show(long value) {
            return switch (this) {
                case COUNT -> String.format(Locale.ROOT, "%,d", value);
                case BYTES ->
                    value < 1 << 20
                            ? String.format(Locale.ROOT, "%,d bytes", value)
                            : String.format(Locale.ROOT, "%,d bytes (%.1f MiB)", value, value / (double) (1 << 20));
            };
        }
    }
}

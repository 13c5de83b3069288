package io.treering;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What goes on inside a partition, at the moment of [Partition#stats()]: sizes, counters, open views, and which I/O
/// backend was chosen and why. [#toString()] shows all of it as a table for people.
///
/// Sizes are in bytes. Counters begin at 0 when the partition is opened, unless it says otherwise. Each figure is
/// right by itself; between two of them a few operations may have gone by. Immutable; any thread may use it.
public final class PartitionStats {
    private final String device;
    private final IoBackend backend;
    private final String backendReason;
    private final Duration oldestViewAge;
    private final @Nullable RuntimeException failure;
    private final Map<StatsFigure, Long> figures;

    private PartitionStats(Builder builder) {
        this.device = builder.device;
        this.backend = builder.backend;
        this.backendReason = builder.backendReason;
        this.oldestViewAge = builder.oldestViewAge;
        this.failure = builder.failure;
        this.figures = new EnumMap<>(builder.figures);
    }

    /// Begins with every figure at 0. The engine fills it in; so may tests of code that shows statistics.
    ///
    /// @param device see [#device()]
    /// @param backend see [#backend()]
    /// @param backendReason see [#backendReason()]
    /// @return a new builder
    public static Builder builder(String device, IoBackend backend, String backendReason) {
        return new Builder(device, backend, backendReason);
    }

    /// The name of the device that the store lies on.
    ///
    /// @return a path in most cases, or a word such as "memory"
    public String device() {
        return device;
    }

    /// How the device is read and written.
    ///
    /// @return the backend that is in use; [IoBackend#AUTO] if the device is not a file
    public IoBackend backend() {
        return backend;
    }

    /// Why it is this backend, and what the file's place lacks.
    ///
    /// @return one line for people
    public String backendReason() {
        return backendReason;
    }

    /// How long ago the oldest of the open views was opened. Pages that were replaced since then are kept for it.
    ///
    /// @return the age; zero if no view is open
    public Duration oldestViewAge() {
        return oldestViewAge;
    }

    /// Why the partition refuses writes, if it does: see [PoisonedException].
    ///
    /// @return the first failure; empty while all is well
    public Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure);
    }

    /// Entries in the tree, as of the last merge; what lies in write buffers is not counted.
    ///
    /// @return the number of entries
    public long entries() {
        return figure(StatsFigure.ENTRIES);
    }

    /// The number of the newest acknowledged write, see [Snapshot#sequence()].
    ///
    /// @return a sequence number, 0 before the first write
    public long lastSequence() {
        return figure(StatsFigure.LAST_SEQUENCE);
    }

    /// The number of the newest write that is known to survive a crash now, together with all that were acknowledged
    /// before it: because it has been committed, or because it stands in the write-ahead log and that was synced.
    /// What a store that is open for reading only has found in the log is not counted.
    ///
    /// @return a sequence number, [#lastSequence()] at most
    public long durableSequence() {
        return figure(StatsFigure.DURABLE_SEQUENCE);
    }

    /// Commits in the whole life of the store.
    ///
    /// @return the number of commits
    public long commits() {
        return figure(StatsFigure.COMMITS);
    }

    /// Levels of the tree: 0 while it is empty, 1 if it is a single leaf.
    ///
    /// @return the number of levels
    public int treeLevels() {
        return (int) figure(StatsFigure.TREE_LEVELS);
    }

    /// Bytes of a page of the tree.
    ///
    /// @return the size in bytes
    public int pageSize() {
        return (int) figure(StatsFigure.PAGE_SIZE);
    }

    /// Bytes of the device that belong to the store, free pages and the write-ahead log included.
    ///
    /// @return the size in bytes
    public long fileBytes() {
        return figure(StatsFigure.FILE_BYTES);
    }

    /// Bytes of the pages that are in use: the newest tree, its values, the write-ahead log and what keeps book of
    /// pages.
    ///
    /// @return the size in bytes
    public long liveBytes() {
        return figure(StatsFigure.LIVE_BYTES);
    }

    /// Bytes of the pages that can be written to at once.
    ///
    /// @return the size in bytes
    public long freeBytes() {
        return figure(StatsFigure.FREE_BYTES);
    }

    /// Bytes of the pages that are kept for open views, or for a crash, and are free after that.
    ///
    /// @return the size in bytes
    public long heldBytes() {
        return figure(StatsFigure.HELD_BYTES);
    }

    /// The memory that the partition has taken. Outside the Java heap that is all there is: page cache, write buffers,
    /// buffers for I/O and the log, large values that are being looked at, the tables that keep book, and the memory of
    /// the device, which for [Partition#inMemory(PartitionConfig)] is the store itself. The ring of an event loop that
    /// several partitions share is counted whole in each of them.
    ///
    /// Of the Java heap, the arrays count that grow with the store or the settings: the account of pages, the
    /// bookkeeping of the page cache, the sorted order of buffered entries. Objects do not that come and go, those of a
    /// scan, a batch or a merge, nor what there is once for the whole process.
    ///
    /// @return the size in bytes
    public long memoryBytes() {
        return figure(StatsFigure.MEMORY_BYTES);
    }

    /// Bytes of the page cache.
    ///
    /// @return the size in bytes
    public long cacheBytes() {
        return figure(StatsFigure.CACHE_BYTES);
    }

    /// Bytes of the pages that are in the cache now.
    ///
    /// @return the size in bytes
    public long cachedBytes() {
        return figure(StatsFigure.CACHED_BYTES);
    }

    /// Pages in the cache that are held in place by scans, cursors and readers.
    ///
    /// @return the number of pages
    public long pinnedPages() {
        return figure(StatsFigure.PINNED_PAGES);
    }

    /// Pages that had to be read from the device since the partition was opened. Hits are not counted, for that would
    /// make readers wait for one another.
    ///
    /// @return the number of reads
    public long cacheMisses() {
        return figure(StatsFigure.CACHE_MISSES);
    }

    /// Pages that made room for others since the partition was opened.
    ///
    /// @return the number of pages
    public long cacheEvictions() {
        return figure(StatsFigure.CACHE_EVICTIONS);
    }

    /// Write buffers that hold something now.
    ///
    /// @return a number from 0 to 3; more in a partition that is read only, which holds all of the write-ahead log in
    ///     them
    public int writeBuffers() {
        return (int) figure(StatsFigure.WRITE_BUFFERS);
    }

    /// Bytes of keys and values, and of what belongs to them, in write buffers now.
    ///
    /// @return the size in bytes
    public long bufferedBytes() {
        return figure(StatsFigure.BUFFERED_BYTES);
    }

    /// Bytes of the write-ahead log that a crash now would make the next opening replay.
    ///
    /// @return the size in bytes
    public long walBytes() {
        return figure(StatsFigure.WAL_BYTES);
    }

    /// Bytes of the whole region of the write-ahead log; 0 if there is none.
    ///
    /// @return the size in bytes
    public long walCapacity() {
        return figure(StatsFigure.WAL_CAPACITY);
    }

    /// Snapshots, scans and cursors that are open, and calls in progress that hold a view until they return: `read`,
    /// `multiGet`, [Partition#check()], and gets that [KeyValueReader] names.
    ///
    /// @return the number of views
    public int openViews() {
        return (int) figure(StatsFigure.OPEN_VIEWS);
    }

    private long figure(StatsFigure figure) {
        return figures.getOrDefault(figure, 0L);
    }

    /// All figures as a table, one a line.
    @Override
    public String toString() {
        StringBuilder table = new StringBuilder(2048);
        row(table, "device", device);
        row(table, "backend", backend + " (" + backendReason + ")");
        for (StatsFigure figure : StatsFigure.values()) {
            row(table, figure.label, figure.show(figure(figure)));
        }
        row(table, "oldest view", oldestViewAge.toMillis() + " ms");
        row(table, "failure", failure == null ? "none" : failure.toString());
        return table.toString();
    }

    private static void row(StringBuilder table, String label, String value) {
        table.append(String.format(Locale.ROOT, "%-20s %s%n", label, value));
    }

    /// Collects figures; what is not given is 0. What each is, is said at the method of the same name in
    /// [PartitionStats].
    public static final class Builder {
        private final String device;
        private final IoBackend backend;
        private final String backendReason;
        private final Map<StatsFigure, Long> figures = new EnumMap<>(StatsFigure.class);
        private Duration oldestViewAge = Duration.ZERO;
        private @Nullable RuntimeException failure;

        private Builder(String device, IoBackend backend, String backendReason) {
            this.device = Objects.requireNonNull(device, "device");
            this.backend = Objects.requireNonNull(backend, "backend");
            this.backendReason = Objects.requireNonNull(backendReason, "backendReason");
        }

        private Builder set(StatsFigure figure, long value) {
            figures.put(figure, value);
            return this;
        }

        /// Sets [PartitionStats#oldestViewAge()].
        ///
        /// @param age the age
        /// @return this builder
        public Builder oldestViewAge(Duration age) {
            this.oldestViewAge = Objects.requireNonNull(age, "age");
            return this;
        }

        /// Sets [PartitionStats#failure()].
        ///
        /// @param reason the failure, null for none
        /// @return this builder
        public Builder failure(@Nullable RuntimeException reason) {
            this.failure = reason;
            return this;
        }

        /// Sets [PartitionStats#entries()].
        ///
        /// @param value the number of entries
        /// @return this builder
        public Builder entries(long value) {
            return set(StatsFigure.ENTRIES, value);
        }

        /// Sets [PartitionStats#lastSequence()].
        ///
        /// @param value a sequence number, 0 before the first write
        /// @return this builder
        public Builder lastSequence(long value) {
            return set(StatsFigure.LAST_SEQUENCE, value);
        }

        /// Sets [PartitionStats#durableSequence()].
        ///
        /// @param value a sequence number
        /// @return this builder
        public Builder durableSequence(long value) {
            return set(StatsFigure.DURABLE_SEQUENCE, value);
        }

        /// Sets [PartitionStats#commits()].
        ///
        /// @param value the number of commits
        /// @return this builder
        public Builder commits(long value) {
            return set(StatsFigure.COMMITS, value);
        }

        /// Sets [PartitionStats#treeLevels()].
        ///
        /// @param value the number of levels
        /// @return this builder
        public Builder treeLevels(int value) {
            return set(StatsFigure.TREE_LEVELS, value);
        }

        /// Sets [PartitionStats#pageSize()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder pageSize(int value) {
            return set(StatsFigure.PAGE_SIZE, value);
        }

        /// Sets [PartitionStats#fileBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder fileBytes(long value) {
            return set(StatsFigure.FILE_BYTES, value);
        }

        /// Sets [PartitionStats#liveBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder liveBytes(long value) {
            return set(StatsFigure.LIVE_BYTES, value);
        }

        /// Sets [PartitionStats#freeBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder freeBytes(long value) {
            return set(StatsFigure.FREE_BYTES, value);
        }

        /// Sets [PartitionStats#heldBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder heldBytes(long value) {
            return set(StatsFigure.HELD_BYTES, value);
        }

        /// Sets [PartitionStats#memoryBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder memoryBytes(long value) {
            return set(StatsFigure.MEMORY_BYTES, value);
        }

        /// Sets [PartitionStats#cacheBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder cacheBytes(long value) {
            return set(StatsFigure.CACHE_BYTES, value);
        }

        /// Sets [PartitionStats#cachedBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder cachedBytes(long value) {
            return set(StatsFigure.CACHED_BYTES, value);
        }

        /// Sets [PartitionStats#pinnedPages()].
        ///
        /// @param value the number of pages
        /// @return this builder
        public Builder pinnedPages(long value) {
            return set(StatsFigure.PINNED_PAGES, value);
        }

        /// Sets [PartitionStats#cacheMisses()].
        ///
        /// @param value the number of reads
        /// @return this builder
        public Builder cacheMisses(long value) {
            return set(StatsFigure.CACHE_MISSES, value);
        }

        /// Sets [PartitionStats#cacheEvictions()].
        ///
        /// @param value the number of pages
        /// @return this builder
        public Builder cacheEvictions(long value) {
            return set(StatsFigure.CACHE_EVICTIONS, value);
        }

        /// Sets [PartitionStats#writeBuffers()].
        ///
        /// @param value the number of buffers
        /// @return this builder
        public Builder writeBuffers(int value) {
            return set(StatsFigure.WRITE_BUFFERS, value);
        }

        /// Sets [PartitionStats#bufferedBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder bufferedBytes(long value) {
            return set(StatsFigure.BUFFERED_BYTES, value);
        }

        /// Sets [PartitionStats#walBytes()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder walBytes(long value) {
            return set(StatsFigure.WAL_BYTES, value);
        }

        /// Sets [PartitionStats#walCapacity()].
        ///
        /// @param value the size in bytes
        /// @return this builder
        public Builder walCapacity(long value) {
            return set(StatsFigure.WAL_CAPACITY, value);
        }

        /// Sets [PartitionStats#openViews()].
        ///
        /// @param value the number of views
        /// @return this builder
        public Builder openViews(int value) {
            return set(StatsFigure.OPEN_VIEWS, value);
        }

        /// Puts the figures together.
        ///
        /// @return the statistics
        public PartitionStats build() {
            return new PartitionStats(this);
        }
    }
}

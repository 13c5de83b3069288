package io.treering;

import io.treering.device.EventLoop;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The settings with which a partition is opened.
///
/// ```java
/// PartitionConfig config = PartitionConfig.builder()
///         .cacheSize(1L << 30)
///         .walMode(WalMode.SYNC)
///         .build();
/// ```
///
/// Settings belong to one opening of a store, not to the store: it may be opened with others the next time. The one
/// exception is [Builder#pageSize], which is fixed when a store is made. Immutable; any thread may use it, for any
/// number of partitions.
public final class PartitionConfig {
    private static final PartitionConfig DEFAULTS = builder().build();

    private final long cacheSize;
    private final long writeBufferSize;
    private final WalMode walMode;
    private final long walSize;
    private final Duration batchedInterval;
    private final long batchedBytes;
    private final CommitMode commitMode;
    private final IoBackend ioBackend;
    private final @Nullable EventLoop eventLoop;
    private final boolean createIfMissing;
    private final boolean readOnly;
    private final int pageSize;
    private final int inlineValueLimit;
    private final boolean trackViews;

    private PartitionConfig(Builder builder) {
        this.cacheSize = builder.cacheSize;
        this.writeBufferSize = builder.writeBufferSize;
        this.walMode = builder.walMode;
        this.walSize = builder.walSize;
        this.batchedInterval = builder.batchedInterval;
        this.batchedBytes = builder.batchedBytes;
        this.commitMode = builder.commitMode;
        this.ioBackend = builder.ioBackend;
        this.eventLoop = builder.eventLoop;
        this.createIfMissing = builder.createIfMissing;
        this.readOnly = builder.readOnly;
        this.pageSize = builder.pageSize;
        this.inlineValueLimit = builder.inlineValueLimit;
        this.trackViews = builder.trackViews;
    }

    /// The settings that [Partition#open(java.nio.file.Path)] uses.
    ///
    /// @return the default settings
    public static PartitionConfig defaults() {
        return DEFAULTS;
    }

    /// Begins with the default settings.
    ///
    /// @return a new builder
    public static Builder builder() {
        return new Builder();
    }

    /// Begins with these settings.
    ///
    /// @return a new builder
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.cacheSize = cacheSize;
        builder.writeBufferSize = writeBufferSize;
        builder.walMode = walMode;
        builder.walSize = walSize;
        builder.batchedInterval = batchedInterval;
        builder.batchedBytes = batchedBytes;
        builder.commitMode = commitMode;
        builder.ioBackend = ioBackend;
        builder.eventLoop = eventLoop;
        builder.createIfMissing = createIfMissing;
        builder.readOnly = readOnly;
        builder.pageSize = pageSize;
        builder.inlineValueLimit = inlineValueLimit;
        builder.trackViews = trackViews;
        return builder;
    }

    /// Bytes of page cache: see [Builder#cacheSize].
    ///
    /// @return the size in bytes
    public long cacheSize() {
        return cacheSize;
    }

    /// Bytes of one write buffer: see [Builder#writeBufferSize].
    ///
    /// @return the size in bytes
    public long writeBufferSize() {
        return writeBufferSize;
    }

    /// What survives a crash: see [Builder#walMode].
    ///
    /// @return the mode
    public WalMode walMode() {
        return walMode;
    }

    /// Bytes of the write-ahead log: see [Builder#walSize].
    ///
    /// @return the size in bytes
    public long walSize() {
        return walSize == Builder.UNSET ? Math.max(Builder.SMALLEST_WAL, 2 * writeBufferSize) : walSize;
    }

    /// The greatest age of an unsynced write: see [Builder#batchedInterval].
    ///
    /// @return the time
    public Duration batchedInterval() {
        return batchedInterval;
    }

    /// The greatest number of unsynced bytes: see [Builder#batchedBytes].
    ///
    /// @return the number of bytes
    public long batchedBytes() {
        return batchedBytes;
    }

    /// When the store on the device moves on: see [Builder#commitMode].
    ///
    /// @return the mode
    public CommitMode commitMode() {
        return commitMode;
    }

    /// How files are read and written: see [Builder#ioBackend].
    ///
    /// @return the backend that is asked for
    public IoBackend ioBackend() {
        return ioBackend;
    }

    /// What carries out I/O through io_uring: see [Builder#eventLoop].
    ///
    /// @return the event loop; empty for [EventLoop#shared()]
    public Optional<EventLoop> eventLoop() {
        return Optional.ofNullable(eventLoop);
    }

    /// Whether a store is made where there is none: see [Builder#createIfMissing].
    ///
    /// @return whether one is made
    public boolean createIfMissing() {
        return createIfMissing;
    }

    /// Whether writes are refused: see [Builder#readOnly].
    ///
    /// @return whether they are
    public boolean readOnly() {
        return readOnly;
    }

    /// Bytes of a page of a new store: see [Builder#pageSize].
    ///
    /// @return the size in bytes
    public int pageSize() {
        return pageSize;
    }

    /// Bytes that an entry may have inside a leaf: see [Builder#inlineValueLimit].
    ///
    /// @return the limit in bytes; empty for the greatest possible with the store's page size
    public OptionalInt inlineValueLimit() {
        return inlineValueLimit == Builder.UNSET ? OptionalInt.empty() : OptionalInt.of(inlineValueLimit);
    }

    /// Whether it is remembered where views were opened: see [Builder#trackViews].
    ///
    /// @return whether it is
    public boolean trackViews() {
        return trackViews;
    }

    /// The settings, one after the other.
    @Override
    public String toString() {
        return "PartitionConfig[cacheSize=" + cacheSize
                + ", writeBufferSize=" + writeBufferSize
                + ", walMode=" + walMode
                + ", walSize=" + walSize()
                + ", batchedInterval=" + batchedInterval
                + ", batchedBytes=" + batchedBytes
                + ", commitMode=" + commitMode
                + ", ioBackend=" + ioBackend
                + ", eventLoop=" + (eventLoop == null ? "shared" : eventLoop)
                + ", createIfMissing=" + createIfMissing
                + ", readOnly=" + readOnly
                + ", pageSize=" + pageSize
                + ", inlineValueLimit=" + (inlineValueLimit == Builder.UNSET ? "greatest" : inlineValueLimit)
                + ", trackViews=" + trackViews
                + "]";
    }

    /// Collects settings. Nothing is checked before [#build()], so that they can be given in any order.
    ///
    /// **Threads.** One at a time.
    public static final class Builder {
        private static final int UNSET = Integer.MIN_VALUE;

        private static final long KIB = 1L << 10;
        private static final long MIB = 1L << 20;
        private static final long GIB = 1L << 30;

        private static final int SMALLEST_PAGE = 4096;
        private static final int LARGEST_PAGE = 32_768;
        private static final int FEWEST_FRAMES = 8;
        private static final long SMALLEST_WAL = 256 * KIB;
        private static final int SMALLEST_INLINE_LIMIT = 1024;
        private static final Duration LONGEST_INTERVAL = Duration.ofMinutes(1);

        private long cacheSize = 256 * MIB;
        private long writeBufferSize = 64 * MIB;
        private WalMode walMode = WalMode.BATCHED;
        private long walSize = UNSET;
        private Duration batchedInterval = Duration.ofMillis(10);
        private long batchedBytes = MIB;
        private CommitMode commitMode = CommitMode.AUTOMATIC;
        private IoBackend ioBackend = IoBackend.AUTO;
        private @Nullable EventLoop eventLoop;
        private boolean createIfMissing = true;
        private boolean readOnly;
        private int pageSize = SMALLEST_PAGE;
        private int inlineValueLimit = UNSET;
        private boolean trackViews;

        private Builder() {}

        /// Sets how much memory keeps pages of the tree, and of values outside its leaves that take no more than a
        /// sixteenth of it each. It lies outside the Java heap. What remains after division by the page size is not
        /// used. Memory that was never used costs nothing but address space. A store with larger pages than those
        /// that are set here has a cache of at least eight of them.
        ///
        /// @param bytes 8 pages to 512 GiB; the default is 256 MiB
        /// @return this builder
        public Builder cacheSize(long bytes) {
            this.cacheSize = bytes;
            return this;
        }

        /// Sets the size of one write buffer, outside the Java heap. At most three live at once: one that takes writes,
        /// and two that are being merged; with [Builder#readOnly], as many as hold what is in the write-ahead log.
        /// They are allocated when first needed.
        ///
        /// Larger buffers make for fewer and cheaper merges, and for a longer replay of the write-ahead log after a
        /// crash. About an eighth is taken by the index; an entry takes its key and value and about 40 bytes.
        ///
        /// @param bytes 64 KiB to 16 GiB; the default is 64 MiB
        /// @return this builder
        public Builder writeBufferSize(long bytes) {
            this.writeBufferSize = bytes;
            return this;
        }

        /// Sets what survives a crash.
        ///
        /// @param mode the mode; the default is [WalMode#BATCHED]
        /// @return this builder
        public Builder walMode(WalMode mode) {
            this.walMode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /// Sets the room for the write-ahead log, which is allocated as a whole when a store is opened. A store whose
        /// log has another size gets a new one, provided there is room for both, and keeps the one that it has if
        /// not. With [WalMode#NONE] the room is given back.
        ///
        /// When the log fills up, the write buffer is merged early; a log that is smaller than the write buffer
        /// therefore makes the buffer smaller, too.
        ///
        /// The log lies in one piece, and how large a piece can be depends on the page size: a little less than 2 GiB
        /// with pages of 4 KiB, 8 GiB with 8 KiB, 32 GiB with 16 KiB. What is asked for beyond that is not used;
        /// [PartitionStats#walCapacity()] tells what there is.
        ///
        /// @param bytes 256 KiB to 64 GiB; the default is twice the size of a write buffer, and 256 KiB at least
        /// @return this builder
        public Builder walSize(long bytes) {
            this.walSize = bytes;
            return this;
        }

        /// Sets how old a write may become with [WalMode#BATCHED] before the log is synced.
        ///
        /// @param interval above 0, up to a minute; the default is 10 ms
        /// @return this builder
        public Builder batchedInterval(Duration interval) {
            this.batchedInterval = Objects.requireNonNull(interval, "interval");
            return this;
        }

        /// Sets how many bytes may come together with [WalMode#BATCHED] before the log is synced, even if they are not
        /// old yet.
        ///
        /// @param bytes 4 KiB to 1 GiB; the default is 1 MiB
        /// @return this builder
        public Builder batchedBytes(long bytes) {
            this.batchedBytes = bytes;
            return this;
        }

        /// Sets when the store on the device moves on.
        ///
        /// @param mode the mode; [CommitMode#EXPLICIT] goes with [WalMode#NONE] only; the default is
        ///     [CommitMode#AUTOMATIC]
        /// @return this builder
        public Builder commitMode(CommitMode mode) {
            this.commitMode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /// Sets how files are read and written. A backend that is asked for by name and cannot be had makes
        /// [Partition#open(java.nio.file.Path, PartitionConfig)] fail; which one [IoBackend#AUTO] has chosen, and why,
        /// is told by [PartitionStats].
        ///
        /// @param backend the backend; the default is [IoBackend#AUTO]
        /// @return this builder
        public Builder ioBackend(IoBackend backend) {
            this.ioBackend = Objects.requireNonNull(backend, "backend");
            return this;
        }

        /// Sets what carries out I/O through io_uring. It is not closed with the partition, and must not be closed
        /// before it.
        ///
        /// @param loop the event loop; the default is [EventLoop#shared()]
        /// @return this builder
        public Builder eventLoop(EventLoop loop) {
            this.eventLoop = Objects.requireNonNull(loop, "loop");
            return this;
        }

        /// Sets whether a store is made where there is none, together with its directory and the parents of that.
        ///
        /// @param create whether to make one; the default is true
        /// @return this builder
        public Builder createIfMissing(boolean create) {
            this.createIfMissing = create;
            return this;
        }

        /// Sets whether the store can only be read. Writes are then refused with an [UnsupportedOperationException],
        /// and no byte of the store is changed; what is found in the write-ahead log is replayed in memory, into as
        /// many write buffers as it takes. A store is never made.
        ///
        /// @param only whether writes are refused; the default is false
        /// @return this builder
        public Builder readOnly(boolean only) {
            this.readOnly = only;
            return this;
        }

        /// Sets the page size of a store that is made; one that exists keeps its own. Larger pages take longer keys (a
        /// quarter of a page, up to 4,095 bytes) and cost more for each change.
        ///
        /// @param bytes 4,096, 8,192, 16,384 or 32,768; the default is 4,096
        /// @return this builder
        public Builder pageSize(int bytes) {
            this.pageSize = bytes;
            return this;
        }

        /// Sets how many bytes an entry may have, 4 beside its key and value, to lie inside a leaf of the tree. Where
        /// it has more, the value lies in pages of its own, which costs a look of its own and rounds it up to whole
        /// pages, but keeps leaves dense for scans that look at keys only. Holds for what is written from now on.
        ///
        /// @param bytes 1,024 to half a page less 64 bytes; the default is the greatest possible, which is 1,984 with
        ///     pages of 4,096
        /// @return this builder
        public Builder inlineValueLimit(int bytes) {
            this.inlineValueLimit = bytes;
            return this;
        }

        /// Sets whether it is remembered where each scan, cursor and snapshot was opened, so that the warning about
        /// one that was never closed can name the place. Costs a stack trace each time.
        ///
        /// @param track whether to remember; the default is false
        /// @return this builder
        public Builder trackViews(boolean track) {
            this.trackViews = track;
            return this;
        }

        /// Checks the settings and puts them together. The builder can be used further.
        ///
        /// @return the settings
        /// @throws IllegalArgumentException naming the setting, its limits and the value that was given
        public PartitionConfig build() {
            if (pageSize < SMALLEST_PAGE || pageSize > LARGEST_PAGE || Integer.bitCount(pageSize) != 1) {
                throw new IllegalArgumentException("pageSize is a power of two from " + SMALLEST_PAGE + " to "
                        + LARGEST_PAGE + ", not " + pageSize);
            }
            requireWithin("cacheSize", FEWEST_FRAMES * (long) pageSize, 512 * GIB, cacheSize);
            requireWithin("writeBufferSize", 64 * KIB, 16 * GIB, writeBufferSize);
            if (walSize != UNSET) {
                requireWithin("walSize", SMALLEST_WAL, 64 * GIB, walSize);
            }
            requireWithin("batchedBytes", 4 * KIB, GIB, batchedBytes);
            if (batchedInterval.isNegative()
                    || batchedInterval.isZero()
                    || batchedInterval.compareTo(LONGEST_INTERVAL) > 0) {
                throw new IllegalArgumentException(
                        "batchedInterval is above 0 and at most " + LONGEST_INTERVAL + ", not " + batchedInterval);
            }
            if (inlineValueLimit != UNSET) {
                requireWithin("inlineValueLimit", SMALLEST_INLINE_LIMIT, pageSize / 2 - 64, inlineValueLimit);
            }
            if (commitMode == CommitMode.EXPLICIT && walMode != WalMode.NONE) {
                throw new IllegalArgumentException(
                        "commitMode EXPLICIT goes with walMode NONE only, not with " + walMode);
            }
            return new PartitionConfig(this);
        }

        private static void requireWithin(String setting, long least, long most, long given) {
            if (given < least || given > most) {
                throw new IllegalArgumentException(setting + " is from " + least + " to " + most + ", not " + given);
            }
        }
    }
}

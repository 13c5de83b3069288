package io.treering.device;

/// Settings of an [EventLoop].
public final class EventLoopConfig {
    private static final int MAX_RING_ENTRIES = 4096;

    private final String threadName;
    private final int ringEntries;
    private final int spins;

    private EventLoopConfig(Builder builder) {
        this.threadName = builder.threadName;
        this.ringEntries = builder.ringEntries;
        this.spins = builder.spins;
    }

    /// The settings that [EventLoop#shared()] has.
    ///
    /// @return the default settings
    public static EventLoopConfig defaults() {
        return builder().build();
    }

    /// Begins with the default settings.
    ///
    /// @return a builder
    public static Builder builder() {
        return new Builder();
    }

    /// The name of the loop's thread.
    ///
    /// @return the name
    public String threadName() {
        return threadName;
    }

    /// How many operations are handed to the kernel at once. Four times as many may be under way there; what is beyond
    /// waits in a queue.
    ///
    /// @return the number of entries
    public int ringEntries() {
        return ringEntries;
    }

    /// How often an idle loop looks for work before it goes to sleep.
    ///
    /// @return the number of looks
    public int spins() {
        return spins;
    }

    /// Collects settings.
    public static final class Builder {
        private String threadName = "treering-event-loop";
        private int ringEntries = 256;
        private int spins = 100;

        private Builder() {}

        /// Names the loop's thread.
        ///
        /// @param name the name
        /// @return this builder
        public Builder threadName(String name) {
            if (name.isEmpty()) {
                throw new IllegalArgumentException("the thread's name is empty");
            }
            this.threadName = name;
            return this;
        }

        /// Sets how many operations are handed to the kernel at once.
        ///
        /// @param entries a power of two from 1 to 4,096; the default is 256
        /// @return this builder
        public Builder ringEntries(int entries) {
            if (entries < 1 || entries > MAX_RING_ENTRIES || Integer.bitCount(entries) != 1) {
                throw new IllegalArgumentException(
                        "ring entries " + entries + ": not a power of two from 1 to " + MAX_RING_ENTRIES);
            }
            this.ringEntries = entries;
            return this;
        }

        /// Sets how often an idle loop looks for work before it goes to sleep: answers come sooner, at the cost of a
        /// processor that is busy for longer.
        ///
        /// @param looks 0 or more; the default is 100
        /// @return this builder
        public Builder spins(int looks) {
            if (looks < 0) {
                throw new IllegalArgumentException("spins " + looks + ": negative");
            }
            this.spins = looks;
            return this;
        }

        /// The settings as they stand.
        ///
        /// @return the settings
        public EventLoopConfig build() {
            return new EventLoopConfig(this);
        }
    }
}

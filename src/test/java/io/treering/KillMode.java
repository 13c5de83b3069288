package io.treering;

/// What a store that is killed has been promised.
enum KillMode {
    /// What the last flush, or a merge behind it, has made durable.
    NONE,

    /// What the log has been synced for.
    BATCHED,

    /// Every write that has returned.
    SYNC,

    /// What the last flush saw, and nothing else.
    EXPLICIT;

    PartitionConfig config(IoBackend backend) {
        PartitionConfig.Builder config = KillChild.settings().ioBackend(backend);
        return this == EXPLICIT
                ? config.walMode(WalMode.NONE).commitMode(CommitMode.EXPLICIT).build()
                : config.walMode(WalMode.valueOf(name())).build();
    }
}

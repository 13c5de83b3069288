package io.treering.internal.engine;

import io.treering.PartitionConfig;
import io.treering.device.BlockDevice;
import io.treering.internal.cache.PageCache;
import java.lang.foreign.Arena;
import java.util.List;

/// What a partition is made of, wired together by [Opening] and let go by [Closing].
///
/// @param name for messages: the device's name
/// @param arena owns all off-heap memory
/// @param memory how much of it there is
/// @param commitDevice the device as commits and the log see it
/// @param workers background tasks, in the order in which they are to be stopped
record Parts(
        String name,
        PartitionConfig config,
        boolean readOnly,
        EngineRuntime runtime,
        Lifecycle lifecycle,
        Poison poison,
        Arena arena,
        CountedMemory memory,
        BlockDevice device,
        CommitDevice commitDevice,
        PageCache cache,
        Space space,
        Views views,
        BufferPool buffers,
        IoBuffers ioBuffers,
        OverflowRuns overflow,
        Committer committer,
        Flusher flusher,
        LogAccess log,
        Writer writer,
        ReadPath reads,
        List<EngineRuntime.Worker> workers) {}

package io.treering.internal.engine;

import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.device.BlockDevice;

/// Opens a partition whose time, chance, waiting and threads a test provides.
public final class EngineOpening {
    private EngineOpening() {}

    /// As [Partition#open(BlockDevice, PartitionConfig)], with another runtime.
    public static Partition open(BlockDevice device, PartitionConfig config, EngineRuntime runtime) {
        return Opening.open(device, config, runtime);
    }
}

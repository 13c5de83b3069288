package io.treering.internal.engine;

import io.treering.CheckReport;
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

    /// What a check of a partition that is at rest says of the pages that were handed out, without a look at the tree.
    public static CheckReport handedOut(Partition partition) {
        Parts parts = ((PartitionEngine) partition).parts;
        CheckReport.Builder report = CheckReport.builder(parts.name());
        return parts.flusher().whilePaused(merged -> {
            Space.Account account = new HandedOut(parts, report).compare(merged.upTo());
            account.inHand().stream().forEach(page -> report.problem(page, "no write", "a page that one holds"));
            return report.build();
        });
    }
}

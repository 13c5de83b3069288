package io.treering;

final class ChannelPartitionLifecycleTest extends PartitionLifecycleContract {
    @Override
    IoBackend backend() {
        return IoBackend.CHANNEL;
    }
}

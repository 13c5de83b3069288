package io.treering;

final class ChannelPartitionTest extends PartitionContract {
    @Override
    IoBackend backend() {
        return IoBackend.CHANNEL;
    }
}

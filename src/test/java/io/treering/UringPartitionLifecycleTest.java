package io.treering;

final class UringPartitionLifecycleTest extends PartitionLifecycleContract {
    @Override
    IoBackend backend() {
        return IoBackend.URING;
    }
}

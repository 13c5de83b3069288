package io.treering;

final class UringFixedPartitionLifecycleTest extends PartitionLifecycleContract {
    @Override
    IoBackend backend() {
        return IoBackend.URING_FIXED;
    }
}

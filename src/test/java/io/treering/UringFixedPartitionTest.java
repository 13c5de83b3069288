package io.treering;

final class UringFixedPartitionTest extends PartitionContract {
    @Override
    IoBackend backend() {
        return IoBackend.URING_FIXED;
    }
}

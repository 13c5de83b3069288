package io.treering;

final class UringPartitionTest extends PartitionContract {
    @Override
    IoBackend backend() {
        return IoBackend.URING;
    }
}

package io.treering;

final class PreadPartitionLifecycleTest extends PartitionLifecycleContract {
    @Override
    IoBackend backend() {
        return IoBackend.PREAD;
    }
}

package io.treering;

final class PreadPartitionTest extends PartitionContract {
    @Override
    IoBackend backend() {
        return IoBackend.PREAD;
    }
}

package io.treering.device;

import io.treering.IoBackend;

final class UringFixedBlockDeviceTest extends FileBlockDeviceContract {
    @Override
    IoBackend backend() {
        return IoBackend.URING_FIXED;
    }
}

package io.treering.device;

import io.treering.IoBackend;

final class UringBlockDeviceTest extends FileBlockDeviceContract {
    @Override
    IoBackend backend() {
        return IoBackend.URING;
    }
}

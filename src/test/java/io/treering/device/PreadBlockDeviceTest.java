package io.treering.device;

import io.treering.IoBackend;

final class PreadBlockDeviceTest extends FileBlockDeviceContract {
    @Override
    IoBackend backend() {
        return IoBackend.PREAD;
    }
}

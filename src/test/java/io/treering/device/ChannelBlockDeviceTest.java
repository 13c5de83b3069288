package io.treering.device;

import io.treering.IoBackend;

final class ChannelBlockDeviceTest extends FileBlockDeviceContract {
    @Override
    IoBackend backend() {
        return IoBackend.CHANNEL;
    }
}

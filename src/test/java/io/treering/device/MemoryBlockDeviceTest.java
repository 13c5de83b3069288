package io.treering.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class MemoryBlockDeviceTest extends BlockDeviceContract {
    @Override
    BlockDevice openDevice() {
        return MemoryBlockDevice.create();
    }

    @Test
    void itsBlocksMayHaveAnotherSize() {
        try (BlockDevice small = MemoryBlockDevice.create(512)) {
            small.grow(512);
            small.write(0, arena.allocate(512, 512));
            assertEquals(512, small.size());
        }
        assertThrows(IllegalArgumentException.class, () -> MemoryBlockDevice.create(1000));
        assertThrows(IllegalArgumentException.class, () -> MemoryBlockDevice.create(256));
    }

    @Test
    void aSparseDeviceTakesMemoryOnlyWhereItWasWritten() {
        device.grow(1L << 40);
        device.write((1L << 40) - BLOCK, blocks(1, 1));
        assertEquals(0, read(1 << 20, 1)[0]);
    }
}

package io.treering.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoBackend;
import org.junit.jupiter.api.Test;

class DeviceConfigTest {
    @Test
    void anEventLoopsSettingsAreKeptAndBounded() {
        EventLoopConfig config = EventLoopConfig.builder()
                .threadName("mine")
                .ringEntries(64)
                .spins(0)
                .build();
        assertEquals("mine", config.threadName());
        assertEquals(64, config.ringEntries());
        assertEquals(0, config.spins());
        for (int entries : new int[] {0, -1, 3, 100, 8192}) {
            var e = assertThrows(
                    IllegalArgumentException.class,
                    () -> EventLoopConfig.builder().ringEntries(entries));
            assertTrue(e.getMessage().contains(" " + entries + ":"), e.getMessage());
        }
        assertThrows(
                IllegalArgumentException.class, () -> EventLoopConfig.builder().spins(-1));
        assertThrows(
                IllegalArgumentException.class, () -> EventLoopConfig.builder().threadName(""));
    }

    @Test
    void aFilesSettingsHaveDefaultsThatOpenWhatIsThereAndMakeWhatIsNot() {
        FileDeviceConfig config = FileDeviceConfig.defaults();
        assertEquals(IoBackend.AUTO, config.backend());
        assertSame(EventLoop.shared(), config.eventLoop());
        assertFalse(config.readOnly());
        assertTrue(config.createIfMissing());
    }
}

package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.treering.internal.format.MetaPage;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import io.treering.testing.ForwardingDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Meta blocks that come wrong from the device the first time that they are read.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class MetaReadingTest {
    private static final PartitionConfig CONFIG = PartitionConfig.builder()
            .cacheSize(64 << 10)
            .writeBufferSize(64 << 10)
            .walMode(WalMode.NONE)
            .build();

    private CrashDevice device = CrashDevice.create(512, 20_261_122L);

    /// Another device that changes what is read first.
    private static final class MisreadDevice extends ForwardingDevice {
        private final Consumer<MemorySegment> change;
        private int reads;

        MisreadDevice(CrashDevice device, Consumer<MemorySegment> change) {
            super(device);
            this.change = change;
        }

        @Override
        public void read(long position, MemorySegment into) {
            super.read(position, into);
            if (reads++ == 0) {
                assertEquals(0, position);
                change.accept(into);
            }
        }
    }

    /// What is left of a store that was not closed: its newest state in one slot, the older one in the other.
    private MetaPage.Choice createStore() {
        CrashDevice running = device;
        try (Partition db = Partition.open(running, CONFIG)) {
            for (String state : new String[] {"older", "newest"}) {
                db.put(bytes("state"), bytes(state));
                db.flush();
            }
            device = running.with(CrashFaults.none());
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment blocks = arena.allocate(MetaPage.ALL_BYTES, 4096);
            device.read(0, blocks);
            return Objects.requireNonNull(MetaPage.choose(device.name(), blocks, 0));
        }
    }

    private void assertOpensWithTheNewest(Consumer<MemorySegment> change) {
        MisreadDevice misread = new MisreadDevice(device, change);
        try (Partition db = Partition.open(misread, CONFIG)) {
            byte[] state = db.get(bytes("state"));
            assertNotNull(state);
            assertArrayEquals(bytes("newest"), state, () -> "the state is " + new String(state));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whereOneCopyIsDamagedAndTheOtherMisreadTheOlderStateIsNotTakenForTheNewest(int damaged) {
        MetaPage.Choice newest = createStore();
        device.flipBit(MetaPage.position(newest.slot(), damaged) + 300, 3);
        long misread = MetaPage.position(newest.slot(), 1 - damaged) + 200;
        assertOpensWithTheNewest(blocks -> blocks.set(ValueLayout.JAVA_BYTE, misread, (byte) 1));
    }

    @Test
    void aStoreWhoseMetaBlocksWereAllMisreadIsOpenedAllTheSame() {
        createStore();
        assertOpensWithTheNewest(blocks -> blocks.fill((byte) 0));
    }
}

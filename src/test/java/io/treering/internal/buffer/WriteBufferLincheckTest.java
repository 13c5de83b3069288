package io.treering.internal.buffer;

import io.treering.internal.bytes.KeyHash;
import io.treering.testing.Linearizability;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// One writer, and readers that take no lock: index slots, versions of a key, and the sequence up to which all is seen.
@Tag("lincheck")
final class WriteBufferLincheckTest {
    @Test
    void getsPutsAndBatchesHappenInSomeOrder() {
        Linearizability.assertSound(Linearizability.stressed(2, 1_000), Buffer.class);
    }

    @Test
    void aReaderThatLooksPastWhatIsVisibleIsSeenToBeWrong() {
        Linearizability.assertBroken(
                Linearizability.stressed(0, 100_000)
                        .addCustomScenario(Linearizability.scenario(
                                BufferWithoutVisibility.class,
                                "batch 1, batch 2, batch 3, batch 4",
                                "readBoth, readBoth, readBoth, readBoth")),
                BufferWithoutVisibility.class);
    }

    abstract static class Map {
        /// One for all instances, which come by the thousand: each is a life of it.
        private static final BufferMemory MEMORY =
                new BufferMemory(Arena.global().allocate(16 << 10, 8));

        private final WriteBuffer buffer = MEMORY.begin(0);
        private long sequence;

        abstract long limit(WriteBuffer of);

        private void append(int key, int value) {
            byte[] bytes = {(byte) ('a' + key)};
            buffer.append(
                    bytes, 1, KeyHash.hash(bytes, 1), new byte[] {(byte) value}, 0, 1, ++sequence, BufferEntry.PUT);
        }

        final void putOne(int key, int value) {
            append(key, value);
            buffer.publish(sequence);
        }

        final void putBoth(int value) {
            append(0, value);
            append(1, value);
            buffer.publish(sequence);
        }

        final int get(int key, long upTo) {
            byte[] bytes = {(byte) ('a' + key)};
            long entry = buffer.find(bytes, 1, KeyHash.hash(bytes, 1), upTo);
            return entry == 0 ? -1 : buffer.memory().get(ValueLayout.JAVA_BYTE, buffer.valueOffset(entry));
        }

        final int getOne(int key) {
            return get(key, limit(buffer));
        }

        final int getPair() {
            long upTo = limit(buffer);
            return get(0, upTo) * 100 + get(1, upTo);
        }
    }

    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    @Param(name = "value", gen = IntGen.class, conf = "1:9")
    public static final class Buffer extends Map {
        @Override
        long limit(WriteBuffer of) {
            return of.visible();
        }

        @Operation(nonParallelGroup = "writer")
        public void put(@Param(name = "key") int key, @Param(name = "value") int value) {
            putOne(key, value);
        }

        @Operation(nonParallelGroup = "writer")
        public void batch(@Param(name = "value") int value) {
            putBoth(value);
        }

        @Operation
        public int read(@Param(name = "key") int key) {
            return getOne(key);
        }

        @Operation
        public int readBoth() {
            return getPair();
        }
    }

    /// Broken on purpose: what is in the index counts, visible or not.
    @Param(name = "value", gen = IntGen.class, conf = "1:9")
    public static final class BufferWithoutVisibility extends Map {
        @Override
        long limit(WriteBuffer of) {
            return Long.MAX_VALUE;
        }

        @Operation(nonParallelGroup = "writer")
        public void batch(@Param(name = "value") int value) {
            putBoth(value);
        }

        @Operation
        public int readBoth() {
            return getPair();
        }
    }
}
